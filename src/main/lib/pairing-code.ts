import { randomInt } from 'node:crypto';
import { RuntimeError } from '../../shared/errors.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';

const lifeMs = 120_000;
const tries = 3;
const firstLockMs = 30_000;
const mostLockMs = 3_600_000;

/**
 * The code that lets somebody ask to be paired: eight digits, for two minutes, good for one pairing or three wrong
 * tries. After those, the next code is shown later, each time twice as late.
 */
export class CodeDesk {
  readonly #clock: Clock;
  #code: { digits: string; endsAt: number; triesLeft: number } | undefined;
  #voided = 0;
  #lockedUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is a code that could be right. */
  get isOpen(): boolean {
    return this.#code !== undefined && this.#clock.elapsed() < this.#code.endsAt;
  }

  /** A new code in the place of the old one. @throws RuntimeError `PAIRING_LOCKED` */
  show(): { code: string; lifeMs: number } {
    const waitMs = this.#lockedUntil - this.#clock.elapsed();
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      throw new RuntimeError('PAIRING_LOCKED', `Wrong codes were tried: a new one can be shown in ${seconds} s.`, {
        retryAfterSeconds: seconds,
      });
    }
    const digits = String(randomInt(100_000_000)).padStart(8, '0');
    this.#code = { digits, endsAt: this.#clock.elapsed() + lifeMs, triesLeft: tries };
    return { code: digits, lifeMs };
  }

  /**
   * Uses the code up when `isRight` says so, or takes one try from it.
   * @returns the code that was right
   * @throws RuntimeError `PAIRING_CODE_INVALID`
   */
  use(isRight: (code: string) => boolean): string {
    const code = this.#code;
    if (!code || !this.isOpen) throw wrong('no code is shown here just now');
    if (isRight(code.digits)) {
      this.#code = undefined;
      this.#voided = 0;
      return code.digits;
    }
    if (--code.triesLeft > 0) throw wrong('the code is wrong');
    this.#code = undefined;
    this.#voided++;
    const lockMs = backoffMs(this.#voided, firstLockMs, mostLockMs);
    this.#lockedUntil = this.#clock.elapsed() + lockMs;
    throw wrong(`the code was wrong too often and is void; a new one can be shown in ${lockMs / 1_000} s`);
  }

  close(): void {
    this.#code = undefined;
  }
}

/** As a person may type it. */
export function plainCode(text: string): string {
  return text.replace(/[\s-]/g, '');
}

function wrong(why: string): RuntimeError {
  return new RuntimeError('PAIRING_CODE_INVALID', `Not paired: ${why}.`);
}
