import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../src/main/journal/replay.ts';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter, heard, listener, script, teller, upTo } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

async function three(clock = new HandClock()) {
  const world = new ClusterWorld({ clock });
  const nodes = (await world.startAll('a', 'b', 'c')) as Nodes;
  return { world, clock, nodes };
}

const auto = { placement: { failover: 'auto' } };
const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;
const runsAt = async (node: ClusterNode, name: string, count: number) =>
  has(node, name) && (await heard(node, name)).length === count;

test('a name that a process of another node has is taken here too, once the nodes have told each other', async () => {
  const { clock, nodes } = await three();
  const [a, b] = nodes;
  await a.api.createProcess({ manifest: counter('c1'), start: true });
  await passing(clock, () => b.crossing.roster.whereIs('c1') !== undefined);
  await expect(b.api.createProcess({ manifest: counter('c1') })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    message: expect.stringContaining('on node a'),
  });
  expect(has(b, 'c1')).toBe(false);
});

describe('a process that is moved', () => {
  test('goes on at the other node with all it has, and is fenced here', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({ manifest: counter('c1'), start: true });
    for (const n of upTo(5)) await a.api.wakeProcess({ name: 'c1', payload: { n } });
    await passing(clock, () => runsAt(a, 'c1', 5));
    await a.api.lockContextKey({ name: 'c1', key: 'kept by people', reason: 'agreed' });
    const before = await a.runtime.journal.read('c1');
    const moving = a.crossing.moves.move('c1', 'b');
    await passing(clock, () => has(b, 'c1'));
    expect(await moving).toMatchObject({ from: 'a', to: 'b', epoch: 2 });
    expect(has(a, 'c1')).toBe(false);
    expect(await heard(b, 'c1')).toEqual(upTo(5));
    expect((await b.api.getContext({ name: 'c1' })).locks).toMatchObject([{ key: 'kept by people', reason: 'agreed' }]);
    expect((await b.runtime.journal.read('c1')).slice(0, before.length)).toEqual(before);
    expect(await verifyChain(b.runtime.journal, 'c1')).toMatchObject({ ok: true });
    await b.api.wakeProcess({ name: 'c1', payload: { n: 6 } });
    await passing(clock, () => runsAt(b, 'c1', 6));
    expect(() => a.runtime.journal.append({ process: 'c1', commit: 'late', entries: [], epoch: 1 })).toThrowError(
      expect.objectContaining({ code: 'STALE_EPOCH' }),
    );
    expect((await b.runtime.journal.read('c1')).at(-1)?.epoch).toBe(2);
  });

  test('is listed with its events, runs and questions by the node that it lives on, and by no other', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({ manifest: script('asks', `return agent.ask('well?');`), start: true });
    await a.api.createProcess({ manifest: counter('stays'), start: true });
    for (const name of ['asks', 'stays']) await a.api.wakeProcess({ name, payload: { n: 1 } });
    const listed = async ({ api }: ClusterNode) => {
      const [events, runs, items] = [await api.listTriggerEvents({}), await api.listRuns({}), await api.listInbox({})];
      return [events, runs, items].map((page) => page.items.map(({ process }) => process).sort());
    };
    await passing(clock, async () => (await listed(a))[2]?.length === 1);
    expect(await listed(a)).toEqual([['asks', 'stays'], ['asks', 'stays'], ['asks']]);
    const moving = a.crossing.moves.move('asks', 'b');
    await passing(clock, () => has(b, 'asks'));
    await moving;
    expect(await listed(b)).toEqual([['asks'], ['asks'], ['asks']]);
    expect(await listed(a), 'what stands still here is shown there').toEqual([['stays'], ['stays'], []]);
  });

  test('remembers there what it remembered here', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({
      manifest: script('wise', `await agent.memory.store(event.payload.text);`),
      start: true,
    });
    await a.api.wakeProcess({ name: 'wise', payload: { text: 'the door is green' } });
    await passing(clock, async () => (await a.api.listMemories({ name: 'wise' })).items.length === 1);
    const moving = a.crossing.moves.move('wise', 'b');
    await passing(clock, () => has(b, 'wise'));
    await moving;
    expect((await b.api.listMemories({ name: 'wise', q: 'green' })).items).toMatchObject([
      { content: 'the door is green' },
    ]);
  });

  test('comes back with what happened since', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({ manifest: counter('c1'), start: true });
    await a.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(a, 'c1', 1));
    const there = a.crossing.moves.move('c1', 'b');
    await passing(clock, () => has(b, 'c1'));
    await there;
    await b.api.wakeProcess({ name: 'c1', payload: { n: 2 } });
    await passing(clock, () => runsAt(b, 'c1', 2));
    const back = b.crossing.moves.move('c1', 'a');
    await passing(clock, () => has(a, 'c1'));
    expect(await back).toMatchObject({ from: 'b', to: 'a', epoch: 3 });
    expect(await heard(a, 'c1')).toEqual([1, 2]);
    expect(a.crossing.branches.list()).toEqual([]);
  });

  test('misses nothing that is told meanwhile, and hears nothing twice', async () => {
    const { clock, nodes } = await three();
    const [a, b, c] = nodes;
    await a.api.createProcess({ manifest: listener('ear'), start: true });
    await c.api.createProcess({ manifest: teller, start: true });
    let told = 0;
    const tell = () => c.api.wakeProcess({ name: 'teller', payload: { n: ++told } });
    for (let n = 0; n < 5; n++) await tell();
    const moving = a.crossing.moves.move('ear', 'b');
    while (!has(b, 'ear')) {
      if (told < 40) await tell();
      await clock.advance(20);
    }
    await moving;
    for (let n = 0; n < 5; n++) await tell();
    await passing(clock, () => runsAt(b, 'ear', told));
    expect(await heard(b, 'ear')).toEqual(upTo(told));
  });

  test('is refused before anything is done where the other node lacks what it needs', async () => {
    const { nodes } = await three();
    const [a] = nodes;
    const needs = { placement: { paths: ['/nowhere/at/all'], labels: ['gpu'] } };
    await a.api.createProcess({ manifest: counter('c1', needs), start: true });
    await expect(a.crossing.moves.move('c1', 'b')).rejects.toMatchObject({
      code: 'PLACEMENT_REFUSED',
      details: { reasons: ['needs the label gpu', 'needs /nowhere/at/all'] },
    });
    expect(has(a, 'c1')).toBe(true);
  });

  test('is refused by a node that has a copy of a later ownership, in words that say so', async () => {
    const { clock, nodes } = await three();
    const [, b, c] = nodes;
    await b.api.createProcess({ manifest: counter('c1'), start: true });
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    await c.crossing.copies.drop('c1');
    await c.crossing.copies.catchUp('c1', 'b', 9);
    await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(b, 'c1', 1));
    const moving = b.api.moveProcess({ name: 'c1', node: 'c' });
    await expect(moving).rejects.toMatchObject({ code: 'STALE_EPOCH', details: { known: 9, epoch: 1 } });
    await b.api.wakeProcess({ name: 'c1', payload: { n: 2 } });
    await passing(clock, () => runsAt(b, 'c1', 2));
  });

  test('goes on here when the other node is lost on the way', async () => {
    const { world, clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({ manifest: counter('c1'), start: true });
    await passing(clock, () => a.ownership.owns('c1'));
    const moving = a.crossing.moves.move('c1', 'b');
    moving.catch(() => {});
    await passing(clock, () => !has(a, 'c1') || has(b, 'c1'));
    world.network.cut('a', 'b');
    await passing(clock, async () => has(a, 'c1') || has(b, 'c1'));
    await moving.catch(() => {});
    const home = has(a, 'c1') ? a : b;
    await home.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(home, 'c1', 1));
    expect([has(a, 'c1'), has(b, 'c1')].filter(Boolean)).toHaveLength(1);
  });
});

describe('a node that is drained', () => {
  test('gives away what it has and takes nothing, until it is undrained; what cannot go says why', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    for (const name of ['c1', 'c2']) await a.api.createProcess({ manifest: counter(name), start: true });
    await a.api.createProcess({
      manifest: counter('rooted', { placement: { paths: ['/nowhere/at/all'] } }),
      start: true,
    });
    await passing(clock, () => ['c1', 'c2', 'rooted'].every((name) => a.ownership.isHeld(name)));
    await a.crossing.roster.tellNow();
    let drained: Awaited<ReturnType<typeof a.api.drainNode>> | undefined;
    void a.api.drainNode({}).then((view) => (drained = view));
    const view = await passing(clock, () => drained);
    expect(view.moved.map(({ process }) => process).toSorted()).toEqual(['c1', 'c2']);
    expect(view.stayed).toMatchObject([
      { process: 'rooted', reason: expect.stringContaining('needs /nowhere/at/all') },
    ]);
    expect(has(a, 'rooted')).toBe(true);
    await b.api.createProcess({ manifest: counter('c3'), start: true });
    await expect(b.crossing.moves.move('c3', 'a')).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
    await a.api.undrainNode({});
    const moving = b.crossing.moves.move('c3', 'a');
    await passing(clock, () => has(a, 'c3'));
    await moving;
  });
});

describe('a node that is closed', () => {
  test('gives what may go on elsewhere to the node that has its copy, and keeps the rest', async () => {
    const { clock, nodes } = await three();
    const [a, b, c] = nodes;
    await b.api.createProcess({ manifest: counter('goes', auto), start: true });
    await b.api.createProcess({ manifest: counter('stays'), start: true });
    await b.api.wakeProcess({ name: 'goes', payload: { n: 1 } });
    await passing(clock, () => runsAt(b, 'goes', 1));
    await passing(clock, async () => (await b.crossing.shipping.lags()).every(({ entries }) => entries === 0));
    let hasLeft = false;
    void b.crossing.leave().then(() => (hasLeft = true));
    const heir = await passing(clock, () => [a, c].find((node) => has(node, 'goes')));
    await passing(clock, () => hasLeft);
    expect(await heard(heir, 'goes')).toEqual([1]);
    expect([has(b, 'goes'), has(b, 'stays')]).toEqual([false, true]);
  });
});

describe('a process whose node is killed', () => {
  test('runs elsewhere within 20 seconds with `auto`, and the old node yields when it is back', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    await b.api.createProcess({ manifest: counter('c1', auto), start: true });
    for (const n of upTo(3)) await b.api.wakeProcess({ name: 'c1', payload: { n } });
    await passing(clock, () => runsAt(b, 'c1', 3));
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    await b.kill();
    const killedAt = clock.now();
    const others = world.running;
    const heir = await passing(clock, () => others.find((node) => has(node, 'c1')));
    expect(clock.now() - killedAt).toBeLessThanOrEqual(20_000);
    expect(await heard(heir, 'c1')).toEqual(upTo(3));
    await heir.api.wakeProcess({ name: 'c1', payload: { n: 4 } });
    await passing(clock, () => runsAt(heir, 'c1', 4));
    const back = await world.start('b');
    await clock.advance(2_000);
    expect(has(back, 'c1')).toBe(false);
    expect(back.crossing.branches.list()).toEqual([]);
    expect(back.crossing.homes.of('c1')).toMatchObject({ place: 'elsewhere', node: heir.name });
  });

  test('stays where it is with `manual`, until a person takes it', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    await b.api.createProcess({ manifest: counter('c1'), start: true });
    await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(b, 'c1', 1));
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    const standby = world.node(b.crossing.shipping.standbyOf('c1') ?? '');
    await b.kill();
    await clock.advance(60_000);
    expect(world.running.some((node) => has(node, 'c1'))).toBe(false);
    const outlook = await standby.crossing.takeOvers.outlook('c1');
    expect(outlook).toMatchObject({ owner: 'b', epoch: 1 });
    await standby.crossing.takeOvers.force('c1');
    expect(await heard(standby, 'c1')).toEqual([1]);
  });
});

describe('an owner that was cut off', () => {
  test('pauses with `auto`, and what another did meanwhile counts', async () => {
    const { world, clock, nodes } = await three();
    const [a, b, c] = nodes;
    await c.api.createProcess({ manifest: counter('c1', auto), start: true });
    await c.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(c, 'c1', 1));
    await passing(clock, async () => (await c.crossing.shipping.lags())[0]?.entries === 0);
    world.network.isolate('c');
    await clock.advance(12_000);
    expect(c.ownership.owns('c1')).toBe(false);
    const heir = await passing(clock, () => [a, b].find((node) => has(node, 'c1')));
    // Accepted there alone, and run by nobody.
    await c.api.wakeProcess({ name: 'c1', payload: { n: 99 } });
    await heir.api.wakeProcess({ name: 'c1', payload: { n: 2 } });
    await passing(clock, () => runsAt(heir, 'c1', 2));
    expect(await heard(c, 'c1')).toEqual([1]);
    world.network.heal();
    await passing(clock, () => c.crossing.branches.list().length === 1);
    expect(has(c, 'c1')).toBe(false);
    const [branch] = c.crossing.branches.list('c1');
    expect(branch).toMatchObject({ process: 'c1', epoch: 1 });
    expect(c.crossing.branches.effects(branch?.id ?? '')).toMatchObject([{ what: 'accepted' }]);
    expect(await heard(heir, 'c1')).toEqual([1, 2]);
    const moved = heir.crossing.moves.move('c1', 'c');
    await passing(clock, () => has(c, 'c1'));
    await moved;
    expect(await heard(c, 'c1')).toEqual([1, 2]);
    expect(c.crossing.branches.list()).toHaveLength(1);
  });

  test('goes on alone with `manual`; taken by a person, what it did alone is a branch with its effects', async () => {
    const { world, clock, nodes } = await three();
    const [, , c] = nodes;
    const loud = script('loud', `await agent.emit('told', { n: event.payload.n }); return 1;`);
    await c.api.createProcess({ manifest: loud, start: true });
    await c.api.wakeProcess({ name: 'loud', payload: { n: 1 } });
    await passing(clock, async () => (await c.api.listRuns({ process: 'loud', state: 'done' })).items.length === 1);
    await passing(clock, async () => (await c.crossing.shipping.lags())[0]?.entries === 0);
    const standby = world.node(c.crossing.shipping.standbyOf('loud') ?? '');
    world.network.isolate('c');
    await clock.advance(30_000);
    await c.api.wakeProcess({ name: 'loud', payload: { n: 2 } });
    await passing(clock, async () => (await c.api.listRuns({ process: 'loud', state: 'done' })).items.length === 2);
    await standby.crossing.takeOvers.force('loud');
    world.network.heal();
    await passing(clock, () => c.crossing.branches.list().length === 1);
    const [branch] = c.crossing.branches.list();
    expect(c.crossing.branches.effects(branch?.id ?? '').map(({ what, name }) => [what, name])).toEqual([
      ['accepted', 'manual'],
      ['event', 'told'],
    ]);
  });
});

describe('failover: eager', () => {
  test('is taken at its word only where all that the agent can do may be done twice', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    const eager = { placement: { failover: 'eager' } };
    const calls = { ...eager, tools: { http_fetch: { allow_hosts: ['example.com'] } } };
    await b.api.createProcess({ manifest: counter('harmless', eager), start: true });
    await b.api.createProcess({ manifest: counter('calls-out', calls), start: true });
    await clock.advance(10_000);
    const { leases } = await world.leases.list();
    const failoverOf = (name: string) => leases.find(({ process }) => process === name)?.failover;
    expect([failoverOf('harmless'), failoverOf('calls-out')]).toEqual(['eager', 'auto']);
  });
});
