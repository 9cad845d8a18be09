import { afterAll, describe, expect, test } from 'vitest';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { Alarm } from '../../../src/main/lib/alarm.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { type BusEvent, EventBus } from '../../../src/main/messaging/event-bus.ts';
import { MessageBroker } from '../../../src/main/messaging/message-broker.ts';
import { handOn } from '../../../src/main/messaging/outgoing.ts';
import { hasWildcard, matches } from '../../../src/main/messaging/topic-pattern.ts';

const alarm = new Alarm(systemClock);
afterAll(() => alarm.close());

describe('a pattern', () => {
  test.each([
    ['orders', 'orders', true],
    ['orders', 'orders.created', false],
    ['orders.created', 'orders', false],
    ['orders.*', 'orders.created', true],
    ['orders.*', 'orders', false],
    ['orders.*', 'orders.eu.created', false],
    ['orders.*.created', 'orders.eu.created', true],
    ['*.created', 'orders.created', true],
    ['*', 'orders', true],
    ['*', 'orders.created', false],
    ['orders.>', 'orders.created', true],
    ['orders.>', 'orders.eu.created', true],
    ['orders.>', 'orders', false],
    ['>', 'anything.at.all', true],
    ['or*', 'orders', false],
    ['a.b', 'a.b', true],
    ['orders.*', 'orders.*', true],
    ['a.*.>', 'a.b.c.d', true],
    ['a.*.>', 'a.b', false],
  ])('%s takes %s: %s', (pattern, name, isTaken) => {
    expect(matches(pattern, name)).toBe(isTaken);
  });

  test.each([
    ['orders.created', false],
    ['orders.*', true],
    ['>', true],
    ['or*', false],
  ])('%s has a wildcard: %s', (pattern, expected) => {
    expect(hasWildcard(pattern)).toBe(expected);
  });
});

describe('the bus', () => {
  const event = (type: string, source = 'a'): BusEvent => ({
    id: 'bus_1',
    type,
    source,
    data: null,
    at: 0,
    seq: 1,
    position: 0,
  });

  test('hands an event to everyone who listens for it, by name, by pattern and by source, once each', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    for (const pattern of ['x.y', 'x.*', '>', 'x.z']) bus.subscribe(pattern, () => void heard.push(pattern));
    bus.subscribe('x.y', () => void heard.push('from a'), 'a');
    bus.subscribe('x.>', () => void heard.push('from b'), 'b');
    await bus.publish(event('x.y'));
    expect(heard).toEqual(['x.y', 'from a', 'x.*', '>']);
  });

  test('has published when every listener has it; one that fails is told to the publisher, and the others have it', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.subscribe('x', () => Promise.reject(new RangeError('not now')));
    bus.subscribe('x', async () => {
      await new Promise(setImmediate);
      heard.push('late');
    });
    await expect(bus.publish(event('x'))).rejects.toThrow('not now');
    await new Promise(setImmediate);
    expect(heard).toEqual(['late']);
  });

  test('a listener that fails at once keeps nobody from hearing', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.subscribe('x', () => {
      throw new RangeError('a bug');
    });
    bus.subscribe('x', () => void heard.push('other'));
    await expect(bus.publish(event('x'))).rejects.toThrow('a bug');
    expect(heard).toEqual(['other']);
  });

  test('forgets whoever has left', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    const leave = [
      bus.subscribe('x', () => void heard.push('exact')),
      bus.subscribe('*', () => void heard.push('wild')),
    ];
    expect(bus.hasListener('x')).toBe(true);
    for (const unsubscribe of leave) unsubscribe();
    await bus.publish(event('x'));
    expect(heard).toEqual([]);
    expect(bus.hasListener('x')).toBe(false);
  });
});

describe('handing on what a run told the world', () => {
  test('gives everything out within the call, whatever comes right after it', async () => {
    const bus = new EventBus();
    const broker = new MessageBroker({ journal: new MemoryJournal(), clock: systemClock, alarm, log: () => {} });
    const heard: string[] = [];
    const leave = bus.subscribe('>', ({ type }) => Promise.resolve(heard.push(type)));
    const effects = ['a', 'b'].map((eventType) => ({ type: 'emit' as const, eventType, data: null }));
    const handed = handOn(bus, broker, 'speaker', { seq: 1, at: 0, run: 'run_1', effects });
    leave();
    await handed;
    expect(heard).toEqual(['a', 'b']);
  });
});
