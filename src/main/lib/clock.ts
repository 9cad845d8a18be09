import { uptime } from 'node:os';

/** Time and timers, so that tests can turn them by hand. */
export interface Clock {
  /** Epoch milliseconds; may jump either way when somebody sets the clock. */
  now(): number;
  /** Milliseconds that only ever grow, from an arbitrary start; for durations and deadlines. */
  elapsed(): number;
  /** Milliseconds since the computer started, sleep included; left out: sleep cannot be told from a clock that was set. */
  up?(): number;
  /** Calls back once after `ms` (at most 2^31 - 1; longer waits go through an Alarm). Returns what undoes it. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  up: () => uptime() * 1_000,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
