import { uptime } from 'node:os';

/** One moment, as three clocks show it, in milliseconds. */
export interface Moment {
  /** Stands still while the machine is suspended (on Linux). */
  readonly steady: number;
  /** Goes on while it is suspended, in steps of 10 ms; not on every system. */
  readonly up: number;
  /** Goes on, but can be set. */
  readonly wall: number;
}

/** Measures how long something took, also across the sleep of the machine. */
export interface SleeplessClock {
  mark(): Moment;
  /** Never less than what passed, where at least one of the three clocks is right; can be more. */
  since(moment: Moment): number;
}

/** The largest of the three: whoever counts on a lease must rather count too much than too little. */
export function sleeplessClock(read: () => Moment): SleeplessClock {
  return {
    mark: read,
    since({ steady, up, wall }) {
      const now = read();
      return Math.max(now.steady - steady, now.up - up, now.wall - wall, 0);
    },
  };
}

export const systemSleeplessClock: SleeplessClock = sleeplessClock(() => ({
  steady: performance.now(),
  up: uptime() * 1_000,
  wall: Date.now(),
}));
