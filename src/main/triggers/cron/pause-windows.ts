import type { PauseWindow } from '../../../shared/config/pause-config.ts';
import { patternOf } from '../../../shared/name-pattern.ts';
import { zoneOffset } from '../../../shared/zone-offset.ts';

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
const held = 'held by the pause window';

/** A window that can be asked often: to know a zone's clock and a pattern takes longer to set up than to ask. */
export interface ReadyWindow {
  window: PauseWindow;
  isMeant(process: string): boolean;
  /** The end of the stretch that the instant lies in; null where it lies in none. */
  endAt(instant: number): number | null;
}

export function readyWindow(window: PauseWindow): ReadyWindow {
  const patterns = window.processes.map(patternOf);
  return {
    window,
    isMeant: (process) => patterns.length === 0 || patterns.some((pattern) => pattern.test(process)),
    endAt: stretchesOf(window),
  };
}

/** What pauses a process at an instant: the window that lasts longest; null where none does. */
export function pauseAt(windows: readonly ReadyWindow[], process: string, instant: number): Pause | null {
  let found: Pause | null = null;
  for (const { window, isMeant, endAt } of windows) {
    if (!window.enabled || !isMeant(process)) continue;
    const until = endAt(instant);
    if (until !== null && (!found || until > found.until)) found = { window, until };
  }
  return found;
}

/** When nothing pauses the process any more, where it is paused at an instant. */
export function freeAt(windows: readonly ReadyWindow[], process: string, { until }: Pause): number {
  let free = until;
  for (let next = 0; next < mostInARow; next++) {
    const following = pauseAt(windows, process, free);
    if (!following) break;
    free = following.until;
  }
  return free;
}

function stretchesOf({ from, until, start, end, days, zone }: PauseWindow): ReadyWindow['endAt'] {
  if (from !== undefined && until !== undefined) {
    return (instant) => (instant >= from && instant < until ? until : null);
  }
  if (start === undefined || end === undefined) return () => null;
  const offsetAt = zoneOffset(zone);
  const [startsAt, endsAt] = [ofDay(start), ofDay(end)];
  return (instant) => {
    const local = instant + offsetAt(instant);
    const midnight = Math.floor(local / dayMs) * dayMs;
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
  };
}

function ofDay(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return (hour * 60 + minute) * minuteMs;
}

/** What an event that waits for the end of a window is told to wait for. */
export const heldBy = (window: PauseWindow): string => `${held} “${window.title}”`;
export const isHeldByWindow = (reason: string): boolean => reason.startsWith(held);
export const skippedBy = (window: PauseWindow): string => `the pause window “${window.title}”`;
