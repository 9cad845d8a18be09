import { expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

const auto = { placement: { failover: 'auto' } };
const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;

/** Three nodes; on b one agent of each kind, with level copies where they can have any. */
async function inhabited() {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock });
  const [a] = await world.startAll('a');
  const b = await world.start('b', { labels: ['gpu'] });
  const c = await world.start('c');
  if (!a) throw new Error('no hub');
  await b.api.createProcess({ manifest: counter('mobile', auto), start: true });
  await b.api.createProcess({ manifest: counter('manual'), start: true });
  await b.api.createProcess({
    manifest: counter('rooted', { placement: { failover: 'auto', labels: ['gpu'] } }),
    start: true,
  });
  await c.api.createProcess({ manifest: counter('near', auto), start: true });
  await passing(clock, async () => {
    const lags = [...(await b.crossing.shipping.lags()), ...(await c.crossing.shipping.lags())];
    return lags.every(({ process, standby, entries }) => process === 'rooted' || (standby && entries === 0));
  });
  await passing(clock, async () => {
    const { items } = await a.api.listLeases({});
    return (
      items.length === 4 && items.every(({ process, headSeq, standby }) => headSeq && (standby || process === 'rooted'))
    );
  });
  return { clock, world, a, b, c };
}

test('who owns what is told by every node, with the ownership, its rule and where the copy is', async () => {
  const { b, c } = await inhabited();
  const { arbiter, items } = await c.api.listLeases({});
  expect(arbiter).toBe('a');
  const lease = (name: string) => items.find(({ process }) => process === name);
  expect(lease('mobile')).toMatchObject({ owner: 'b', epoch: 1, failover: 'auto' });
  expect(lease('mobile')?.standby).toBe(b.crossing.shipping.standbyOf('mobile'));
  expect(lease('mobile')?.freeInMs).toBeGreaterThan(10_000);
  expect(lease('manual')).toMatchObject({ owner: 'b', failover: 'manual', freeInMs: null });
  expect(lease('rooted')?.standby).toBeNull();
});

test('what is said of the loss of a node is what happens when it is lost', async () => {
  const { clock, world, a, b, c } = await inhabited();
  const plan = await c.api.planLoss({ node: 'b' });
  expect(plan).toMatchObject({ node: 'b', isArbiter: false });
  const told = (name: string) => plan.agents.find(({ process }) => process === name);
  expect(told('mobile')).toMatchObject({ outcome: 'moves', missing: 0, lacks: [] });
  expect(told('manual')).toMatchObject({ outcome: 'waits', reason: expect.stringContaining('Only a person') });
  expect(told('rooted')).toMatchObject({ outcome: 'waits', to: null, reason: expect.stringContaining('No node') });
  const heir = told('mobile')?.to ?? '';
  expect(plan.nodes.find(({ node }) => node === heir)?.after).toBe(heir === 'c' ? 2 : 1);
  expect([a, b, c].map((node) => has(node, 'mobile'))).toEqual([false, true, false]);

  await b.kill();
  const killedAt = clock.now();
  await passing(clock, () => has(world.node(heir), 'mobile'));
  // Timers are a step of the hand-turned clock late at most.
  expect(clock.now() - killedAt).toBeLessThanOrEqual((told('mobile')?.withinMs ?? 0) + 1_000);
  await clock.advance(30_000);
  expect(world.running.some((node) => has(node, 'manual') || has(node, 'rooted'))).toBe(false);
});

test('without the node that decides, nothing is taken over, and what would give way pauses', async () => {
  const { c } = await inhabited();
  const plan = await c.api.planLoss({ node: 'a' });
  expect(plan.isArbiter).toBe(true);
  expect(plan.agents).toEqual([]);
  const paused = plan.others.filter(({ outcome }) => outcome === 'pauses').map(({ process }) => process);
  expect(paused.toSorted()).toEqual(['mobile', 'near', 'rooted']);
});
