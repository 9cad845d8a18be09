import { expect, test } from 'vitest';
import { caughtLater } from '../../world/caught.ts';
import { script, wake } from '../../world/make.ts';
import { createWorld } from '../../world/world.ts';

test('a process whose journal is closed under it refuses what comes, and does not work in circles', async () => {
  await using world = await createWorld({ expects: ['could not be written'] });
  let runs = 0;
  const run = async () => {
    runs++;
    await new Promise(setImmediate);
    return null;
  };
  const process = world.process('p', script('return null'), {
    buildAgent: async () => ({ run, close: async () => {} }),
  });
  await process.start();
  const accepted = [wake(process, {}, 'one'), wake(process, {}, 'two')];
  await Promise.all(accepted);
  await world.journal.close();
  expect((await caughtLater(wake(process, {}, 'three'))).code).toBe('JOURNAL_CLOSED');
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(runs).toBeLessThanOrEqual(3);
  await world.restart('killed');
  const next = await world.takenUp('p');
  await world.until(() => next.snapshot.queue.size === 0);
  expect(next.snapshot.counts.done).toBe(2);
});
