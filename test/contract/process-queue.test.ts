import { describe, expect, test } from 'vitest';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, ended, kept, openItem } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const noting = script(`await agent.tool('put', { what: event.payload.n }); return event.payload.n`);

async function wakeEach(process: AgentProcess, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await wake(process, { n });
}

describe.each(storeKinds)('the queue of a process, kept in %s', (journal) => {
  test('G5: goes first in, first out, also across suspend, stop, an orderly end and a kill', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started('p', noting);
    await wakeEach(process, 1, 2);
    await process.suspend();
    await wakeEach(process, 3, 4);
    await process.resume();
    await wakeEach(process, 5);
    await process.stop();
    await wakeEach(process, 6, 7);
    await world.restart('closed');
    process = await world.takenUp('p');
    await wakeEach(process, 8);
    await process.start();
    const gate = world.ledger.hold('put', 'before');
    await wakeEach(process, 9, 10);
    await Promise.race([gate.arrived, drained(process)]);
    await world.restart('killed');
    process = await world.takenUp('p');
    await wakeEach(process, 11);
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('G3: takes a dedupe key once, also from two senders at the same time, after its end and after a kill', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started('p', noting);
    const [first, twin] = await Promise.all([wake(process, { n: 1 }, 'same'), wake(process, { n: 2 }, 'same')]);
    expect([first.duplicate, twin.duplicate]).toEqual([false, true]);
    expect(twin.eventId).toBe(first.eventId);
    await drained(process);
    expect(await wake(process, { n: 3 }, 'same')).toMatchObject({ eventId: first.eventId, duplicate: true });
    await world.restart('killed');
    process = await world.takenUp('p');
    expect(await wake(process, { n: 4 }, 'same')).toMatchObject({ eventId: first.eventId, duplicate: true });
    expect(await wake(process, { n: 5 }, 'other')).toMatchObject({ duplicate: false });
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1, 5]);
  });

  test('takes an event for a process that has never been looked at', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = world.process('p', noting);
    expect((await wake(process, { n: 1 })).parked).toContain('created');
    await process.start();
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1]);
  });

  test('G1: has stored an event when its sender hears yes, before the first start, while it is suspended or stopped', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = world.process('p', noting);
    await process.load();
    expect((await wake(process, { n: 1 })).parked).toContain('created');
    await process.start();
    await process.suspend('ada', 'for lunch');
    expect((await wake(process, { n: 2 })).parked).toContain('suspended: for lunch');
    await process.stop();
    expect((await wake(process, { n: 3 })).parked).toContain('stopped');
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.start();
    await drained(process);
    expect(world.ledger.done('put')).toEqual([1, 2, 3]);
    expect((await wake(process, { n: 4 })).parked).toBeUndefined();
    await drained(process);
  });

  test('keeps payloads exactly, small and large, until they run', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started('p', script(`await agent.tool('put', { what: event.payload }); return null`));
    await process.suspend();
    const payloads = [
      { text: 'ñ 漢 🚀 \u0000 "quoted" \\ </event>', list: [null, true, 1.5, { deep: [] }] },
      'x'.repeat(10_000),
      Array.from({ length: 2_000 }, (_, n) => ({ n })),
      null,
      '',
    ];
    for (const payload of payloads) await wake(process, payload);
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.resume();
    await drained(process);
    expect(world.ledger.done('put')).toEqual(payloads);
  });

  test('G5: never works on two events at once, unless it may; then on so many, begun in order', async () => {
    await using world = await createWorld({ journal, sandbox });
    for (const concurrency of [1, 3]) {
      const process = await world.started(`p${concurrency}`, { ...noting, concurrency });
      const gate = world.ledger.hold('put', 'before');
      await wakeEach(process, 1, 2, 3, 4, 5);
      await gate.arrived;
      await world.until(() => process.snapshot.runs.size === concurrency);
      const begun = await bodiesOf(world, process, 'run.started');
      const accepted = await bodiesOf(world, process, 'event.accepted');
      expect(begun.map(({ event }) => event)).toEqual(accepted.slice(0, concurrency).map(({ id }) => id));
      gate.open();
      await drained(process);
      expect(process.snapshot.counts.done).toBe(5);
    }
  });

  test('a cancelled event does not run, and says who cancelled it and why', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', noting);
    await process.suspend();
    const { eventId } = await wake(process, { n: 1 });
    await wake(process, { n: 2 });
    await process.steering.cancelEvent(eventId, 'not needed', 'ada');
    expect((await caughtLater(process.steering.cancelEvent(eventId, 'again', 'ada'))).code).toBe('TRIGGER_EVENT_ENDED');
    await process.resume();
    await drained(process);
    expect(world.ledger.done('put')).toEqual([2]);
    const [end] = await bodiesOf(world, process, 'event.ended');
    expect(end).toMatchObject({ id: eventId, outcome: 'cancelled', reason: 'not needed', by: 'ada' });
  });

  test.each([
    ['isolate', [1, 3]],
    ['hold', [1]],
  ] as const)(
    'while a run waits for a person, later events go by in_doubt_policy %s',
    async (inDoubtPolicy, before) => {
      await using world = await createWorld({ journal, sandbox });
      const asking = script(`
      await agent.tool('put', { what: event.payload.n });
      if (event.payload.n === 1) await agent.ask('go on?');
      return null`);
      const process = await world.started('p', { ...asking, inDoubtPolicy });
      await wake(process, { n: 1 });
      const item = await openItem(process);
      await wake(process, { n: 3 });
      if (inDoubtPolicy === 'isolate') await ended(process, 1);
      await world.until(() => process.state === 'awaiting');
      expect(world.ledger.done('put')).toEqual(before);
      await process.steering.answer(item.id, 'yes', 'ada');
      await drained(process);
      expect(world.ledger.done('put')).toEqual([1, 3]);
      await world.until(() => process.state === 'running');
    },
  );

  test('a run is cancelled once, also in the moment in which it begins', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', script(`await agent.context.set('ran', true); return null`));
    await process.suspend();
    const { eventId } = await wake(process, { text: 'x'.repeat(5_000) });
    await process.resume();
    await world.until(() => process.snapshot.runs.size === 1 || process.snapshot.queue.size === 0);
    await process.steering.cancelEvent(eventId, 'too late?', 'ada').catch(() => {});
    await drained(process);
    const { done, cancelled } = process.snapshot.counts;
    expect(done + cancelled).toBe(1);
    if (cancelled === 1) expect(kept(process, 'ran')).toBeUndefined();
  });
});

test('G21: a queue that is full refuses the next sender, and takes events again when it has room', async () => {
  await using world = await createWorld({ sandbox });
  const process = world.process('p', noting);
  await process.load();
  const senders = Array.from({ length: 10_000 }, (_, n) => wake(process, { n }));
  await Promise.all(senders);
  const refusal = await caughtLater(wake(process, { n: 10_000 }));
  expect(refusal.code).toBe('QUEUE_FULL');
  expect(refusal.message).toContain('10000 events wait in "p"');
  const [first] = process.snapshot.queue.keys();
  await process.steering.cancelEvent(first ?? '', 'to make room', 'ada');
  expect((await wake(process, { n: 10_001 })).duplicate).toBe(false);
});
