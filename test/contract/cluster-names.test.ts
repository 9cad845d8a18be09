import { describe, expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter, heard } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

async function three(clock = new HandClock()) {
  const world = new ClusterWorld({ clock });
  const nodes = (await world.startAll('a', 'b', 'c')) as Nodes;
  return { world, clock, nodes };
}

const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;
const runsAt = async (node: ClusterNode, name: string, count: number) =>
  has(node, name) && (await heard(node, name)).length === count;

describe('the name of a process that was moved away and deleted there', () => {
  test('is free here for one that knows nothing of it, works, and is here also after a restart', async () => {
    const { world, clock, nodes } = await three();
    const [, b, c] = nodes;
    await b.api.createProcess({ manifest: counter('c1'), start: true });
    await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(b, 'c1', 1));
    await b.api.moveProcess({ name: 'c1', node: 'c' });
    await expect(b.api.createProcess({ manifest: counter('c1'), start: true })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await c.api.deleteProcess({ name: 'c1' });
    await passing(clock, () => b.crossing.roster.whereIs('c1') === undefined);
    await passing(clock, async () => (await world.leases.list()).leases.length === 0);
    await b.api.createProcess({ manifest: counter('c1', { description: 'another' }), start: true });
    await passing(clock, () => b.ownership.owns('c1'));
    await b.api.wakeProcess({ name: 'c1', payload: { n: 7 } });
    await passing(clock, async () => (await heard(b, 'c1')).join() === '7');
    await b.kill();
    const back = await world.start('b');
    await passing(clock, () => has(back, 'c1') && back.ownership.owns('c1'));
    expect(await back.api.getProcess({ name: 'c1' })).toMatchObject({ description: 'another', state: 'running' });
    await c.kill();
    const c2 = await world.start('c');
    await clock.advance(5_000);
    expect((await c2.api.listTrash({})).items.map(({ name }) => name)).toEqual(['c1']);
    expect([has(c2, 'c1'), c2.crossing.branches.list(), back.ownership.owns('c1')]).toEqual([false, [], true]);
    await back.api.moveProcess({ name: 'c1', node: 'c' });
    expect((await c2.api.listTrash({})).items).toEqual([]);
    await expect(c2.api.purgeProcess({ name: 'c1' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    expect(await heard(c2, 'c1')).toEqual([7]);
  });

  test("is nobody's after a restart, also where the hub was not told that it was deleted, until it is brought back", async () => {
    const { world, clock, nodes } = await three();
    const [, b, c] = nodes;
    for (const name of ['c1', 'c2']) await c.api.createProcess({ manifest: counter(name), start: true });
    await passing(clock, () => c.ownership.owns('c1') && c.ownership.owns('c2'));
    await c.api.deleteProcess({ name: 'c1' });
    const owned = async () => (await world.leases.list()).leases.map(({ process }) => process);
    await passing(clock, async () => (await owned()).join() === 'c2');
    world.network.isolate('c');
    await c.api.deleteProcess({ name: 'c2' });
    await clock.advance(15_000);
    await c.kill();
    world.network.heal();
    const back = await world.start('c');
    await passing(clock, async () => (await owned()).length === 0);
    await clock.advance(10_000);
    expect(await owned()).toEqual([]);
    await back.api.restoreProcess({ name: 'c1', start: true });
    await passing(clock, () => back.ownership.owns('c1'));
    await back.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(back, 'c1', 1));
    await b.api.createProcess({ manifest: counter('c2'), start: true });
    await expect(back.api.restoreProcess({ name: 'c2' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('is not given again here while nobody can say whether it lives', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    await b.api.createProcess({ manifest: counter('c1'), start: true });
    await passing(clock, () => b.ownership.owns('c1'));
    await b.api.moveProcess({ name: 'c1', node: 'c' });
    await b.kill();
    await world.node('c').kill();
    const back = await world.start('b');
    const taking = back.api.createProcess({ manifest: counter('c1'), start: true });
    await expect(taking).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    world.network.isolate('b');
    const asked = back.api.createProcess({ manifest: counter('c1'), start: true }).catch((thrown: unknown) => thrown);
    await clock.advance(20_000);
    expect(await asked).toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});
