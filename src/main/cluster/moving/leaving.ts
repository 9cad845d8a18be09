import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Moves } from './moves.ts';
import type { Shipping } from './shipping.ts';
import type { StandbyGate } from './standby-gate.ts';

export interface LeavingParts {
  readonly clock: Clock;
  readonly gate: StandbyGate;
  readonly local: Pick<LocalNode, 'processes'>;
  readonly moves: Moves;
  readonly shipping: Pick<Shipping, 'standbyOf'>;
  readonly roster: Pick<Roster, 'isFresh'>;
}

/** Gives what goes on elsewhere by itself to the nodes that keep its copy, as far as `withinMs` allows. */
export async function leaveFor(parts: LeavingParts, withinMs: number): Promise<void> {
  const { clock, gate, local, shipping, roster } = parts;
  const late = new Promise<void>((go) => {
    clock.after(withinMs, go);
  });
  const moves = local.processes().flatMap(({ name, placement }) => {
    const to = shipping.standbyOf(name);
    if (placement.failover === 'manual' || to === null || !roster.isFresh(to)) return [];
    return parts.moves.move(name, to, { drain: withinMs / 2, reason: 'its node was closed' });
  });
  if (moves.length > 0) await Promise.race([Promise.allSettled(moves), late]);
  void late.then(() => gate.openAll());
}
