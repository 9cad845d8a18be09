import { expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';
import { until } from '../world/until.ts';

const names = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
const at = (node: ClusterNode) => node.side.processes().map(({ name }) => name);

async function crowded() {
  const clock = new HandClock();
  const [a, b] = (await new ClusterWorld({ clock }).startAll('a', 'b')) as [ClusterNode, ClusterNode];
  for (const name of names) await a.api.createProcess({ manifest: counter(name), start: true });
  await passing(clock, () => names.every((name) => b.crossing.roster.whereIs(name)));
  return { clock, a, b };
}

test('nodes are evened out by themselves where that is switched on, one move a minute, and it comes to rest', async () => {
  const { clock, a, b } = await crowded();
  // On the node that has nothing: the one that owns an agent moves it all the same.
  expect(await b.api.configureRebalance({ auto: true })).toMatchObject({ auto: 'b' });
  const begun = clock.elapsed();
  await passing(clock, () => at(b).length === 1, 200_000, 1_000);
  expect(clock.elapsed() - begun).toBeGreaterThan(60_000);
  const first = clock.elapsed();
  await passing(clock, () => at(b).length === 2, 200_000, 1_000);
  expect(clock.elapsed() - first).toBeGreaterThan(50_000);
  await passing(clock, () => at(b).length === 3, 200_000, 1_000);
  for (let minutes = 0; minutes < 5; minutes++) await clock.advance(60_000);
  expect([at(a).length, at(b).length]).toEqual([3, 3]);
  expect((await a.api.planRebalance({})).auto).toBe('b');
}, 60_000);

test('nothing moves by itself unless it was switched on, nor after it was switched off', async () => {
  const { clock, a, b } = await crowded();
  expect((await a.api.planRebalance({})).auto).toBeNull();
  await a.api.configureRebalance({ auto: true });
  await clock.advance(30_000);
  await a.api.configureRebalance({ auto: false });
  for (let minutes = 0; minutes < 4; minutes++) await clock.advance(60_000);
  expect([at(a).length, at(b).length]).toEqual([6, 0]);
  expect((await a.api.planRebalance({})).moves.length).toBeGreaterThan(0);
}, 60_000);

test('an agent that is to live on one node only stays there', async () => {
  const [a, b] = (await new ClusterWorld().startAll('a', 'b')) as [ClusterNode, ClusterNode];
  const manifest = counter('settled', { placement: { node: a.runtime.nodeId } });
  await a.api.createProcess({ manifest, start: true });
  await until(() => b.crossing.roster.whereIs('settled'));
  const { nodes } = await a.api.placement({ name: 'settled' });
  expect(nodes).toMatchObject([
    { node: 'a', reasons: [] },
    { node: 'b', reasons: [`is to live on node ${a.runtime.nodeId} only`] },
  ]);
});
