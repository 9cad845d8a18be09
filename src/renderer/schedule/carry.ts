import { atWall, wallOf } from '../ui/shown-zone.ts';
import { type CalendarDay, dayMinutes, snapMinutes } from './calendar-layout.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const snapMs = snapMinutes * minuteMs;

const steps: Record<string, { minutes?: number; days?: number }> = {
  ArrowUp: { minutes: -snapMinutes },
  ArrowDown: { minutes: snapMinutes },
  ArrowLeft: { days: -1 },
  ArrowRight: { days: 1 },
};

/** Where a key takes what is carried; null: the key moves nothing. It never comes to lie before the next quarter. */
export function carriedBy(key: string, at: number, now: number): number | null {
  const step = steps[key];
  if (!step) return null;
  const { minutes, days } = step;
  // Minutes are of time, so that a change of the clocks is passed; days are of the calendar.
  const target = minutes === undefined ? atWall(wallOf(at) + (days ?? 0) * dayMs) : snapped(at, minutes);
  return Math.max(target, soonest(now));
}

/** To the next or last quarter of an hour; one that stands on none goes to the nearest in that direction. */
function snapped(at: number, minutes: number): number {
  const quarter = minutes > 0 ? Math.floor(at / snapMs) : Math.ceil(at / snapMs);
  return quarter * snapMs + minutes * minuteMs;
}

/** The first quarter of an hour that is still to come. */
export function soonest(now: number): number {
  return (Math.floor(now / snapMs) + 1) * snapMs;
}

/** The time at a place of the grid: so many minutes down a day, to the nearest quarter, and never before the next one. */
export function droppedAt({ midnight }: CalendarDay, minute: number, now: number): number {
  const within = Math.min(dayMinutes - snapMinutes, Math.max(0, Math.round(minute / snapMinutes) * snapMinutes));
  return Math.max(atWall(midnight + within * minuteMs), soonest(now));
}
