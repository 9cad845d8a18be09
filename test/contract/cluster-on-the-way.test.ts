import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LeasesInMemory } from '../../src/main/cluster/leases/leases-in-memory.ts';
import { LeasedOwnership } from '../../src/main/cluster/leases/ownership.ts';
import { PostgresOwners } from '../../src/main/cluster/postgres/postgres-owners.ts';
import { MemoryJournal } from '../../src/main/journal/memory-journal.ts';
import { systemClock } from '../../src/main/lib/clock.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter, heard, script } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';
import { until } from '../world/until.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

async function three() {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock });
  return { world, clock, nodes: (await world.startAll('a', 'b', 'c')) as Nodes };
}

const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;
const away = new RuntimeError('DATABASE_UNREACHABLE', 'The database does not answer.');

describe('an agent that is on its way', () => {
  test('is known of by every node at every moment, so nobody says that there is none', async () => {
    const { clock, nodes } = await three();
    const [a, b] = nodes;
    await a.api.createProcess({ manifest: counter('c1'), start: true });
    await passing(clock, () => nodes.every((node) => node.name === 'a' || node.crossing.roster.whereIs('c1')));
    let isHere = false;
    const moving = a.crossing.moves.move('c1', 'b').finally(() => (isHere = true));
    let nowhere = 0;
    for (;;) {
      if (!nodes.some((node) => has(node, 'c1'))) {
        nowhere++;
        expect(nodes.map(({ crossing }) => crossing.whereabouts('c1'))).not.toContain(null);
      }
      if (isHere) break;
      await clock.advance(1);
    }
    await moving;
    expect(nowhere).toBeGreaterThan(0);
    expect(has(b, 'c1')).toBe(true);
  });

  test('is forgotten of when it has been deleted, and an unheard-of one never was', async () => {
    const { clock, nodes } = await three();
    const [a, b, c] = nodes;
    await a.api.createProcess({ manifest: counter('c1'), start: true });
    const moving = a.crossing.moves.move('c1', 'b');
    await passing(clock, () => has(b, 'c1'));
    await moving;
    await passing(clock, () => c.crossing.roster.whereIs('c1')?.node === 'b');
    await b.api.deleteProcess({ name: 'c1' });
    await passing(clock, () => [a, c].every(({ crossing }) => !crossing.roster.whereIs('c1')));
    expect(nodes.map(({ crossing }) => crossing.whereabouts('c1'))).toEqual([null, null, null]);
    expect(nodes.map(({ crossing }) => crossing.whereabouts('unheard-of'))).toEqual([null, null, null]);
  });

  test('may be on a node that has not said yet what lives on it: its webhooks are not refused for good', async () => {
    const { world, clock, nodes } = await three();
    const [, b, c] = nodes;
    const hooked = script('hooked', `await agent.context.set('heard', [event.payload.n]);`, [
      { type: 'webhook', webhook_path: '/in' },
    ]);
    await b.api.createProcess({ manifest: hooked, start: true });
    await passing(clock, () => c.crossing.roster.whereIs('hooked'));
    await c.kill();
    world.network.cut('c', 'b');
    let started: ClusterNode | undefined;
    void world.start('c').then((node) => (started = node));
    const again = await passing(clock, () => started);
    const request = {
      hookPath: '/in',
      method: 'POST',
      path: '/in',
      query: {},
      headers: { 'content-type': 'application/json' },
      bodyBase64: Buffer.from('{"n":1}').toString('base64'),
      remoteAddress: '127.0.0.1',
      receivedAt: clock.now(),
    };
    await expect(again.crossing.forwardHook('hooked', request)).rejects.toMatchObject({ code: 'HOOK_NOT_READY' });
    world.network.heal();
    await passing(clock, () => again.crossing.roster.unheard().length === 0);
    await expect(again.crossing.forwardHook('unheard-of', request)).rejects.toMatchObject({
      code: 'PROCESS_NOT_FOUND',
    });
    expect(await again.crossing.forwardHook('hooked', request)).toMatchObject({ status: 202 });
    await passing(clock, async () => (await heard(b, 'hooked')).length === 1);
  });

  test('is not compared with by a node that wrote alone, before its journal is where it lives', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    await b.api.createProcess({ manifest: counter('c1'), start: true });
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    const standby = b.crossing.shipping.standbyOf('c1') ?? '';
    const third = nodes.find(({ name }) => name !== 'b' && name !== standby)?.name ?? '';
    const ask = (node: string) => world.network.node(third).ask(node, 'chain.hashes', { process: 'c1', seqs: [1] });
    await expect(ask(standby)).rejects.toMatchObject({ code: 'NOT_KNOWN_YET' });
    expect(await ask('b')).toEqual([expect.any(String)]);
    await b.api.deleteProcess({ name: 'c1' });
    expect(await ask('b')).toEqual([expect.any(String)]);
  });
});

describe('an agent whose journal cannot be read', () => {
  test('is not said to be unknown, and is taken up when it can', async () => {
    const journal = new MemoryJournal();
    const first = new AgentRuntime({ journal });
    await first.register({ name: 'p', config: { model: 'script', script: counter('p')['script'] } as never });
    const runtime = new AgentRuntime({ journal, isElsewhere: (name) => name === 'p', parts: { log: () => {} } });
    await runtime.open();
    onTestFinished(async () => {
      await runtime.close();
    });
    const open = vi.spyOn(journal, 'open').mockRejectedValue(away);
    await expect(runtime.adopt('p')).rejects.toMatchObject({ code: 'NOT_KNOWN_YET', retryable: true });
    expect(() => runtime.get('p')).toThrowError(expect.objectContaining({ code: 'NOT_KNOWN_YET' }));
    open.mockRestore();
    expect(await runtime.adopt('p')).toBe(runtime.get('p'));
    await expect(runtime.adopt('nobody')).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
  });

  test('keeps its lease at a database, and is taken up with the next look', async () => {
    const leases = Object.assign(new LeasesInMemory(systemClock), {
      announce: async () => {},
      watch: () => () => {},
    });
    const ownership = new LeasedOwnership({ leases, holder: { node: 'b', session: 's' } });
    const taken: string[] = [];
    let isReadable = false;
    const side = {
      processes: () => [],
      process: (name: string) => (taken.includes(name) ? { needs: {}, placement: {} } : undefined),
      async adopt(name: string) {
        if (!isReadable) throw new RuntimeError('NOT_KNOWN_YET', 'It could not be read.');
        taken.push(name);
      },
      lacks: () => [],
      onChange: () => () => {},
      log: () => {},
      say: () => {},
    };
    const owners = new PostgresOwners({
      node: 'b',
      name: 'b',
      leases: leases as never,
      journal: { processes: async () => [], forget: async () => {} } as never,
      ownership,
      departures: { before: async () => {} } as never,
      clock: systemClock,
      isDrained: false,
    });
    await owners.begin();
    onTestFinished(() => owners.close());
    const former = { node: 'a', session: 's' };
    await leases.acquire(former, [{ process: 'p', failover: 'manual' }]);
    await leases.release(former, 'p', 1, 'b');
    owners.start(
      side as never,
      { leaving: async () => {}, arriving: async () => {}, arrived: async () => {} },
      () => 'b',
    );
    await owners.look();
    await until(() => ownership.isHeld('p'));
    expect((await leases.list()).leases).toMatchObject([{ process: 'p', owner: 'b' }]);
    isReadable = true;
    await owners.look();
    expect(taken).toEqual(['p']);
  });
});
