import type { RunLimits } from '../../shared/views/run-limits.ts';
import { lasting } from '../ui/format.ts';

export interface NearestLimit {
  /** "2 min 5 s of 15 min 0 s", "turn 12 of 20", "step 150 of 200". */
  text: string;
  /** 0 to 1. */
  used: number;
  kind: 'steps' | 'turns' | 'time';
}

/** The limit that the run reaches first if it goes on as it does: the one of which most is used. */
export function nearestLimit(limits: RunLimits, now: number): NearestLimit {
  const { since, mostMs, turns, mostTurns, steps, mostSteps } = limits;
  const workedMs = Math.max(0, now - since);
  const all: NearestLimit[] = [
    { kind: 'steps', text: `step ${steps} of ${mostSteps}`, used: steps / mostSteps },
    ...(mostTurns === null
      ? []
      : [{ kind: 'turns' as const, text: `turn ${turns} of ${mostTurns}`, used: turns / mostTurns }]),
    ...(mostMs === null
      ? []
      : [{ kind: 'time' as const, text: `${lasting(workedMs)} of ${lasting(mostMs)}`, used: workedMs / mostMs }]),
  ];
  const nearest = all.reduce((most, one) => (one.used >= most.used ? one : most));
  return { ...nearest, used: Math.min(1, nearest.used) };
}
