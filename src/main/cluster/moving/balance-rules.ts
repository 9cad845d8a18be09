import { type BalancedNode, planRebalance } from './rebalancing.ts';

/** So long one node must have had more to do than the others before anything moves. */
export const unevenForMs = 60_000;
/** At most one move in this time, of whatever process. */
export const betweenMovesMs = 60_000;
/** A process that moved stays where it is for as long. */
export const restMs = 600_000;

/** What came before, which is what keeps processes from going to and fro. */
export interface Balance {
  /** The node that has the most to do, and since when (elapsed ms); null: none has much more than the others. */
  readonly uneven: { readonly node: string; readonly since: number } | null;
  readonly movedAt: number | null;
  /** Processes that moved within `restMs`, and when. */
  readonly rests: ReadonlyMap<string, number>;
}

export const atRest: Balance = { uneven: null, movedAt: null, rests: new Map() };

export interface BalanceDecision {
  readonly balance: Balance;
  /** What is to move now; null: nothing. */
  readonly move: { readonly process: string; readonly from: string; readonly to: string } | null;
  readonly reason: string;
}

/**
 * Whether a process is to move now, and which. Pure: asked again and again with what nodes have to do at that moment.
 *
 * Invariants:
 *   B1. Nothing moves unless the same node has had more to do than the others all the time, for `unevenForMs`.
 *   B2. Between two moves are `betweenMovesMs`, between two of the same process `restMs`.
 *   B3. A move leaves the difference smaller, goes where the process may live, and never to a drained node.
 */
export function decideBalance(
  before: Balance,
  nodes: readonly BalancedNode[],
  fits: (process: string, node: string) => boolean,
  now: number,
): BalanceDecision {
  const rests = new Map([...before.rests].filter(([, at]) => now - at < restMs));
  const plan = planRebalance(nodes, (process, node) => !rests.has(process) && fits(process, node), 1);
  const [move] = plan.moves;
  if (!move) return { balance: { ...before, uneven: null, rests }, move: null, reason: plan.reason };
  const { process, from, to } = move;
  const uneven = before.uneven?.node === from ? before.uneven : { node: from, since: now };
  const waits = (reason: string): BalanceDecision => ({ balance: { ...before, uneven, rests }, move: null, reason });
  if (now - uneven.since < unevenForMs) return waits(`${from} has more to do than the others, which may pass.`);
  if (before.movedAt !== null && now - before.movedAt < betweenMovesMs) return waits('Another process has just moved.');
  const balance = { uneven: null, movedAt: now, rests: rests.set(process, now) };
  return { balance, move: { process, from, to }, reason: move.reason };
}
