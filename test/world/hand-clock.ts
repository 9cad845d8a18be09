import type { Clock } from '../../src/main/lib/clock.ts';

interface Timer {
  at: number;
  call: () => void;
}

/** A clock that stands still until a test turns it. */
export class HandClock implements Clock {
  #wall: number;
  #steady = 0;
  #up = 60_000;
  readonly #timers = new Set<Timer>();

  constructor(start: number | string = '2026-01-05T00:00:00Z') {
    this.#wall = typeof start === 'number' ? start : Date.parse(start);
  }

  now(): number {
    return this.#wall;
  }

  elapsed(): number {
    return this.#steady;
  }

  up(): number {
    return this.#up;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#steady + Math.max(0, ms), call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass: both clocks move, timers go off in their order, and after each one promises settle. */
  async advance(ms: number): Promise<void> {
    const target = this.#steady + ms;
    await this.settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#move(Math.max(0, next.at - this.#steady));
      this.#timers.delete(next);
      next.call();
      await this.settle();
    }
    this.#move(target - this.#steady);
  }

  async advanceTo(wall: string | number): Promise<void> {
    await this.advance((typeof wall === 'number' ? wall : Date.parse(wall)) - this.#wall);
  }

  /** Lets the computer sleep, or sets the wall clock back: timers do not notice. */
  jump(ms: number): void {
    this.#wall += ms;
    this.#up += Math.max(0, ms);
  }

  /** Sets the wall clock, forward or back. */
  set(wall: number | string): void {
    this.#wall = typeof wall === 'number' ? wall : Date.parse(wall);
  }

  /** Until nothing is left to do without time passing; for promises, not for files or sockets. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await new Promise((done) => setImmediate(done));
  }

  #move(ms: number): void {
    this.#steady += ms;
    this.#wall += ms;
    this.#up += ms;
  }

  #next(target: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= target && (!next || timer.at < next.at)) next = timer;
    return next;
  }
}
