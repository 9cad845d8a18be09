import type { PauseWindow } from '../../shared/pause-config.ts';
import { zoneOffset } from '../../shared/zone-offset.ts';

/** Why schedules do not wake a process now, and what becomes of what is planned. */
export interface Pause {
  window: PauseWindow;
  /** Epoch ms at which it ends; not included. */
  until: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** Windows that follow each other without a gap are one, up to so many. */
const mostInARow = 50;

/** What pauses a process at an instant: the window that lasts longest; null where none does. */
export function pauseAt(windows: readonly PauseWindow[], process: string, instant: number): Pause | null {
  let found: Pause | null = null;
  for (const window of windows) {
    if (!window.enabled || !isMeant(window, process)) continue;
    const until = endOf(window, instant);
    if (until !== null && (!found || until > found.until)) found = { window, until };
  }
  return found;
}

/** When nothing pauses the process any more, where it is paused at an instant. */
export function freeAt(windows: readonly PauseWindow[], process: string, { until }: Pause): number {
  let free = until;
  for (let next = 0; next < mostInARow; next++) {
    const following = pauseAt(windows, process, free);
    if (!following) break;
    free = following.until;
  }
  return free;
}

/** The end of the stretch that the instant lies in; null where it lies in none. */
export function endOf({ from, until, start, end, days, zone }: PauseWindow, instant: number): number | null {
  if (from !== undefined && until !== undefined) return instant >= from && instant < until ? until : null;
  if (start === undefined || end === undefined) return null;
  const offsetAt = zoneOffset(zone);
  const local = instant + offsetAt(instant);
  const midnight = Math.floor(local / dayMs) * dayMs;
  const [startsAt, endsAt] = [ofDay(start), ofDay(end)];
  // One that began yesterday may still last.
  for (const day of [midnight, midnight - dayMs]) {
    const begins = day + startsAt;
    const ends = day + endsAt + (endsAt <= startsAt ? dayMs : 0);
    const weekday = names[new Date(day).getUTCDay()] as (typeof names)[number];
    if (!days.includes(weekday) || local < begins || local >= ends) continue;
    const guess = instant + (ends - local);
    // The clock of the zone may be set on the way.
    return guess + offsetAt(instant) - offsetAt(guess);
  }
  return null;
}

function isMeant({ processes }: PauseWindow, process: string): boolean {
  return processes.length === 0 || processes.some((pattern) => matches(pattern, process));
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

function ofDay(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return (hour * 60 + minute) * minuteMs;
}

/** For people, and to be known by again. */
export const heldBy = (window: PauseWindow): string => `held by the pause window “${window.title}”`;
export const skippedBy = (window: PauseWindow): string => `the pause window “${window.title}”`;
