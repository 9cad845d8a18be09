import { describe, expect, test } from 'vitest';
import {
  afterSighting,
  deadAfterMs,
  flapHoldMs,
  flapWindowMs,
  type Membership,
  type NodeLife,
  type Sighting,
} from '../../../src/main/cluster/membership/membership.ts';
import type { NodeReport } from '../../../src/shared/views/cluster-views.ts';
import { type Draws, draws } from '../../world/draws.ts';

const report: NodeReport = {
  version: '1',
  platform: 'linux x64',
  startedAt: 0,
  processes: 0,
  running: 0,
  failed: 0,
  waiting: 0,
  needsYou: 0,
  load: 0,
  memoryBytes: 0,
  outage: null,
  drained: false,
};
const joined = (node: string, at = 0): Sighting => ({ kind: 'joined', node, at });
const answered = (node: string, at: number): Sighting => ({
  kind: 'answered',
  node,
  at,
  roundTripMs: 1,
  clockSkewMs: 0,
  report,
});
const missed = (node: string, at: number): Sighting => ({ kind: 'missed', node, at });
const probed = (node: string, at: number, via: string, reached = false, probes = 2): Sighting => ({
  kind: 'probed',
  node,
  at,
  via,
  reached,
  probes,
});
const passed = (at: number): Sighting => ({ kind: 'passed', at });

function lifeAfter(node: string, ...sightings: Sighting[]): NodeLife {
  const start: Membership = new Map();
  const life = sightings.reduce(afterSighting, start).get(node);
  if (!life) throw new Error(`${node} is not known`);
  return life;
}

const gone = (at: number): Sighting[] => [
  ...[0, 1, 2].map((second) => missed('b', at + second)),
  probed('b', at + 2, 'c'),
  probed('b', at + 2, 'd'),
];

describe('a node', () => {
  test('is alive when it answers, and suspect only after three misses that two others confirm', () => {
    const begin = [joined('b'), answered('b', 1)];
    expect(lifeAfter('b', ...begin).state).toBe('alive');
    const [m1, m2, m3, c, d] = gone(1_000) as [Sighting, Sighting, Sighting, Sighting, Sighting];
    expect(lifeAfter('b', ...begin, m1, m2, c, d).state).toBe('alive');
    expect(lifeAfter('b', ...begin, m1, m2, m3, c).state).toBe('alive');
    expect(lifeAfter('b', ...begin, m1, m2, m3, c, c).state).toBe('alive');
    expect(lifeAfter('b', ...begin, m1, m2, m3, c, d).state).toBe('suspect');
  });

  test('is not suspect while somebody else reaches it', () => {
    const life = lifeAfter('b', joined('b'), answered('b', 1), ...gone(10).slice(0, 4), probed('b', 12, 'd', true));
    expect(life).toMatchObject({ state: 'alive', confirmedBy: [] });
  });

  test("is suspected on this node's word alone where there is nobody else to ask", () => {
    const alone = probed('b', 12, 'a', false, 0);
    expect(lifeAfter('b', joined('b'), answered('b', 1), ...gone(10).slice(0, 3), alone).state).toBe('suspect');
  });

  test('is dead no sooner than its lease may have ended', () => {
    const begin = [joined('b'), answered('b', 1_000), ...gone(2_000)];
    expect(lifeAfter('b', ...begin, passed(1_000 + deadAfterMs - 1)).state).toBe('suspect');
    expect(lifeAfter('b', ...begin, passed(1_000 + deadAfterMs)).state).toBe('dead');
    expect(lifeAfter('b', ...begin, passed(1_000 + deadAfterMs), answered('b', 60_000)).state).toBe('alive');
  });

  test('that said goodbye sleeps until it shows itself, however long it is silent', () => {
    const asleep = [joined('b'), answered('b', 1), { kind: 'goodbye', node: 'b', at: 5 } as const];
    expect(lifeAfter('b', ...asleep, ...gone(10), passed(1e9)).state).toBe('asleep');
    expect(lifeAfter('b', ...asleep, ...gone(10), { kind: 'heard', node: 'b', at: 99 }).state).toBe('alive');
  });

  test('that comes and goes three times in five minutes is held back for a minute', () => {
    const flaps = [joined('b'), answered('b', 1), ...gone(1_000), answered('b', 5_000), ...gone(6_000)];
    const held = lifeAfter('b', ...flaps, answered('b', 10_000));
    expect(held).toMatchObject({ state: 'suspect', heldUntil: 6_002 + flapHoldMs });
    expect(lifeAfter('b', ...flaps, answered('b', 6_001 + flapHoldMs)).state).toBe('suspect');
    expect(lifeAfter('b', ...flaps, answered('b', 6_002 + flapHoldMs)).state).toBe('alive');
  });

  test('that came and went long ago is not held back', () => {
    const late = 10_000 + flapWindowMs;
    const flaps = [joined('b'), answered('b', 1), ...gone(1_000), answered('b', 5_000), ...gone(late)];
    expect(lifeAfter('b', ...flaps, answered('b', late + 100)).state).toBe('alive');
  });

  test('that left is known no more, and what is late of it is not taken up', () => {
    const left: Sighting[] = [joined('b'), answered('b', 1), { kind: 'left', node: 'b', at: 2 }, missed('b', 3)];
    expect([...left.reduce(afterSighting, new Map() as Membership)]).toEqual([]);
  });
});

describe('whatever is seen, in whatever order', () => {
  const nodes = ['b', 'c', 'd', 'e'];

  function anySighting(random: Draws, at: number): Sighting {
    const node = random.one(nodes);
    const kind = random.one([
      'answered',
      'answered',
      'missed',
      'missed',
      'missed',
      'probed',
      'probed',
      'heard',
      'goodbye',
      'passed',
      'joined',
      'left',
    ] as const);
    if (kind === 'answered') return answered(node, at);
    if (kind === 'probed') return probed(node, at, random.one(nodes), random.chance(0.3), random.int(0, 2));
    if (kind === 'passed') return passed(at);
    return { kind, node, at };
  }

  test('states change only as they may', () => {
    for (let round = 0; round < 300; round++) {
      const random = draws();
      let membership: Membership = nodes.reduce(
        (known, node) => afterSighting(known, joined(node)),
        new Map() as Membership,
      );
      let at = 0;
      for (let step = 0; step < 200; step++) {
        at += random.int(0, random.chance(0.1) ? 20_000 : 1_500);
        const sighting = anySighting(random, at);
        const next = afterSighting(membership, sighting);
        for (const [node, life] of next) check(membership.get(node), life, sighting, node, random.label);
        expect(afterSighting(membership, sighting), random.label).toEqual(next);
        membership = next;
      }
    }
  });

  function check(before: NodeLife | undefined, life: NodeLife, sighting: Sighting, node: string, label: string): void {
    if (!before) return;
    const about = sighting.kind === 'passed' || sighting.node === node;
    if (!about) expect(life, label).toBe(before);
    if (life.state === before.state) return;
    const change = `${before.state} → ${life.state}`;
    expect(life.since, label).toBe(sighting.at);
    if (change === 'alive → suspect') {
      expect(life.misses, label).toBeGreaterThanOrEqual(3);
      expect(sighting.kind === 'missed' || (sighting.kind === 'probed' && !sighting.reached), label).toBe(true);
    } else if (life.state === 'dead') {
      expect([sighting.kind, before.state], label).toEqual(['passed', 'suspect']);
      expect(sighting.at - life.seenAt, label).toBeGreaterThanOrEqual(deadAfterMs);
    } else if (life.state === 'alive') {
      expect(['answered', 'heard'], label).toContain(sighting.kind);
      expect(before.heldUntil === null || before.state === 'asleep' || sighting.at >= before.heldUntil, label).toBe(
        true,
      );
    } else if (life.state === 'asleep') expect(sighting.kind, label).toBe('goodbye');
    else expect(change, label).toBe('dead → suspect');
  }

  test('nobody changes between alive and suspect more than a few times in five minutes', () => {
    for (let round = 0; round < 50; round++) {
      const random = draws();
      let membership = afterSighting(new Map(), joined('b'));
      const changes: number[] = [];
      for (let at = 0; at < 3_600_000; at += 1_000) {
        const before = membership.get('b')?.state;
        const sightings = random.chance(0.5)
          ? [answered('b', at)]
          : [missed('b', at), probed('b', at, 'c'), probed('b', at, 'd')];
        for (const sighting of sightings) membership = afterSighting(membership, sighting);
        if (membership.get('b')?.state !== before) changes.push(at);
      }
      const most = changes.map((from) => changes.filter((at) => at >= from && at - from < flapWindowMs).length);
      // Two that are free, then one pair for each minute that it is held back.
      expect(Math.max(...most), random.label).toBeLessThanOrEqual(2 + 2 * (flapWindowMs / flapHoldMs + 1));
    }
  });
});
