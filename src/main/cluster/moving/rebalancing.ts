import type { RebalanceView } from '../../../shared/views/crossing-views.ts';

/** The fullest node may have so much more to do than the emptiest before anything moves. */
const hysteresis = 0.2;
/** A process that only waits counts as well: it takes memory, and may wake. */
const idleWeight = 0.1;

export interface BalancedProcess {
  readonly name: string;
  readonly waiting: number;
  readonly runs: boolean;
  /** A call is under way that must not be made twice. */
  readonly isAtRisk: boolean;
}

export interface BalancedNode {
  readonly node: string;
  readonly isDrained: boolean;
  readonly processes: readonly BalancedProcess[];
}

/**
 * Evens out what nodes have to do, with as few moves as possible: from the fullest to the emptiest that can have it, and
 * only where the difference is more than a fifth. Pure.
 */
export function planRebalance(
  nodes: readonly BalancedNode[],
  fits: (process: string, node: string) => boolean,
  most = 10,
): Omit<RebalanceView, 'auto'> {
  const loads = new Map(
    nodes.map(({ node, processes }) => [node, processes.reduce((sum, one) => sum + weigh(one), 0)]),
  );
  const homes = new Map(nodes.map(({ node, processes }) => [node, [...processes]]));
  const moves: RebalanceView['moves'] = [];
  let reason = 'No node has much more to do than the others.';
  while (moves.length < most) {
    const move = nextMove(nodes, loads, homes, fits);
    if (typeof move === 'string') {
      if (move !== '') reason = move;
      break;
    }
    const { process, from, to } = move;
    loads.set(from, (loads.get(from) ?? 0) - weigh(process));
    loads.set(to, (loads.get(to) ?? 0) + weigh(process));
    homes.set(from, homes.get(from)?.filter(({ name }) => name !== process.name) ?? []);
    homes.get(to)?.push(process);
    moves.push({ process: process.name, from, to, reason: `${from} has more to do than ${to}` });
  }
  return {
    loads: nodes.map(({ node, processes }) => ({
      node,
      load: round(processes.reduce((sum, one) => sum + weigh(one), 0)),
      processes: processes.length,
    })),
    moves,
    reason: moves.length > 0 ? `${moves.length} would even it out.` : reason,
  };
}

function nextMove(
  nodes: readonly BalancedNode[],
  loads: ReadonlyMap<string, number>,
  homes: ReadonlyMap<string, readonly BalancedProcess[]>,
  fits: (process: string, node: string) => boolean,
): { process: BalancedProcess; from: string; to: string } | string {
  const loadOf = (node: string) => loads.get(node) ?? 0;
  const full = [...nodes].sort((a, b) => loadOf(b.node) - loadOf(a.node))[0];
  const empty = nodes.filter(({ isDrained }) => !isDrained).sort((a, b) => loadOf(a.node) - loadOf(b.node));
  if (!full || empty.length === 0) return 'There is no other node to move to.';
  let why = '';
  for (const { node: to } of empty) {
    const gap = loadOf(full.node) - loadOf(to);
    if (to === full.node || gap <= hysteresis * loadOf(full.node)) break;
    // What is moved must be less than the gap, or it would only change sides.
    const movable = (homes.get(full.node) ?? []).filter((one) => weigh(one) < gap && fits(one.name, to));
    const free = movable.filter(({ isAtRisk }) => !isAtRisk);
    if (free.length === 0) {
      if (movable.length > 0) return 'What could move is in the middle of a call that must not be made twice.';
      const couldMove = (homes.get(full.node) ?? []).some((one) => weigh(one) < gap);
      if (couldMove) why = 'No other node has what the processes of the fullest need.';
      continue;
    }
    const best = free.sort((a, b) => Math.abs(weigh(b) - gap / 2) - Math.abs(weigh(a) - gap / 2)).at(-1);
    return { process: best as BalancedProcess, from: full.node, to };
  }
  return why;
}

function weigh({ waiting, runs }: BalancedProcess): number {
  return idleWeight + (runs ? 1 : 0) + waiting;
}

function round(load: number): number {
  return Math.round(load * 100) / 100;
}
