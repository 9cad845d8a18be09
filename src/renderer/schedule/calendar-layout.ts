import { dayStart, wallOf } from '../ui/shown-zone.ts';
import type { CalendarMark } from './calendar-marks.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
export const dayMinutes = 1_440;
/** So many minutes of the grid one block needs to be read. */
export const blockMinutes = 26;
/** To this much one that is moved snaps. */
export const snapMinutes = 15;

/** A stretch of the clock on the wall, in minutes since midnight. */
export interface Stretch {
  from: number;
  to: number;
}

export interface CalendarDay {
  /** Epoch ms; the end is not part of it. */
  start: number;
  end: number;
  /** Midnight on the wall, whether or not the clocks ever showed it. */
  midnight: number;
  /** What the clocks left out, or showed twice. */
  skipped: Stretch | null;
  repeated: Stretch | null;
}

/** Days of the shown zone that follow each other, the first with the instant in it. */
export function daysFrom(first: number, count: number): CalendarDay[] {
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [dayStart(first, index), dayStart(first, index + 1)];
    const midnight = Math.floor(wallOf(start) / dayMs) * dayMs;
    return { start, end, midnight, ...clockChange(start, end, midnight) };
  });
}

function clockChange(start: number, end: number, midnight: number): Pick<CalendarDay, 'skipped' | 'repeated'> {
  const offsetAt = (at: number) => wallOf(at) - at;
  // A clock that is set right at midnight moves the end of the day before, not this one.
  const [before, after] = [offsetAt(start), offsetAt(end - 1)];
  if (before === after) return { skipped: null, repeated: null };
  let [low, high] = [start, end - 1];
  while (high - low > minuteMs) {
    const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
    if (middle <= low) break;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  const at = (high + before - midnight) / minuteMs;
  const until = (high + after - midnight) / minuteMs;
  return until > at
    ? { skipped: { from: Math.round(at), to: Math.round(until) }, repeated: null }
    : { skipped: null, repeated: { from: Math.round(until), to: Math.round(at) } };
}

/** Minutes since midnight on the wall. */
export function minuteIn({ midnight }: Pick<CalendarDay, 'midnight'>, at: number): number {
  return (wallOf(at) - midnight) / minuteMs;
}

export interface Block {
  key: string;
  items: CalendarMark[];
  /** Minutes since midnight at which it is drawn, and how many of them it covers. */
  minute: number;
  minutes: number;
  /** The row of the grid that it belongs to. */
  hour: number;
  /** Which of so many beside each other. */
  lane: number;
  lanes: number;
  /** Of schedules that fire often: a narrow one at the side, so that the others can be told. */
  isStrip: boolean;
  /** There are strips on its day, so it leaves them room. */
  isBesideStrips: boolean;
}

/**
 * The blocks of a day. What falls on the same minute is one block; so is what falls into an hour with more different
 * minutes than `most`, and what schedules that fire often do in an hour. Blocks that would cover each other stand side
 * by side.
 */
export function blocksOf(items: readonly CalendarMark[], day: CalendarDay, most: number): Block[] {
  const mine = items.filter(({ at }) => at >= day.start && at < day.end).sort((a, b) => a.at - b.at);
  const byHour = Map.groupBy(mine, ({ at }) => Math.floor(minuteIn(day, at) / 60));
  const blocks = [...byHour].flatMap(([hour, within]) => hourBlocks(within, hour, day, most));
  const [strips, others] = [blocks.filter(({ isStrip }) => isStrip), blocks.filter(({ isStrip }) => !isStrip)];
  const placed = sideBySide(others.sort((a, b) => a.minute - b.minute || b.minutes - a.minutes));
  return [...strips, ...placed.map((block) => ({ ...block, isBesideStrips: strips.length > 0 }))].sort(
    (a, b) => a.minute - b.minute,
  );
}

function hourBlocks(items: CalendarMark[], hour: number, day: CalendarDay, most: number): Block[] {
  const [often, rest] = [items.filter(({ isHour }) => isHour), items.filter(({ isHour }) => !isHour)];
  const byMinute = Map.groupBy(rest, ({ at }) => Math.floor(minuteIn(day, at)));
  const hourly = { hour, minute: hour * 60, minutes: 60, lane: 0, lanes: 1, isStrip: false, isBesideStrips: false };
  const strip = often.length === 0 ? [] : [{ ...hourly, key: `often ${hour}`, items: often, isStrip: true }];
  if (byMinute.size > most) return [...strip, { ...hourly, key: `hour ${hour}`, items: rest }];
  const single = [...byMinute].map(([minute, together]) => ({
    ...hourly,
    key: `minute ${minute}`,
    items: together,
    minute: Math.min(minute, dayMinutes - blockMinutes),
    minutes: blockMinutes,
  }));
  return [...strip, ...single];
}

/** Sets which lane each stands in, of as many as those that touch each other need. */
function sideBySide(blocks: Block[]): Block[] {
  let cluster: Block[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const block of cluster) block.lanes = ends.length;
    cluster = [];
    ends = [];
  };
  for (const block of blocks) {
    if (cluster.length > 0 && ends.every((end) => end <= block.minute)) close();
    const free = ends.findIndex((end) => end <= block.minute);
    block.lane = free < 0 ? ends.length : free;
    ends[block.lane] = block.minute + block.minutes;
    cluster.push(block);
  }
  close();
  return blocks;
}

/** The part of a stretch that lies in a day, on its wall; null: none does. */
export function partIn(day: CalendarDay, { from, to }: { from: number; to: number }): Stretch | null {
  if (to <= day.start || from >= day.end) return null;
  return {
    from: from <= day.start ? 0 : minuteIn(day, from),
    to: to >= day.end ? dayMinutes : minuteIn(day, to),
  };
}
