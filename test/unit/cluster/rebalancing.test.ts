import { describe, expect, test } from 'vitest';
import { type BalancedNode, planRebalance } from '../../../src/main/cluster/moving/rebalancing.ts';

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
