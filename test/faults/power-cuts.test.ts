import { describe, expect, test } from 'vitest';
import { LongDay } from '../world/long-day.ts';
import { bodiesOf } from '../world/outcomes.ts';
import type { Cut } from '../world/power.ts';
import { storeKinds } from '../world/stores.ts';
import { fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const worked = [1, 2, 3, 4, 5, 7, '2026-01-05T03:00:00.000Z'];
const sorted = (list: unknown[]) => list.map(String).sort();

/** Lives the day and checks that everything acknowledged happened, and that all of it happened once. */
async function lived(journal: (typeof storeKinds)[number], cut?: Cut) {
  const day = await LongDay.begin(journal, sandbox, cut);
  await using world = day.world;
  await day.live();
  expect(world.ledger.done('pay')).toEqual([1]);
  expect(world.ledger.done('haul')).toEqual([1]);
  const put = world.ledger.done('put');
  expect(sorted(put)).toEqual(sorted([...worked, ...worked.map((n) => `heard ${n}`)]));
  const worker = world.alive('worker');
  expect(worker.snapshot.counts).toMatchObject({ accepted: 8, done: 7, cancelled: 1, dead: 0, superseded: 0 });
  expect(world.alive('listener').snapshot.counts).toMatchObject({ accepted: 7, done: 7 });
  expect(worker.state).toBe('running');
  const context = [...worker.snapshot.context.keys()];
  expect(sorted(context)).toEqual(sorted(['price', ...worked.map((n) => `seen ${n}`)]));
  const accepted = new Set((await bodiesOf(world, worker, 'event.accepted')).map(({ id }) => id));
  const settled = await bodiesOf(world, worker, 'run.settled');
  const done = new Set(settled.filter(({ outcome }) => outcome === 'done').map(({ event }) => event));
  for (const [n, id] of day.acknowledged) {
    expect(accepted.has(id), `event ${n}`).toBe(true);
    if (n !== 6) expect(done.has(id), `event ${n}`).toBe(true);
  }
  const noted = await bodiesOf(world, worker, 'occurrence.noted');
  expect(noted.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  return { commits: world.commits, cuts: day.cuts };
}

const { commits } = await lived('memory');
/** Made only when a run happens to be stopped between two steps of its own. */
const rare = ['note-steps'];
const names = [...new Set(commits)].filter((name) => !rare.includes(name)).sort();
const cuts = names.flatMap((at) =>
  (['before', 'after'] as const).flatMap((when) => [1, 2].map((times) => [when, at, times] as const)),
);

test('the day has every kind of commit in it that a process makes', () => {
  console.log(`${names.length} commit names: ${names.join(' ')}`);
  expect(names).toEqual(
    expect.arrayContaining(['accept-event', 'settle-run', 'park-run', 'retry-run', 'answer-item', 'attach-step']),
  );
});

describe.each(storeKinds)('kept in %s', (journal) => {
  test.each(cuts)(
    'G10: power lost %s %s, %i times: all that was acknowledged happens, once',
    async (when, at, times) => {
      const day = await lived(journal, { at, when, times });
      expect(day.cuts).toBeGreaterThan(0);
    },
  );
});
