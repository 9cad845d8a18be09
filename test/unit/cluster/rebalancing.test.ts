import { describe, expect, test } from 'vitest';
import {
  atRest,
  type Balance,
  betweenMovesMs,
  decideBalance,
  restMs,
  unevenForMs,
} from '../../../src/main/cluster/moving/balance-rules.ts';
import { type BalancedNode, planRebalance } from '../../../src/main/cluster/moving/rebalancing.ts';

import { draws } from '../../world/draws.ts';

const node = (name: string, waiting: number[], more: Partial<BalancedNode> = {}): BalancedNode => ({
  node: name,
  isDrained: false,
  processes: waiting.map((count, index) => ({ name: `${name}${index}`, waiting: count, runs: true, isAtRisk: false })),
  ...more,
});
const anywhere = () => true;

describe('a plan to even out nodes', () => {
  test('moves from the fullest to the emptiest until they are about the same', () => {
    const { moves, loads } = planRebalance([node('a', [4, 4, 2]), node('b', [])], anywhere);
    expect(loads.map(({ load }) => load)).toEqual([13.3, 0]);
    expect(moves.every(({ from, to }) => from === 'a' && to === 'b')).toBe(true);
    expect(moves).toHaveLength(1);
  });

  test('leaves nodes alone that differ by less than a fifth', () => {
    const { moves, reason } = planRebalance([node('a', [5, 5]), node('b', [5, 4])], anywhere);
    expect(moves).toEqual([]);
    expect(reason).toBe('No node has much more to do than the others.');
  });

  test('does not move what would only change sides', () => {
    expect(planRebalance([node('a', [50]), node('b', [])], anywhere).moves).toEqual([]);
  });

  test('does not touch a process in the middle of a call that must not be made twice', () => {
    const full = node('a', [3, 3]);
    const atRisk = { ...full, processes: full.processes.map((process) => ({ ...process, isAtRisk: true })) };
    const { moves, reason } = planRebalance([atRisk, node('b', [])], anywhere);
    expect(moves).toEqual([]);
    expect(reason).toContain('must not be made twice');
  });

  test('puts nothing on a drained node, nor on one that lacks what it needs', () => {
    const nodes = [node('a', [3, 3, 3]), node('b', [], { isDrained: true }), node('c', [])];
    const { moves, reason } = planRebalance(nodes, (_process, to) => to !== 'c');
    expect(moves).toEqual([]);
    expect(reason).toBe('No other node has what the processes of the fullest need.');
    expect(planRebalance(nodes, anywhere).moves.every(({ to }) => to === 'c')).toBe(true);
  });
});

interface Made {
  at: number;
  process: string;
  from: string;
  to: string;
}

/** What moves in a time, where `loads` says what waits for each process at each moment. */
function lived(
  homes: Map<string, string>,
  nodes: string[],
  loads: (process: string, at: number) => number,
  forMs: number,
) {
  const fits = (process: string, node: string) => !(process.endsWith('0') && node === 'c');
  const drained = nodes.at(-1) as string;
  let balance: Balance = atRest;
  const made: Made[] = [];
  for (let at = 0; at < forMs; at += 10_000) {
    const present = nodes.map((name) => ({
      node: name,
      isDrained: name === drained,
      processes: [...homes].flatMap(([process, home]) =>
        home === name
          ? [{ name: process, waiting: loads(process, at), runs: true, isAtRisk: process.endsWith('9') }]
          : [],
      ),
    }));
    const before = spread(present);
    const decision = decideBalance(balance, present, fits, at);
    balance = decision.balance;
    if (!decision.move) continue;
    const { process, from, to } = decision.move;
    made.push({ at, process, from, to });
    expect(homes.get(process)).toBe(from);
    expect(fits(process, to) && to !== drained && !process.endsWith('9')).toBe(true);
    homes.set(process, to);
    const after = present.map((one) => ({
      ...one,
      processes: present.flatMap(({ processes }) => processes).filter(({ name }) => homes.get(name) === one.node),
    }));
    expect(spread(after, [from, to])).toBeLessThan(spread(present, [from, to]));
    expect(before).toBeGreaterThan(0);
  }
  return made;
}

function spread(nodes: readonly BalancedNode[], only = nodes.map(({ node }) => node)): number {
  const loads = nodes
    .filter(({ node }) => only.includes(node))
    .map(({ processes }) => processes.reduce((sum, { waiting }) => sum + waiting + 1.1, 0));
  return Math.max(...loads) - Math.min(...loads);
}

describe('evening out by itself', () => {
  const starts = Array.from({ length: 60 }, (_, index) => index + 1);

  test.each(starts)('comes to rest where nothing changes, and moves nothing twice (%i)', (start) => {
    const chance = draws(start);
    const nodes = ['a', 'b', 'c', 'd', 'e'].slice(0, chance.int(3, 5));
    const names = Array.from({ length: chance.int(1, 20) }, (_, index) => `p${index}`);
    const weights = new Map(names.map((name) => [name, chance.int(0, 12)]));
    const homes = new Map(names.map((name) => [name, chance.one(nodes)]));
    const made = lived(homes, nodes, (name) => weights.get(name) ?? 0, 4 * 3_600_000);
    expect(new Set(made.map(({ process }) => process)).size, chance.label).toBe(made.length);
    expect(made.filter(({ at }) => at > 2 * 3_600_000)).toEqual([]);
  });

  test.each(starts)(
    'moves one in a minute at most, and each once in ten minutes, however loads change (%i)',
    (start) => {
      const chance = draws(start);
      const nodes = ['a', 'b', 'c', 'd'];
      const names = Array.from({ length: 16 }, (_, index) => `p${index}`);
      const homes = new Map(names.map((name) => [name, chance.one(nodes)]));
      const weights = new Map<string, number>();
      const loads = (process: string, at: number) => {
        const key = `${process} ${Math.floor(at / 180_000)}`;
        const weight = weights.get(key) ?? chance.int(0, 30);
        weights.set(key, weight);
        return weight;
      };
      const made = lived(homes, nodes, loads, 2 * 3_600_000);
      expect(made.length, chance.label).toBeGreaterThan(3);
      for (const [index, { at, process }] of made.entries()) {
        const before = made[index - 1];
        if (before) expect(at - before.at).toBeGreaterThanOrEqual(betweenMovesMs);
        const last = made.slice(0, index).findLast((one) => one.process === process);
        if (last) expect(at - last.at).toBeGreaterThanOrEqual(restMs);
      }
    },
  );

  test('what lasts less than a minute moves nothing; what lasts longer does', () => {
    const full = [node('a', [4, 4, 4]), node('b', [])];
    const even = [node('a', [4, 4]), node('b', [4, 4])];
    let balance = atRest;
    const at = (nodes: BalancedNode[], now: number) => {
      const decision = decideBalance(balance, nodes, anywhere, now);
      balance = decision.balance;
      return decision.move;
    };
    expect(at(full, 0)).toBeNull();
    expect(at(full, unevenForMs - 1)).toBeNull();
    expect(at(even, unevenForMs)).toBeNull();
    expect(at(full, unevenForMs + 1)).toBeNull();
    expect(at(full, 2 * unevenForMs + 1)).toMatchObject({ from: 'a', to: 'b' });
  });
});
