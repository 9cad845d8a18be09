import type { TriggerConfig } from '../../../shared/config/trigger-config.ts';
import type { QueuedEvent, Snapshot } from '../../journal/fold/snapshot.ts';
import { type Admission, type AdmissionRules, admissionRules, admit } from '../../triggers/admission.ts';
import type { Wake } from '../../triggers/trigger.ts';

/** What is remembered of a trigger's events, so that nobody has to look through the whole queue for each arrival. */
interface Remembered {
  rules: AdmissionRules;
  /** When the newest events may begin or began, oldest first; as many as the rate limit looks back. */
  starts: { id: string; at: number }[];
  /** Those a debounce may still replace. */
  waiting: string[];
}

const usual: Admission = { admit: true, priority: 5, notBefore: null, expiresAt: null, supersedes: [] };

/** Applies the settings of triggers to what they bring: filter, priority, debounce, rate limit, expiry. */
export class AdmissionDesk {
  readonly #snapshot: () => Readonly<Snapshot>;
  #triggers = new Map<string, Remembered>();

  constructor(snapshot: () => Readonly<Snapshot>) {
    this.#snapshot = snapshot;
  }

  /** How many accepted events of the past `replace` wants to know, for rate limits. */
  static lookBack(configs: readonly TriggerConfig[]): number {
    return Math.max(0, ...configs.map(({ rateLimit }) => rateLimit?.events ?? 0));
  }

  /**
   * Takes over new settings. `past`: events that were accepted, oldest first, with when they could begin.
   * @throws RuntimeError `FILTER_INVALID`
   */
  replace(
    configs: readonly (TriggerConfig & { id: string })[],
    past: readonly { trigger: string; id: string; at: number }[],
  ): void {
    const known = new Map(
      configs.map((config) => [config.id, { rules: admissionRules(config), starts: [], waiting: [] } as Remembered]),
    );
    for (const { trigger, id, at } of past) remember(known.get(trigger), id, at);
    for (const event of this.#snapshot().queue.values())
      if (isWaiting(event)) known.get(event.trigger)?.waiting.push(event.id);
    this.#triggers = known;
  }

  /** Whether what becomes of its events depends on none that came just before. */
  standsAlone(trigger: string): boolean {
    const rules = this.#triggers.get(trigger)?.rules;
    return !rules || (rules.debounceMs === 0 && !rules.rate);
  }

  admissionOf(wake: Wake, now: number): Admission {
    const known = this.#triggers.get(wake.trigger);
    if (!known) return { ...usual, priority: wake.priority ?? usual.priority, expiresAt: wake.expiresAt ?? null };
    const { rules, starts } = known;
    if (rules.debounceMs > 0) known.waiting = known.waiting.filter((id) => isWaiting(this.#snapshot().queue.get(id)));
    const waiting =
      rules.debounceMs > 0
        ? known.waiting.map((id) => ({ id, startsAt: startOf(this.#snapshot().queue.get(id) as QueuedEvent) }))
        : [];
    const replaced = new Set(waiting.map(({ id }) => id));
    const begun = rules.rate ? starts.filter(({ id }) => !replaced.has(id)).map(({ at }) => at) : [];
    return admit(rules, wake, now, { waiting, begun });
  }

  noteAccepted(id: string, { trigger }: Wake, { notBefore, supersedes }: Admission, now: number): void {
    const known = this.#triggers.get(trigger);
    if (!known) return;
    if (supersedes.length > 0) known.starts = known.starts.filter((start) => !supersedes.includes(start.id));
    remember(known, id, notBefore ?? now);
    if (known.rules.debounceMs > 0) known.waiting.push(id);
  }
}

function remember(known: Remembered | undefined, id: string, at: number): void {
  if (!known?.rules.rate) return;
  known.starts.push({ id, at });
  // One more than the limit looks at, since a debounce may take the newest away again.
  if (known.starts.length > known.rules.rate.events + 1) known.starts.shift();
}

function isWaiting(event: QueuedEvent | undefined): boolean {
  return event !== undefined && event.state === 'waiting' && event.run === null;
}

function startOf(event: QueuedEvent): number {
  return event.notBefore ?? event.at;
}
