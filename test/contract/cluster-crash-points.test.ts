import { describe, expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { counter, heard, upTo } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

/**
 * What two nodes ask each other, and the arbiter, while a process goes from one to the other: each is a moment at which
 * either of them may die.
 */
const questions = ['move.prepare', 'move.take', 'lease.release', 'move.go', 'lease.acquire'] as const;
const has = (node: ClusterNode, name: string) => node.side.process(name) !== undefined;

async function begun() {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock, hub: 'h' });
  const [, a, b] = (await world.startAll('h', 'a', 'b')) as [ClusterNode, ClusterNode, ClusterNode];
  await a.api.createProcess({ manifest: counter('c1', { placement: { failover: 'auto' } }), start: true });
  for (const n of upTo(3)) await a.api.wakeProcess({ name: 'c1', payload: { n } });
  await passing(clock, async () => (await heard(a, 'c1')).length === 3);
  await passing(clock, async () => (await a.crossing.shipping.lags())[0]?.entries === 0);
  return { world, clock, a, b };
}

/** Both are back; the process lives once, has all it had, and goes on. */
async function livesOnce(world: ClusterWorld, clock: HandClock): Promise<void> {
  for (const name of ['a', 'b']) if (!world.running.some((node) => node.name === name)) await world.start(name);
  const homes = () => world.running.filter((node) => has(node, 'c1'));
  const home = await passing(clock, () => homes().find((node) => node.ownership.owns('c1')));
  await home.api.wakeProcess({ name: 'c1', payload: { n: 4 } });
  await passing(clock, async () => (await heard(home, 'c1')).length === 4);
  await clock.advance(20_000);
  expect(homes().map(({ name }) => name)).toEqual([home.name]);
  expect(await heard(home, 'c1')).toEqual(upTo(4));
  for (const node of world.running) expect(node.crossing.branches.list()).toEqual([]);
}

describe.each(['a', 'b'] as const)('a move during which node %s is killed', (victim) => {
  test.each(questions)(
    'when %s has been asked, ends with one home and nothing lost',
    async (question) => {
      const { world, clock, a } = await begun();
      const from = world.network.said.length;
      a.crossing.moves.move('c1', 'b').catch(() => {});
      await passing(clock, () => world.network.said.slice(from).some((said) => said.endsWith(` ${question}`)));
      await world.running.find((node) => node.name === victim)?.kill();
      await clock.advance(3_000);
      await livesOnce(world, clock);
    },
    60_000,
  );
});

describe('a take-over during which the heir is killed', () => {
  test.each(['lease.acquire', 'copies.seq'] as const)(
    'when %s has been asked, ends with one home',
    async (question) => {
      const { world, clock, a } = await begun();
      const heir = a.crossing.shipping.standbyOf('c1') ?? '';
      await a.kill();
      const from = world.network.said.length;
      await passing(clock, () =>
        world.network.said.slice(from).some((said) => said.startsWith(heir) && said.endsWith(` ${question}`)),
      );
      await world.running.find((node) => node.name === heir)?.kill();
      await clock.advance(3_000);
      if (heir !== 'b') await world.start(heir);
      await livesOnce(world, clock);
    },
    60_000,
  );
});
