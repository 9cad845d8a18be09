import { expect, test } from 'vitest';
import { ClusterDay, type DayNode } from '../world/cluster-day.ts';
import { draws } from '../world/draws.ts';
import type { Cut } from '../world/power.ts';

/**
 * The power of one node goes just before and just after what it writes for the cluster: into the hub's leases, its copies of
 * journals, what crosses, where processes live, and where journals are fenced, grafted and cut. What a process itself
 * appends is cut in `power-cuts.test.ts`.
 */
type NodeCut = Cut & { node: DayNode };

/** How many of all the cuts are made; `CUTS=all` for each of them, `CUTS=1/4` for the first of four parts of them. */
const some = process.env['CUTS'] ?? '5';
const [part, parts] = some === 'all' ? [1, 1] : some.split('/').map(Number);
const random = draws();

async function lived(cut?: NodeCut): Promise<ClusterDay> {
  const day = new ClusterDay(cut);
  try {
    await day.live();
    expect(await day.problems()).toEqual([]);
    return day;
  } catch (thrown) {
    throw new Error(`${JSON.stringify(cut ?? 'without a cut')}, cut ${day.cuts} times: ${String(thrown)}`);
  } finally {
    await day.close();
  }
}

/** Neither what processes append, by the name of its commit, nor how it is written, statement by statement. */
const isOfCluster = (batch: string) =>
  batch.startsWith('graft-') ||
  (batch.includes(':') && !/^runtime: (INSERT|UPDATE) (journal|journal_keys|streams|read_\w+)$/.test(batch));

test(`power lost at a node of a cluster: every agent lives once and has all that was acknowledged, once (${random.label})`, async () => {
  const plain = await lived();
  const all = Object.entries(plain.batches).flatMap(([node, batches]) =>
    [...batches]
      .filter(isOfCluster)
      .sort()
      .flatMap((at) => (['before', 'after'] as const).map((when) => ({ node: node as DayNode, when, at }))),
  );
  const written = [...new Set(all.map(({ at }) => at))];
  for (const part of ['runtime: INSERT leases', 'copies: INSERT journal', 'crossing: INSERT homes', 'graft-begins'])
    expect(written.join(' | ')).toContain(part);
  const drawn = new Set<(typeof all)[number]>();
  while (!parts && drawn.size < Math.min(Number(some), all.length)) drawn.add(random.one(all));
  const cuts = parts ? all.filter((_, index) => index % parts === (part ?? 1) - 1) : [...drawn];
  console.log(`${random.label}: ${cuts.length} of ${all.length} cuts; ${written.join(' | ')}`);
  const missed: string[] = [];
  const problems: string[] = [];
  for (const cut of cuts) {
    const begun = performance.now();
    const day = await lived({ ...cut, times: 1 }).catch((thrown: unknown) => void problems.push(String(thrown)));
    if (!day) continue;
    const tookMs = Math.round(performance.now() - begun);
    console.log(`${cut.node}, ${cut.when} ${cut.at}: cut ${day.cuts} times, all there (${tookMs} ms)`);
    if (day.cuts === 0) missed.push(`${cut.node} ${cut.when} ${cut.at}`);
  }
  expect(problems).toEqual([]);
  // Which of two nodes takes something over is not the same each day.
  expect(missed.length, missed.join(', ')).toBeLessThanOrEqual(Math.ceil(cuts.length / 4));
});
