import type { CronTrigger } from '../../../shared/config/trigger-config.ts';
import type { Occurrence } from '../trigger.ts';
import type { Due } from './next-cron-time.ts';

/** What is to happen about instants that became due: first the notes, then the firings, in order. */
export interface CronPlan {
  notes: Occurrence[];
  firings: Firing[];
}

export interface Firing {
  instant: number;
  /** Earlier instants that it stands for as well. */
  missed: number;
  /** Run because `catch_up: all` asks for each: the overlap rule is not about these. */
  caughtUp: boolean;
}

/** An instant this old is late, not missed: the node was slow for a moment. */
export const lateMs = 10_000;

/** How many of the newest instants `planFirings` must be given. */
export function wanted(policy: Pick<CronTrigger, 'catchUpMax'>, jitterMs: number): number {
  return Math.max(policy.catchUpMax, Math.ceil((lateMs + jitterMs) / 1_000)) + 1;
}

/**
 * `jitterMs`: how long an instant may have been put off. `away`: why nobody looked until now, when the trigger begins to listen; then even the newest instant was missed.
 * `hole`: why nobody looked in time, should it turn out that instants are older than a moment of slowness explains.
 */
export function planFirings(
  due: Due,
  now: number,
  policy: Pick<CronTrigger, 'catchUp' | 'catchUpMax'>,
  { jitterMs, away, hole }: { jitterMs: number; away?: string | undefined; hole: string },
): CronPlan {
  const { count, first, newest } = due;
  const last = newest.at(-1);
  if (last === undefined) return { notes: [], firings: [] };
  if (away === undefined && now - first <= lateMs + jitterMs && count === newest.length) {
    return { notes: [], firings: newest.map((instant) => ({ instant, missed: 0, caughtUp: false })) };
  }
  const reason = away ?? hole;
  const before = (kept: number, outcome: Occurrence['outcome'], why: string): Occurrence[] =>
    count > kept ? [{ outcome, first, instant: newest.at(-1 - kept) as number, count: count - kept, reason: why }] : [];

  if (policy.catchUp === 'all') {
    const kept = Math.min(count, policy.catchUpMax);
    return {
      notes: before(kept, 'missed', `${reason}; catch_up_max is ${policy.catchUpMax}`),
      firings: newest.slice(-kept).map((instant) => ({ instant, missed: 0, caughtUp: true })),
    };
  }
  if (policy.catchUp === 'none') {
    const onTime = away === undefined && now - last <= lateMs + jitterMs;
    return {
      notes: before(onTime ? 1 : 0, 'missed', reason),
      firings: onTime ? [{ instant: last, missed: 0, caughtUp: false }] : [],
    };
  }
  return {
    notes: before(1, 'coalesced', reason),
    firings: [{ instant: last, missed: count - 1, caughtUp: false }],
  };
}
