import { afterEach, beforeEach, expect, test } from 'vitest';
import { RuntimeCoordinator } from '../../../src/main/cluster/membership/coordinator.ts';
import type { NodeReport } from '../../../src/shared/views/cluster-views.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { PeerNetwork } from '../../world/peer-network.ts';

const report = (running = 0): NodeReport => ({
  version: '1.2.3',
  platform: 'linux x64',
  startedAt: 0,
  processes: 3,
  running,
  failed: 0,
  waiting: 0,
  needsYou: 0,
  load: 0.5,
  memoryBytes: 1,
  outage: null,
  drained: false,
});

let clock: HandClock;
let network: PeerNetwork;
let changes: string[];
let all: Record<string, RuntimeCoordinator>;

beforeEach(async () => {
  clock = new HandClock();
  network = new PeerNetwork({ clock });
  changes = [];
  all = {};
  for (const name of ['a', 'b', 'c', 'd']) {
    all[name] = new RuntimeCoordinator({
      peers: network.join(name),
      clock,
      report: () => report(name === 'b' ? 1 : 0),
      onState: (node, state) => changes.push(`${name}: ${node} ${state}`),
    });
  }
  await clock.advance(2_000);
});
afterEach(() => {
  for (const one of Object.values(all)) one.close();
});

const stateAt = (at: string, of: string) => all[at]?.life(of)?.state;
const others = (name: string) => Object.keys(all).filter((other) => other !== name);

test('nodes that are paired know each other alive, with what each reports', () => {
  for (const name of Object.keys(all))
    for (const other of others(name)) expect([name, other, stateAt(name, other)]).toEqual([name, other, 'alive']);
  expect(all['a']?.life('b')?.report).toMatchObject({ version: '1.2.3', running: 1, load: 0.5 });
});

test('a node whose program has ended is suspect to all within seconds, and dead when its lease is over', async () => {
  network.stop('d');
  await clock.advance(9_000);
  expect(['a', 'b', 'c'].map((name) => stateAt(name, 'd'))).toEqual(['suspect', 'suspect', 'suspect']);
  await clock.advance(8_000);
  expect(['a', 'b', 'c'].map((name) => stateAt(name, 'd'))).toEqual(['dead', 'dead', 'dead']);
  network.start('d');
  await clock.advance(6_000);
  expect(['a', 'b', 'c'].map((name) => stateAt(name, 'd'))).toEqual(['alive', 'alive', 'alive']);
});

test('a line that is cut between two leaves both alive, since others reach them', async () => {
  network.cut('a', 'd');
  await clock.advance(30_000);
  expect([stateAt('a', 'd'), stateAt('d', 'a'), stateAt('b', 'd')]).toEqual(['alive', 'alive', 'alive']);
});

test('a node that is cut off by all suspects all, and they suspect it', async () => {
  network.isolate('d');
  await clock.advance(30_000);
  expect(others('d').map((name) => stateAt(name, 'd'))).toEqual(['dead', 'dead', 'dead']);
  expect(others('d').map((name) => stateAt('d', name))).toEqual(['dead', 'dead', 'dead']);
  network.heal();
  await clock.advance(10_000);
  expect(others('d').map((name) => stateAt('d', name))).toEqual(['alive', 'alive', 'alive']);
});

test('a third of all packets lost makes nobody dead', async () => {
  for (const from of Object.keys(all)) for (const to of others(from)) network.lose(from, to, 0.3);
  await clock.advance(120_000);
  expect(
    changes.filter((change) => change.endsWith('dead')),
    network.draws.label,
  ).toEqual([]);
});

test('who says goodbye is asleep to all, and alive when it is back', async () => {
  await Promise.all([all['c']?.sayGoodbye(), clock.advance(10)]);
  // Its program runs for a while yet, and is asked.
  await clock.advance(7_000);
  expect(others('c').map((name) => stateAt(name, 'c'))).toEqual(['asleep', 'asleep', 'asleep']);
  network.stop('c');
  await clock.advance(60_000);
  expect(others('c').map((name) => stateAt(name, 'c'))).toEqual(['asleep', 'asleep', 'asleep']);
  network.start('c');
  all['c']?.check();
  await clock.advance(6_000);
  expect(others('c').map((name) => stateAt(name, 'c'))).toEqual(['alive', 'alive', 'alive']);
});

test('work is looked after every second, idleness every five', async () => {
  const pings = (from: string, to: string) => network.said.filter((said) => said === `${from}>${to} ping`).length;
  const before = [pings('a', 'b'), pings('a', 'c')] as const;
  await clock.advance(60_000);
  expect(pings('a', 'b') - before[0]).toBeGreaterThanOrEqual(58);
  expect(pings('a', 'c') - before[1]).toBeLessThanOrEqual(13);
});

test('the clock of another is compared', async () => {
  network.delay('a', 'b', 100);
  network.delay('b', 'a', 100);
  await clock.advance(2_000);
  const life = all['a']?.life('b');
  expect(life?.roundTripMs).toBe(200);
  expect(Math.abs(life?.clockSkewMs ?? 99)).toBeLessThan(1);
});

test('a node without peers arms no timer and asks nothing', async () => {
  const alone = new PeerNetwork({ clock });
  const one = new RuntimeCoordinator({ peers: alone.join('x'), clock, report: () => report(), onState: () => {} });
  await clock.advance(60_000);
  expect(alone.said).toEqual([]);
  one.close();
});
