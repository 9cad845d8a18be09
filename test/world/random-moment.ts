import { setTimeout as pause } from 'node:timers/promises';

/** Lets a while pass in which anything may be under way: for faults that come at random moments, not for waiting. */
export function randomMoment(ms: number): Promise<void> {
  return pause(ms);
}
