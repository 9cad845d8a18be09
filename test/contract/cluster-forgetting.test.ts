import { describe, expect, test, vi } from 'vitest';
import { verifyChain } from '../../src/main/journal/replay.ts';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

const fact = 'Ada keeps the spare key under the third flowerpot';
const auto = { placement: { failover: 'auto' } };

async function three() {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock });
  const nodes = (await world.startAll('a', 'b', 'c')) as Nodes;
  return { world, clock, nodes };
}

const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;
const isShipped = async (node: ClusterNode) =>
  (await node.crossing.shipping.lags()).every(({ entries, standby }) => standby !== null && entries === 0);

/** An agent on node b that remembers the fact, with a copy elsewhere that is up to date. */
async function remembering(more: object = {}) {
  const it = await three();
  const [, b] = it.nodes;
  await b.api.createProcess({ manifest: counter('c1', more as never), start: true });
  await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
  await passing(it.clock, async () => (await b.api.listRuns({ state: 'done' })).items.length === 1);
  const { id } = await b.api.storeMemory({ name: 'c1', content: fact });
  await passing(it.clock, () => isShipped(b));
  const standby = b.crossing.shipping.standbyOf('c1') ?? '';
  return { ...it, b, id, standby };
}

/** Runs an operation while time passes. */
async function during<T>(clock: HandClock, work: Promise<T>): Promise<T> {
  let end: { value: T } | undefined;
  let failure: unknown;
  work.then(
    (value) => (end = { value }),
    (thrown) => (failure = thrown ?? new Error('failed')),
  );
  await passing(clock, () => end ?? failure);
  if (!end) throw failure;
  return end.value;
}

const isIn = async (world: ClusterWorld, node: string) => world.filesOf(node).some((bytes) => bytes.includes(fact));

describe('what an agent is made to forget', () => {
  test('goes from the copy of its journal at once, and nobody who takes it over has it', async () => {
    const { world, clock, b, id, standby } = await remembering(auto);
    const other = world.node(standby);
    expect(await isIn(world, standby)).toBe(true);
    const { receipt } = await during(clock, b.api.forgetMemory({ name: 'c1', id }));
    const [kept] = (await b.api.listErasures({ name: 'c1' })).items;
    expect(kept).toMatchObject({
      id: receipt,
      nodes: [{ doneAt: expect.any(Number) }, { doneAt: expect.any(Number) }],
    });
    expect(kept?.check.findings.filter(({ place }) => place === 'copies').map(({ state }) => state)).toEqual([
      'clean',
      'clean',
    ]);
    expect(await isIn(world, standby)).toBe(false);
    await passing(clock, () => isShipped(b));
    await b.kill();
    const heir = await passing(clock, () => world.running.find((node) => has(node, 'c1')));
    expect(heir.name).toBe(other.name);
    expect(await verifyChain(heir.runtime.journal, 'c1')).toMatchObject({ ok: true });
    expect((await heir.api.listMemories({ name: 'c1' })).items).toEqual([]);
    expect((await heir.api.getContext({ name: 'c1' })).items).toMatchObject([{ key: 'heard', value: [1] }]);
    expect((await heir.api.listErasures({ name: 'c1' })).items).toMatchObject([{ id: receipt }]);
    expect(await isIn(world, heir.name)).toBe(false);
  });

  test('goes from a copy whose node was away when that is back, and not before, as the receipt says', async () => {
    const { world, clock, b, id, standby } = await remembering();
    await world.node(standby).kill();
    await clock.advance(10_000);
    const { receipt } = await during(clock, b.api.forgetMemory({ name: 'c1', id }));
    const nodes = async () => (await b.api.listErasures({ name: 'c1' })).items[0]?.nodes ?? [];
    const doneAt = async () => (await nodes()).find(({ node }) => node === standby)?.doneAt;
    expect(await doneAt()).toBeNull();
    const check = await during(clock, b.api.checkErasure({ name: 'c1', id: String(receipt) }));
    expect(check).toMatchObject({ clean: false });
    expect(check.findings.find(({ name }) => name === standby)).toMatchObject({ state: 'pending' });
    expect(await isIn(world, standby)).toBe(true);
    const back = await during(clock, world.start(standby));
    await passing(clock, async () => typeof (await doneAt()) === 'number');
    expect(await isIn(world, standby)).toBe(false);
    const again = await during(clock, b.api.checkErasure({ name: 'c1', id: String(receipt) }));
    expect(again.findings.find(({ name }) => name === standby)).toMatchObject({ state: 'clean' });
    // It is there to go on from, when a person says so.
    const standbyNow = b.crossing.shipping.standbyOf('c1');
    await passing(clock, () => isShipped(b));
    const heir = standbyNow === standby ? back : world.node(standbyNow ?? '');
    await b.kill();
    await during(clock, heir.crossing.takeOvers.force('c1'));
    expect(await verifyChain(heir.runtime.journal, 'c1')).toMatchObject({ ok: true });
    expect((await heir.api.listMemories({ name: 'c1' })).items).toEqual([]);
    expect((await heir.api.getContext({ name: 'c1' })).items).toMatchObject([{ value: [1] }]);
  });

  test('goes from where the agent lived before: journal, lists and memory; and it can come back there', async () => {
    const { world, clock, b, id } = await remembering();
    await during(clock, b.crossing.moves.move('c1', 'c'));
    const c = world.node('c');
    await passing(clock, async () => (await c.api.listMemories({ name: 'c1' })).items.length === 1);
    expect(await isIn(world, 'b')).toBe(true);
    await during(clock, c.api.forgetMemory({ name: 'c1', id }));
    for (const { name } of world.running) expect([name, await isIn(world, name)]).toEqual([name, false]);
    await during(clock, c.crossing.moves.move('c1', 'b'));
    await passing(clock, () => has(b, 'c1'));
    expect(await verifyChain(b.runtime.journal, 'c1')).toMatchObject({ ok: true });
    expect((await b.api.listMemories({ name: 'c1' })).items).toEqual([]);
    expect((await b.api.getContext({ name: 'c1' })).items).toMatchObject([{ key: 'heard', value: [1] }]);
  });

  test('goes from a node that it moves to before that could be told', async () => {
    const { world, clock, b, id } = await remembering();
    const c = world.node('c');
    await during(clock, b.crossing.moves.move('c1', 'c'));
    await passing(clock, () => has(c, 'c1'));
    await b.kill();
    await during(clock, c.api.forgetMemory({ name: 'c1', id }));
    vi.spyOn(c.side, 'forgetOn').mockImplementation(() => {});
    const back = await during(clock, world.start('b'));
    await during(clock, c.crossing.moves.move('c1', 'b'));
    await passing(clock, () => has(back, 'c1'));
    const isDone = async () =>
      (await back.api.listErasures({ name: 'c1' })).items[0]?.nodes?.every(({ doneAt }) => doneAt !== null);
    await passing(clock, isDone);
    expect(await isIn(world, 'b')).toBe(false);
    expect(await verifyChain(back.runtime.journal, 'c1')).toMatchObject({ ok: true });
    expect((await back.api.listMemories({ name: 'c1' })).items).toEqual([]);
  });

  test('goes from what a node wrote alone and keeps as a branch', async () => {
    const { world, clock, b, id } = await remembering();
    const standby = world.node(b.crossing.shipping.standbyOf('c1') ?? '');
    world.network.isolate('b');
    await clock.advance(30_000);
    const lone = `${fact}, and the others by the gate`;
    await b.api.storeMemory({ name: 'c1', content: lone });
    await during(clock, standby.crossing.takeOvers.force('c1'));
    world.network.heal();
    await passing(clock, () => b.crossing.branches.list().length === 1);
    const branch = b.crossing.branches.list()[0]?.id ?? '';
    expect(JSON.stringify(b.crossing.branches.entries(branch))).toContain(fact);
    await during(clock, standby.api.forgetMemory({ name: 'c1', id }));
    const waiting = async () =>
      (await standby.api.listErasures({ name: 'c1' })).items[0]?.nodes?.every(({ doneAt }) => doneAt !== null);
    await passing(clock, waiting);
    expect(JSON.stringify(b.crossing.branches.entries(branch))).not.toContain(fact);
    expect(await isIn(world, 'b')).toBe(false);
  });

  test('stays in what a node wrote alone until that is kept as a branch, and goes from that then', async () => {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    await world.start('a');
    const [b, c] = [await world.start('b', { labels: ['vault'] }), await world.start('c', { labels: ['vault'] })];
    for (const node of world.running) await node.crossing.roster.tellNow();
    const kept = { placement: { failover: 'auto', labels: ['vault'] } };
    await b.api.createProcess({ manifest: counter('c1', kept), start: true });
    const { id } = await b.api.storeMemory({ name: 'c1', content: fact });
    await passing(clock, () => isShipped(b));
    world.network.isolate('b');
    await b.api.storeMemory({ name: 'c1', content: `${fact}, and the others by the gate` });
    await passing(clock, () => has(c, 'c1'));
    await b.kill();
    world.network.heal();
    world.network.cut('a', 'b');
    await during(clock, c.api.forgetMemory({ name: 'c1', id }));
    const back = await during(clock, world.start('b', { labels: ['vault'] }));
    const waits = async () =>
      (await c.api.listErasures({ name: 'c1' })).items[0]?.nodes?.filter(({ doneAt }) => doneAt === null);
    await clock.advance(20_000);
    expect(await waits()).toMatchObject([{ node: 'b' }]);
    world.network.heal();
    await passing(clock, async () => (await waits())?.length === 0);
    const [branch] = back.crossing.branches.list();
    expect(back.crossing.branches.entries(branch?.id ?? '').length).toBeGreaterThan(0);
    expect(await isIn(world, 'b')).toBe(false);
  });
});
