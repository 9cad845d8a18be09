import { describe, expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { heard, listener, teller } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

const told = async (node: ClusterNode, count: number) =>
  (await node.api.listRuns({ process: 'teller', state: 'done' })).items.length === count;

describe('an agent that waits after a start to hear whose it is', () => {
  /** `b` starts anew while nobody tells it that the listener is still its own. */
  async function listenerWaits(tellerAt: 'b' | 'c') {
    const clock = new HandClock();
    const world = new ClusterWorld({ clock });
    await world.startAll('a', 'b', 'c');
    const restart = async () => {
      let again: ClusterNode | undefined;
      const starting = world.start('b').then((node) => (again = node));
      await passing(clock, () => again);
      return starting;
    };
    const [b, at] = [world.node('b'), world.node(tellerAt)];
    await b.api.createProcess({
      manifest: listener('l1', { placement: { failover: 'auto', shipping: 'off' } }),
      start: true,
    });
    await b.api.createProcess({ manifest: listener('l2'), start: true });
    await at.api.createProcess({ manifest: teller, start: true });
    await at.api.wakeProcess({ name: 'teller', payload: { n: 1 } });
    await passing(clock, async () => (await heard(b, 'l1')).length === 1);
    await b.close();
    world.network.cut('a', 'b');
    const started = await restart();
    expect(started.side.process('l1')).toBeUndefined();
    const hears = async (node: ClusterNode, all: number[]) => {
      world.network.heal();
      await passing(clock, async () => node.side.process('l1') && (await heard(node, 'l1')).length === all.length);
      expect(await heard(node, 'l1')).toEqual(all);
    };
    return { world, clock, b: started, restart, hears };
  }

  test('gets what was told on its node meanwhile', async () => {
    const { clock, b, hears } = await listenerWaits('b');
    await b.api.wakeProcess({ name: 'teller', payload: { n: 2 } });
    await passing(clock, () => told(b, 2));
    await hears(b, [1, 2]);
  });

  test('gets what was told on another node meanwhile', async () => {
    const { world, clock, b, hears } = await listenerWaits('c');
    const c = world.node('c');
    await c.api.wakeProcess({ name: 'teller', payload: { n: 2 } });
    await passing(clock, async () => (await heard(b, 'l2')).length === 2);
    await hears(b, [1, 2]);
  });

  test('gets it also where its node was killed before it could begin', async () => {
    const { clock, b, restart, hears } = await listenerWaits('b');
    await b.api.wakeProcess({ name: 'teller', payload: { n: 2 } });
    await passing(clock, () => told(b, 2));
    await b.kill();
    const again = await restart();
    await again.api.wakeProcess({ name: 'teller', payload: { n: 3 } });
    await passing(clock, () => told(again, 3));
    await hears(again, [1, 2, 3]);
  });
});
