import type { TriggerConfig } from '../../shared/config/trigger-config.ts';
import { toMs } from '../../shared/duration.ts';
import { compileFilter, type FilterEvent } from './filters/filter.ts';
import type { Wake } from './trigger.ts';

/** What a trigger's settings make of one arriving event. Times are epoch milliseconds. */
export interface Admission {
  /** False: the filter lets it pass by, and nothing is stored. */
  admit: boolean;
  priority: number;
  /** It may not begin before this; null: at once. */
  notBefore: number | null;
  expiresAt: number | null;
  /** Waiting events that the new one stands for as well. */
  supersedes: string[];
}

/** Settings that every kind of trigger has, read and checked once. */
export interface AdmissionRules {
  filter: ((event: FilterEvent) => boolean) | null;
  priority: number;
  debounceMs: number;
  rate: { events: number; perMs: number } | null;
  expiresAfterMs: number | null;
}

/** What has become of the earlier events of the same trigger. */
export interface EarlierEvents {
  /** Those whose run has not begun, and when each may begin: its `notBefore`, else its arrival. */
  waiting: readonly { id: string; startsAt: number }[];
  /** When the newest of the others could begin, in any order; as many as `rate.events` are enough. */
  begun: readonly number[];
}

/** @throws RuntimeError `FILTER_INVALID` */
export function admissionRules(config: TriggerConfig): AdmissionRules {
  const { filterExpression, priority, debounce, rateLimit, expiresAfter } = config;
  return {
    filter: filterExpression === undefined ? null : compileFilter(filterExpression),
    priority,
    debounceMs: debounce === undefined ? 0 : toMs(debounce),
    rate: rateLimit === undefined ? null : { events: rateLimit.events, perMs: toMs(rateLimit.per) },
    expiresAfterMs: expiresAfter === undefined ? null : toMs(expiresAfter),
  };
}

/**
 * Decides over one event.
 *
 * A1. What the filter lets pass by is not stored; everything else is.
 * A2. Debounce: it begins when nothing more has come for that long, and stands for what was waiting.
 * A3. Rate limit: of any `per`, at most `events` begin in it. The others wait their turn, in the order they came.
 * A4. Its time to expire counts from its arrival, so waiting its turn does not lengthen it.
 */
export function admit(rules: AdmissionRules, wake: Wake, now: number, earlier: EarlierEvents): Admission {
  const { priority, debounceMs, rate, expiresAfterMs } = rules;
  if (rules.filter && !rules.filter(filterEvent(wake))) {
    return { admit: false, priority, notBefore: null, expiresAt: null, supersedes: [] };
  }
  const superseded = debounceMs > 0 ? earlier.waiting : [];
  const ahead = debounceMs > 0 ? [] : earlier.waiting.map(({ startsAt }) => startsAt);
  const quietAt = now + debounceMs;
  const startsAt = rate ? Math.max(quietAt, freeAt([...earlier.begun, ...ahead], rate)) : quietAt;
  return {
    admit: true,
    priority,
    notBefore: startsAt > now ? startsAt : null,
    expiresAt:
      expiresAfterMs === null ? (wake.expiresAt ?? null) : Math.min(now + expiresAfterMs, wake.expiresAt ?? Infinity),
    supersedes: superseded.map(({ id }) => id),
  };
}

/** When a further one may begin: as soon as the one `events` before it is `per` ago. */
function freeAt(starts: readonly number[], { events, perMs }: { events: number; perMs: number }): number {
  const newest = [...starts].sort((a, b) => a - b).at(-events);
  return newest === undefined ? Number.NEGATIVE_INFINITY : newest + perMs;
}

/** What a filter sees of an event that has no id yet: its key takes the place of one. */
export function filterEvent({ trigger, kind, dedupeKey, payload, metadata }: Wake): FilterEvent {
  return { payload, metadata, triggerType: kind, triggerId: trigger, eventId: dedupeKey };
}
