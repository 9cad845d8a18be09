import { zoneOffset } from '../../shared/zone-offset.ts';
import { isZone, pageRegion } from './region.ts';

/**
 * Days and hours of the zone that the window shows times in. A wall time is what a clock on the wall of that zone shows,
 * as if it were UTC: arithmetic on it is that of a calendar.
 */

const dayMs = 86_400_000;
const offsetGrainMs = 900_000;
const byZone = new Map<string, (at: number) => number>();

let known: string | undefined;

export function systemZone(): string {
  known ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return known;
}

/** The IANA name of the zone that times are shown in. */
export const shownZone = (): string => pageRegion().zone || systemZone();

/** How far a zone is ahead of UTC at an instant, in ms; remembered by the quarter of an hour. */
export function zoneOffsets(zone: string): (at: number) => number {
  const made = byZone.get(zone);
  if (made) return made;
  const known = new Map<number, number>();
  const offsetAt = zoneOffset(isZone(zone) ? zone : 'UTC');
  const remembered = (at: number) => {
    const grain = Math.floor(at / offsetGrainMs) * offsetGrainMs;
    let offset = known.get(grain);
    if (offset === undefined) known.set(grain, (offset = offsetAt(grain)));
    return offset;
  };
  byZone.set(zone, remembered);
  return remembered;
}

/**
 * A wall time as an instant. Those that a clock change leaves out move forward by the change; of those it repeats the
 * first is meant.
 */
export function epochOf(wall: number, offsetAt: (at: number) => number): number {
  const before = offsetAt(wall - dayMs);
  const early = wall - before;
  if (offsetAt(early) === before) return early;
  const late = wall - offsetAt(early);
  return offsetAt(late) === offsetAt(early) ? late : early;
}

export const wallOf = (at: number): number => at + zoneOffsets(shownZone())(at);
export const atWall = (wall: number): number => epochOf(wall, zoneOffsets(shownZone()));

/** Midnight before an instant, or `days` later; the first moment of the day where the clocks leave midnight out. */
export function dayStart(at: number, days = 0): number {
  return atWall((Math.floor(wallOf(at) / dayMs) + days) * dayMs);
}

export function isSameDay(one: number, other: number): boolean {
  return Math.floor(wallOf(one) / dayMs) === Math.floor(wallOf(other) / dayMs);
}

/** The first moment of the week that an instant lies in, by the day that weeks begin with in this window. */
export function weekStart(at: number): number {
  const first = { sunday: 0, monday: 1, saturday: 6 }[pageRegion().weekStart];
  const weekday = new Date(wallOf(at)).getUTCDay();
  return dayStart(at, -((weekday - first + 7) % 7));
}

/** What a field for date and time shows. */
export function fieldTime(at: number, to: 'minute' | 'second' = 'minute'): string {
  return new Date(wallOf(at)).toISOString().slice(0, to === 'minute' ? 16 : 19);
}

/** What was written in a field for date and time, as an instant; NaN where that is none. */
export function readFieldTime(text: string): number {
  const wall = Date.parse(`${text}Z`);
  return Number.isNaN(wall) ? Number.NaN : atWall(wall);
}
