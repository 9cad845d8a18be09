import { RuntimeError } from '../../../shared/errors.ts';
import type { QueuedEvent } from '../../journal/fold/snapshot.ts';

/** How far ahead somebody may set an event. */
const furthestMs = 366 * 86_400_000;

/** What an event that a person set for a time says of why it waits. */
export const setBy = (by: string): string => `set for this time by ${by}`;
export const movedBy = (by: string): string => `moved to this time by ${by}`;
export const isSetByPerson = (reason: string): boolean => /^(set for|moved to) this time by /.test(reason);

/** @throws RuntimeError `REQUEST_INVALID` where nothing can be set for the time. */
export function checkSetTime(at: number, now: number): void {
  if (at > now && at <= now + furthestMs) return;
  const message = 'Choose a time that is still to come, within a year.';
  throw new RuntimeError('REQUEST_INVALID', message, { at, now });
}

/** Why an open event may not be moved to another time; null: it may. */
export function fixedBecause({ isSet, kind, state, run }: QueuedEvent): string | null {
  if (run !== null || state !== 'waiting') return 'its run has begun';
  if (isSet) return null;
  if (kind === 'cron') return 'its time is that of a schedule that repeats; change the schedule, or pause it';
  return 'it was set for no time of its own; it begins as soon as it may';
}
