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
    expect((await c.api.listTrash({})).items.map(({ name }) => name)).toEqual(['c1']);
    await back.api.moveProcess({ name: 'c1', node: 'c' });
    expect((await c.api.listTrash({})).items).toEqual([]);
    await expect(c.api.purgeProcess({ name: 'c1' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    expect(await heard(c, 'c1')).toEqual([7]);
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
