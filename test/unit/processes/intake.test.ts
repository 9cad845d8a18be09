import { expect, test } from 'vitest';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import type { Wake } from '../../../src/main/triggers/trigger.ts';
import { script } from '../../world/make.ts';

const wake = (n: number): Wake => ({
  trigger: 'manual',
  kind: 'manual',
  dedupeKey: `k${n}`,
  payload: n,
  metadata: {},
  taint: [],
});
const wakes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => wake(from + n));

async function opened() {
  const journal = new MemoryJournal();
  const process = new AgentProcess({ name: 'p', config: script('return null'), journal });
  await process.load();
  const waiting = () => [...process.snapshot.queue.values()].map(({ payload }) => payload);
  return { journal, process, waiting };
}

test('events that come at once are accepted together, in order, each once', async () => {
  const { journal, process, waiting } = await opened();
  expect(await process.wakeAll(wakes(1, 3))).toEqual({ taken: 3 });
  expect(await process.wakeAll(wakes(2, 5))).toEqual({ taken: 4 });
  expect(waiting()).toEqual([1, 2, 3, 4, 5]);
  const accepted = await journal.read('p', { kinds: ['event.accepted'] });
  expect(accepted.map(({ seq }) => seq)).toEqual([...process.snapshot.queue.values()].map(({ seq }) => seq));
});

test('two who bring the same at the same time, alone, among others, or twice at once, get one event', async () => {
  const { process, waiting } = await opened();
  const [alone, together, again, after] = await Promise.all([
    process.wake(wake(2)),
    process.wakeAll(wakes(1, 3)),
    process.wakeAll([wake(4), wake(4), wake(3)]),
    process.wake(wake(3)),
  ]);
  expect([together, again]).toEqual([{ taken: 3 }, { taken: 3 }]);
  expect(alone.duplicate).toBe(false);
  expect(after.duplicate).toBe(true);
  expect([...waiting()].sort()).toEqual([1, 2, 3, 4]);
  const first = process.wakeAll(wakes(5, 6));
  const twin = await process.wake(wake(6));
  expect(await first).toEqual({ taken: 2 });
  expect(twin).toMatchObject({ duplicate: true, eventId: [...process.snapshot.queue.keys()].at(-1) });
});

test('a queue takes as many as it has room for, those that came first, and says why not the others', async () => {
  const { process, waiting } = await opened();
  await process.wakeAll(wakes(1, 9_998));
  const answer = await process.wakeAll([wake(7), ...wakes(9_999, 10_003)]);
  expect(answer).toMatchObject({ taken: 3, reason: { code: 'QUEUE_FULL' } });
  expect(waiting().slice(-2)).toEqual([9_999, 10_000]);
  expect(process.snapshot.counts.accepted).toBe(10_000);
});

test('a deleted process accepts none', async () => {
  const { process } = await opened();
  await process.delete('ada');
  await expect(process.wakeAll(wakes(1, 2))).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
});
