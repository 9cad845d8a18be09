import { describe, expect, onTestFinished, test } from 'vitest';
import type { Journal } from '../../../src/main/journal/journal.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { Alarm } from '../../../src/main/lib/alarm.ts';
import { MessageBroker, mostAttempts, topicLimit } from '../../../src/main/messaging/message-broker.ts';
import type { HandedMessage, Taker } from '../../../src/main/messaging/taker.ts';
import { brokerStream } from '../../../src/shared/entries/journal-entries.ts';
import { caught } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';

/** A broker over a journal that outlives it, and processes that take from it. */
function world(journal: Journal = new MemoryJournal(), clock = new HandClock()) {
  const alarm = new Alarm(clock);
  const broker = new MessageBroker({ journal, clock, alarm, log: () => {} });
  onTestFinished(() => broker.close());
  return { journal, clock, broker };
}

interface TestTaker extends Taker {
  readonly got: HandedMessage[];
  /** Tells the broker how the newest message it took ended. */
  end(outcome?: 'done' | 'dead' | 'cancelled'): Promise<void>;
}

function taker(
  broker: MessageBroker,
  process: string,
  parts: { capacity?: () => number; load?: () => number; filtered?: boolean } = {},
): TestTaker {
  const got: HandedMessage[] = [];
  const one: TestTaker = {
    process,
    got,
    capacity: parts.capacity ?? (() => 1),
    load: parts.load ?? (() => 0),
    async take(message) {
      if (!got.some(({ id, handing }) => id === message.id && handing === message.handing)) got.push(message);
      return { filtered: parts.filtered ?? false };
    },
    async end(outcome = 'done') {
      const { id, handing } = got.at(-1) as HandedMessage;
      await broker.settle({ message: id, attempt: handing, outcome, reason: 'it failed' });
    },
  };
  broker.join(one);
  return one;
}

const sending = (topic: string, n: number, more: object = {}) => ({ topic, content: { n }, sender: 'user', ...more });
const numbers = (messages: readonly HandedMessage[]) => messages.map(({ content }) => (content as { n: number }).n);

describe('each message has one consumer', () => {
  test('the one with least to do gets it, then whoever has waited longest', async () => {
    const { broker, clock } = world();
    await broker.start();
    const loads = { a: 3, b: 0, c: 0 };
    const takers = (['a', 'b', 'c'] as const).map((name) =>
      taker(broker, name, { load: () => loads[name], capacity: () => 100 }),
    );
    for (const { process } of takers) broker.subscribe(process, 'm', 'work');
    for (let n = 0; n < 10; n++) {
      await broker.send([sending('work', n)]);
      await clock.settle();
    }
    expect(takers.map(({ got }) => got.length)).toEqual([0, 5, 5]);
    loads.a = 0;
    await broker.send([sending('work', 10)]);
    await clock.settle();
    expect(numbers(takers[0]?.got ?? [])).toEqual([10]);
  });

  test('a taker gets no more at a time than it can work on, and its messages come in the order of sending', async () => {
    const { broker, clock } = world();
    await broker.start();
    const one = taker(broker, 'one');
    broker.subscribe('one', 'm', 'work');
    await broker.send(Array.from({ length: 20 }, (_, n) => sending('work', n)));
    for (let n = 0; n < 20; n++) {
      await clock.settle();
      expect(one.got.length).toBe(n + 1);
      await one.end();
    }
    expect(numbers(one.got)).toEqual([...Array(20).keys()]);
  });

  test('takers may name topics by wildcards', async () => {
    const { broker, clock } = world();
    await broker.start();
    const all = taker(broker, 'all', { capacity: () => 9 });
    broker.subscribe('all', 'm', 'support.>');
    await broker.send([sending('support.tier1', 1), sending('support.tier2.eu', 2), sending('sales', 3)]);
    await clock.settle();
    expect(numbers(all.got)).toEqual([1, 2]);
    expect(broker.topics().find(({ topic }) => topic === 'sales')).toMatchObject({ waiting: 1, takers: [] });
  });

  test('a taker whose filter lets it pass by leaves it to others', async () => {
    const { broker, clock } = world();
    await broker.start();
    const picky = taker(broker, 'picky', { filtered: true });
    broker.subscribe('picky', 'm', 'work');
    await broker.send([sending('work', 1)]);
    await clock.settle();
    expect(picky.got.length).toBe(1);
    const other = taker(broker, 'other');
    broker.subscribe('other', 'm', 'work');
    await clock.settle();
    expect(numbers(other.got)).toEqual([1]);
    expect(picky.got.length).toBe(1);
  });
});

describe('a message is kept until somebody has done with it', () => {
  test('without a taker it waits, through a restart, and goes out when one appears', async () => {
    const first = world();
    await first.broker.start();
    await first.broker.send([sending('work', 1)]);
    await first.broker.close();
    const { broker, clock } = world(first.journal, first.clock);
    await broker.start();
    const late = taker(broker, 'late');
    broker.subscribe('late', 'm', 'work');
    await clock.settle();
    expect(numbers(late.got)).toEqual([1]);
  });

  test('one that is addressed goes to that process alone, whatever it subscribes', async () => {
    const { broker, clock } = world();
    await broker.start();
    const other = taker(broker, 'other');
    broker.subscribe('other', 'm', 'work');
    await broker.send([sending('work', 1, { to: 'boss' }), sending('work', 2)]);
    await clock.settle();
    expect(numbers(other.got)).toEqual([2]);
    const boss = taker(broker, 'boss');
    await clock.settle();
    expect(numbers(boss.got)).toEqual([1]);
  });

  test('a taker that does not work is handed nothing', async () => {
    const { broker, clock } = world();
    await broker.start();
    let capacity = 0;
    const asleep = taker(broker, 'asleep', { capacity: () => capacity });
    broker.subscribe('asleep', 'm', 'work');
    await broker.send([sending('work', 1)]);
    await clock.settle();
    expect(asleep.got).toEqual([]);
    capacity = 1;
    broker.kick();
    await clock.settle();
    expect(numbers(asleep.got)).toEqual([1]);
  });

  test('what a deleted process held goes to another', async () => {
    const { broker, clock } = world();
    await broker.start();
    const leave = broker.join({ process: 'gone', capacity: () => 1, load: () => 0, take: async () => ({}) });
    broker.subscribe('gone', 'm', 'work');
    await broker.send([sending('work', 1)]);
    await clock.settle();
    leave();
    await broker.release('gone');
    const other = taker(broker, 'other');
    broker.subscribe('other', 'm', 'work');
    await clock.settle();
    expect(numbers(other.got)).toEqual([1]);
  });

  test('the same id is one message, however often it is sent', async () => {
    const { broker, clock, journal } = world();
    await broker.start();
    for (let time = 0; time < 3; time++) await broker.send([sending('work', 1, { id: 'msg_p.0000000007.0' })]);
    const one = taker(broker, 'one', { capacity: () => 9 });
    broker.subscribe('one', 'm', 'work');
    await clock.settle();
    await one.end();
    await broker.send([sending('work', 1, { id: 'msg_p.0000000007.0' })]);
    await clock.settle();
    expect(one.got.length).toBe(1);
    expect((await journal.read(brokerStream, { kinds: ['message.sent'] })).length).toBe(1);
  });
});

describe('attempts', () => {
  test('G20: a failed one waits longer each time, goes to another taker first, and is dead after five', async () => {
    const { broker, clock, journal } = world();
    await broker.start();
    const takers = [taker(broker, 'a'), taker(broker, 'b')];
    for (const { process } of takers) broker.subscribe(process, 'm', 'work');
    await broker.send([sending('work', 1)]);
    const who: string[] = [];
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      await clock.settle();
      const busy = takers.find(({ got }) => got.at(-1)?.handing === attempt) as TestTaker;
      who.push(busy.process);
      await busy.end('dead');
      await clock.settle();
      expect(takers.reduce((sum, { got }) => sum + got.length, 0)).toBe(attempt);
      await clock.advance(1_000 * 2 ** (attempt - 1));
    }
    expect(who.slice(0, 2)).toEqual(['a', 'b']);
    const [ended] = await journal.read(brokerStream, { kinds: ['message.ended'] });
    expect(ended?.body).toMatchObject({ outcome: 'dead', reason: expect.stringContaining('it failed') });
    expect(broker.topics()[0]).toMatchObject({ waiting: 0, handed: 0 });
  });

  test('one that waits for its next attempt holds up no other', async () => {
    const { broker, clock } = world();
    await broker.start();
    const one = taker(broker, 'one');
    broker.subscribe('one', 'm', 'work');
    await broker.send([sending('work', 1), sending('work', 2)]);
    await clock.settle();
    await one.end('dead');
    await clock.settle();
    expect(numbers(one.got)).toEqual([1, 2]);
    await one.end();
    await clock.advance(1_000);
    expect(numbers(one.got)).toEqual([1, 2, 1]);
  });

  test('the end of an earlier handing says nothing about a later one', async () => {
    const { broker, clock, journal } = world();
    await broker.start();
    const one = taker(broker, 'one');
    broker.subscribe('one', 'm', 'work');
    await broker.send([sending('work', 1)]);
    await clock.settle();
    await one.end('dead');
    await clock.advance(1_000);
    const { id } = one.got[0] as HandedMessage;
    await broker.settle({ message: id, attempt: 1, outcome: 'done', reason: '' });
    expect(await journal.read(brokerStream, { kinds: ['message.ended'] })).toEqual([]);
    await one.end();
    await one.end();
    expect((await journal.read(brokerStream, { kinds: ['message.ended'] })).length).toBe(1);
  });
});

test('a message whose time is over ends as expired, and nobody gets it', async () => {
  const { broker, clock, journal } = world();
  await broker.start();
  await broker.send([sending('work', 1, { ttlMs: 60_000 }), sending('work', 2)]);
  await clock.advance(60_000);
  const one = taker(broker, 'one', { capacity: () => 9 });
  broker.subscribe('one', 'm', 'work');
  await clock.settle();
  expect(numbers(one.got)).toEqual([2]);
  expect((await journal.read(brokerStream, { kinds: ['message.ended'] })).map(({ body }) => body)).toMatchObject([
    { outcome: 'expired' },
  ]);
});

test(`G21: the publisher is told when ${topicLimit} messages wait; other topics are open`, async () => {
  const { broker } = world();
  await broker.start();
  await broker.send(Array.from({ length: topicLimit }, (_, n) => sending('full', n)));
  expect(caught(() => broker.assertRoom('full'))).toMatchObject({
    code: 'QUEUE_FULL',
    details: { topic: 'full', waiting: topicLimit },
  });
  expect(() => broker.assertRoom('empty')).not.toThrow();
});

test('a message that was handed over when the program died is offered again as the same handing', async () => {
  const first = world();
  await first.broker.start();
  const before = taker(first.broker, 'one');
  first.broker.subscribe('one', 'm', 'work');
  await first.broker.send([sending('work', 1)]);
  await first.clock.settle();
  expect(before.got.map(({ handing }) => handing)).toEqual([1]);

  const { broker, clock } = world(first.journal, first.clock);
  await broker.open();
  const after = taker(broker, 'one');
  const other = taker(broker, 'other');
  for (const process of ['one', 'other']) broker.subscribe(process, 'm', 'work');
  await broker.start();
  await clock.settle();
  expect(after.got.map(({ handing }) => handing)).toEqual([1]);
  expect(other.got).toEqual([]);
});

test('the state after hundreds of messages is the same from a checkpoint and from the start', async () => {
  const first = world();
  await first.broker.start();
  const one = taker(first.broker, 'one');
  first.broker.subscribe('one', 'm', 'work');
  for (let n = 0; n < 700; n++) {
    await first.broker.send([sending('work', n)]);
    await first.clock.settle();
    if (n % 2 === 0) await one.end(n % 10 === 0 ? 'dead' : 'done');
  }
  expect(await first.journal.lastCheckpoint(brokerStream)).toBeDefined();
  const again = world(first.journal, first.clock);
  await again.broker.open();
  expect(again.broker.topics()).toEqual(first.broker.topics().map((topic) => ({ ...topic, takers: [] })));
});
