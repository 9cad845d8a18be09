import type { Occurrence, TriggerHost } from '../trigger.ts';

const holdMs = 60_000;

/**
 * Puts notes of the same kind together, so that a schedule of one second whose process is busy for a day does not write
 * a row each second. The first is written at once, what follows at most once a minute. What a crash takes with it is
 * due again at the next start.
 */
export class HeldNote {
  readonly #trigger: string;
  readonly #host: TriggerHost;
  #held: Occurrence | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(trigger: string, host: TriggerHost) {
    this.#trigger = trigger;
    this.#host = host;
  }

  async add(outcome: Occurrence['outcome'], instant: number, reason: string): Promise<void> {
    if (this.#held && (this.#held.outcome !== outcome || this.#held.reason !== reason)) await this.flush();
    if (!this.#held) this.#held = { outcome, first: instant, instant, count: 1, reason };
    // After a failed write the same instant comes again.
    else if (instant > this.#held.instant) this.#held = { ...this.#held, instant, count: this.#held.count + 1 };
    await this.flushIfDue();
  }

  async flushIfDue(): Promise<void> {
    if (this.#host.clock.elapsed() - this.#writtenAt >= holdMs) await this.flush();
  }

  async flush(): Promise<void> {
    if (!this.#held) return;
    await this.#host.note(this.#trigger, this.#held);
    this.#held = undefined;
    this.#writtenAt = this.#host.clock.elapsed();
  }

  /** When a look is due even if nothing fires (epoch ms by a clock that shows `now`), or null. */
  flushAt(now: number): number | null {
    return this.#held ? now + Math.max(0, this.#writtenAt + holdMs - this.#host.clock.elapsed()) : null;
  }
}
