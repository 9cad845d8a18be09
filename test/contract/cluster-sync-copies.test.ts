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

describe('a copy that is synchronous', () => {
  test('holds back the yes until the standby has it', async () => {
    const { world, clock, nodes } = await three();
    const [, b] = nodes;
    await b.api.createProcess({ manifest: counter('c1', { placement: { shipping: 'sync' } }), start: true });
    await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
    await passing(clock, () => runsAt(b, 'c1', 1));
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    const standby = b.crossing.shipping.standbyOf('c1') ?? '';
    world.network.cut('b', standby);
    let answered = false;
    const waking = b.api.wakeProcess({ name: 'c1', payload: { n: 2 } }).then(() => (answered = true));
    await clock.advance(1_000);
    expect(answered).toBe(false);
    // Who only looks is not kept waiting for it.
    let shown = false;
    const looking = b.api.getProcess({ name: 'c1' }).then(() => (shown = true));
    await passing(clock, () => shown, 2_000);
    await looking;
    expect(answered).toBe(false);
    world.network.heal();
    await passing(clock, () => answered);
    await waking;
    await passing(clock, () => runsAt(b, 'c1', 2));
  });

  test('holds back the yes from the first one on, also where the agent has just arrived', async () => {
    const { world, clock, nodes } = await three();
    const [a, b, c] = nodes;
    await b.api.createProcess({ manifest: counter('c1', { placement: { shipping: 'sync' } }), start: true });
    const answersOnlyWithCopy = async (owner: ClusterNode, n: number) => {
      const others = world.running.filter((node) => node !== owner);
      for (const { name } of others) world.network.cut(owner.name, name);
      let answered = false;
      const waking = owner.api.wakeProcess({ name: 'c1', payload: { n } }).then(() => (answered = true));
      await clock.advance(500);
      expect(answered, `without a copy, at ${owner.name}`).toBe(false);
      world.network.heal();
      await passing(clock, () => answered);
      await waking;
      await passing(clock, () => runsAt(owner, 'c1', n));
    };
    await answersOnlyWithCopy(b, 1);
    await passing(clock, async () => (await b.crossing.shipping.lags())[0]?.entries === 0);
    await b.crossing.moves.move('c1', a.name, { reason: 'a person moved it' });
    await answersOnlyWithCopy(a, 2);
    expect(has(c, 'c1')).toBe(false);
  });

  describe('that nobody can keep for a while', () => {
    const kept = { placement: { failover: 'auto', shipping: 'sync', labels: ['vault'] } };

    /** Two processes on `b`, whose copies only `c` can keep, which is there. */
    async function keptAtC() {
      const clock = new HandClock();
      const world = new ClusterWorld({ clock });
      await world.start('a');
      const [b, c] = [await world.start('b', { labels: ['vault'] }), await world.start('c', { labels: ['vault'] })];
      for (const node of world.running) await node.crossing.roster.tellNow();
      for (const name of ['c1', 'c2']) await b.api.createProcess({ manifest: counter(name, kept), start: true });
      const isLevel = async () => (await b.crossing.shipping.lags()).every(({ entries }) => entries === 0);
      await passing(clock, isLevel);
      const failoverOf = async (name: string) =>
        (await world.leases.list()).leases.find(({ process }) => process === name)?.failover;
      await passing(clock, async () => (await failoverOf('c1')) === 'auto' && (await failoverOf('c2')) === 'auto');
      return { clock, world, b, c, isLevel, failoverOf };
    }

    test('goes on only while the arbiter lets no other node take it over by itself', async () => {
      const { clock, b, c, failoverOf } = await keptAtC();
      await c.kill();
      const goesOn = new Set<string>();
      for (let passed = 0; passed < 40_000; passed += 200) {
        await clock.advance(200);
        for (const name of ['c1', 'c2']) {
          if (!b.gate.isOpen(name)) continue;
          goesOn.add(name);
          expect([name, passed, await failoverOf(name)]).toEqual([name, passed, 'manual']);
        }
      }
      expect([...goesOn].sort()).toEqual(['c1', 'c2']);
      await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
      await passing(clock, () => runsAt(b, 'c1', 1));
    });

    test('is followed again as soon as its copy lacks nothing', async () => {
      const { clock, world, b, c, isLevel, failoverOf } = await keptAtC();
      await c.kill();
      await passing(clock, () => b.gate.isOpen('c1') && b.gate.isOpen('c2'));
      await b.api.wakeProcess({ name: 'c1', payload: { n: 1 } });
      await passing(clock, () => runsAt(b, 'c1', 1));
      const back = await world.start('c', { labels: ['vault'] });
      await passing(clock, async () => !b.gate.isOpen('c1') && !b.gate.isOpen('c2') && (await isLevel()));
      await clock.settle();
      expect([await failoverOf('c1'), await failoverOf('c2')]).toEqual(['auto', 'auto']);
      await b.kill();
      await passing(clock, () => has(back, 'c1') && has(back, 'c2'), 25_000);
      await passing(clock, () => runsAt(back, 'c1', 1));
    });
  });
});
