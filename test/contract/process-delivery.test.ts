import { describe, expect, test } from 'vitest';
import type { BusEvent } from '../../src/main/messaging/event-bus.ts';
import { definitionFrom } from '../../src/main/processes/versions/definition.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, settled } from '../world/outcomes.ts';
import type { Cut } from '../world/power.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const speaker = script(`
  await agent.emit('orders.created', { n: event.payload.n });
  await agent.emit('orders.paid', { n: event.payload.n });
  return null`);
const listener: ProcessConfigInput = {
  ...script(`
    const { event_type, source, data } = event.payload;
    await agent.tool('put', { what: [event_type, source, data.n].join(' ') });
    return null`),
  triggers: [{ type: 'event', eventType: 'orders.*' }],
};
const both = (n: number) => [`orders.created speaker ${n}`, `orders.paid speaker ${n}`];

describe.each(storeKinds)('what a run publishes, kept in %s', (journal) => {
  test('G19: reaches every listener once, in order, after the run has settled', async () => {
    await using world = await createWorld({ journal, sandbox });
    const from = await world.started('speaker', speaker);
    const to = await world.started('listener', listener);
    const heard: BusEvent[] = [];
    world.bus.subscribe('orders.paid', (event) => void heard.push(event));
    for (const n of [1, 2, 3]) await wake(from, { n });
    await drained(from);
    await world.until(() => to.snapshot.counts.done === 6);
    expect(world.ledger.done('put')).toEqual([1, 2, 3].flatMap(both));
    expect(heard.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(3);
    await world.until(() => from.snapshot.outbox.size === 0);
    const taken = await bodiesOf(world, to, 'event.accepted');
    expect(taken[0]).toMatchObject({ kind: 'event', taint: ['event:speaker'] });
  });

  test.each<[string, Cut]>([
    ['before it settles', { at: 'settle-run', when: 'before', times: 1 }],
    ['after it settles, before anybody has heard', { at: 'settle-run', when: 'after', times: 1 }],
    ['after the listener has taken it', { at: 'note-delivery', when: 'before', times: 1 }],
    ['after the delivery was noted', { at: 'note-delivery', when: 'after', times: 1 }],
  ])('reaches a listener once when the power goes %s', async (_when, cut) => {
    await using world = await createWorld({ journal, sandbox, cut: { ...cut } });
    const from = await world.started('speaker', speaker);
    await world.started('listener', listener);
    await wake(from, { n: 1 });
    await world.until(() => !world.power.isOn);
    await world.restart('killed');
    const to = await world.takenUp('listener');
    const again = await world.takenUp('speaker');
    await drained(again);
    await world.until(() => again.snapshot.outbox.size === 0 && to.snapshot.counts.done === 2);
    expect(world.ledger.done('put')).toEqual(both(1));
    expect(to.snapshot.counts.accepted).toBe(2);
  });

  test('is handed on again until every listener has taken it', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand', expects: ['could not be delivered yet'] });
    const from = await world.started('speaker', speaker);
    const to = await world.started('listener', listener);
    let refusals = 2;
    world.bus.subscribe('orders.>', () => {
      if (refusals-- > 0) throw new RangeError('not now');
    });
    await wake(from, { n: 1 });
    await drained(from);
    await world.until(() => world.clock.advance(1_000).then(() => from.snapshot.outbox.size === 0));
    await drained(to);
    expect(world.ledger.done('put')).toEqual(both(1));
  });

  test('is delivered after a kill also when its process is stopped by then', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand', expects: ['could not be delivered yet'] });
    const from = await world.started('speaker', speaker);
    await world.started('listener', listener);
    world.bus.subscribe('orders.>', () => {
      throw new RangeError('never');
    });
    await wake(from, { n: 1 });
    await drained(from);
    await from.stop();
    await world.restart('killed');
    const to = await world.takenUp('listener');
    const again = await world.takenUp('speaker');
    expect(again.state).toBe('stopped');
    await world.until(() => world.clock.advance(1_000).then(() => again.snapshot.outbox.size === 0));
    await drained(to);
    expect(world.ledger.done('put')).toEqual(both(1));
  });

  test('passes no listener by that is being changed', async () => {
    await using world = await createWorld({ journal, sandbox });
    await world.started('speaker', speaker);
    const to = await world.started('listener', { ...listener, ...script('return null') });
    let n = 0;
    const published: Promise<void>[] = [];
    const speak = async () => {
      for (let turn = 0; turn < 50; turn++) {
        const event = { id: `e${n}`, type: 'orders.paid', source: 'speaker', data: n, at: 0, seq: ++n, position: 0 };
        published.push(world.bus.publish(event));
        await null;
      }
    };
    // The change is kept, and is being carried out from here on.
    world.journal.onDurable((entries) => void (entries.some(({ kind }) => kind === 'definition.changed') && speak()));
    await to.update(definitionFrom('listener', { ...listener, ...script('return 1') }));
    await Promise.all(published);
    await world.until(() => to.snapshot.queue.size === 0);
    expect(to.snapshot.counts.accepted).toBe(50);
  });

  test('G19: by a person, just before the node closes, is heard in the next one', async () => {
    await using world = await createWorld({ journal, sandbox });
    let runtime = await world.runtime();
    const config = { ...script('return null'), triggers: [{ type: 'event' as const, eventType: 'orders.*' }] };
    const to = await runtime.register({ name: 'listener', config });
    await to.start();
    await to.suspend();
    await Promise.all(Array.from({ length: 300 }, (_, n) => runtime.publish('orders.paid', n)));
    await runtime.close();
    await world.restart('closed');
    runtime = await world.runtime();
    await world.until(() => runtime.get('listener').snapshot.counts.accepted === 300);
  });

  test('stays where it is when the run fails', async () => {
    await using world = await createWorld({ journal, sandbox });
    const from = await world.started(
      'speaker',
      script(`await agent.emit('orders.created', { n: 1 }); throw new Error('no')`),
    );
    const to = await world.started('listener', listener);
    await wake(from);
    await drained(from);
    expect((await settled(world, from))[0]?.outcome).toBe('failed');
    expect(from.snapshot.outbox.size).toBe(0);
    expect(to.snapshot.counts.accepted).toBe(0);
  });
});
