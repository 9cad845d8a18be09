import type { RunLine } from './run-spans.ts';
import type { TimeScale } from './time-scale.ts';

/** The part of the scale in sight, each from 0 to 1. */
export interface TimeWindow {
  from: number;
  to: number;
}
export const wholeWindow: TimeWindow = { from: 0, to: 1 };

/** The same in epoch ms, so that it stays where it is while a run goes on; `to` null goes along with its end. */
export interface TimeRange {
  from: number;
  to: number | null;
}

/** As far as one can look closer: a two-thousandth of the scale. */
const narrowest = 0.0005;

export function windowOf(range: TimeRange | null, scale: TimeScale): TimeWindow {
  if (!range) return wholeWindow;
  const to = range.to === null ? 1 : scale.place(range.to);
  const from = Math.min(scale.place(range.from), 1 - narrowest);
  return { from, to: Math.max(to, from + narrowest) };
}

/** null: all of it. */
export function rangeOf({ from, to }: TimeWindow, scale: TimeScale): TimeRange | null {
  if (from <= 0 && to >= 1) return null;
  return { from: scale.timeAt(from), to: to >= 1 ? null : scale.timeAt(to) };
}

/** From one place to another, in whichever direction they lie. */
export function between(one: number, other: number): TimeWindow {
  return { from: Math.max(0, Math.min(one, other)), to: Math.min(1, Math.max(one, other)) };
}

/** As wide as before, and not beyond the ends. */
export function moved({ from, to }: TimeWindow, by: number): TimeWindow {
  const width = to - from;
  const begin = Math.min(1 - width, Math.max(0, from + by));
  return { from: begin, to: begin + width };
}

/** One end is elsewhere; it does not pass the other. */
export function withEnd(shown: TimeWindow, end: 'from' | 'to', at: number): TimeWindow {
  return end === 'from'
    ? { from: Math.max(0, Math.min(at, shown.to - narrowest)), to: shown.to }
    : { from: shown.from, to: Math.min(1, Math.max(at, shown.from + narrowest)) };
}

export function zoomed({ from, to }: TimeWindow, by: number): TimeWindow {
  const half = Math.min(0.5, Math.max(narrowest, ((to - from) / 2) * by));
  const middle = (from + to) / 2;
  return moved({ from: middle - half, to: middle + half }, 0);
}

/** What was going on within a range; all when there is none. */
export function linesWithin(lines: readonly RunLine[], range: TimeRange | null): readonly RunLine[] {
  if (!range) return lines;
  const { from, to } = range;
  return lines.filter((line) => line.to >= from && (to === null || line.from <= to));
}
