import type { Clock } from './clock.ts';

/** Lets `perSecond` through on average, and up to `burst` at once. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.elapsed();
  }

  /** 0 when one may pass; else the milliseconds until the next may. */
  take(): number {
    const waitMs = this.waitMs();
    if (waitMs === 0) this.#tokens--;
    return waitMs;
  }

  /** As `take`, and nothing passes. */
  waitMs(): number {
    this.#fill();
    return this.#tokens < 1 ? Math.ceil(((1 - this.#tokens) / this.perSecond) * 1_000) : 0;
  }

  /** How many may pass at once now. */
  room(): number {
    this.#fill();
    return Math.max(0, Math.floor(this.#tokens));
  }

  /** So many pass; where that is more than `room`, those that come next wait for it. */
  spend(count: number): void {
    this.#fill();
    this.#tokens -= count;
  }

  #fill(): void {
    const now = this.#clock.elapsed();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1_000) * this.perSecond);
    this.#filledAt = now;
  }
}
