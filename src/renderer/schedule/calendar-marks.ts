import type { InboxItemView, RunCounts, ScheduleOutcome, ScheduleRow } from '../../shared/views/views.ts';
import { numberText } from '../ui/format.ts';

export type CalendarOutcome = ScheduleOutcome | 'snoozed' | 'mixed';

/** What stands in the calendar at a time. */
export interface CalendarMark {
  key: string;
  at: number;
  /** The agent, or what was snoozed. */
  title: string;
  process: string;
  outcome: CalendarOutcome;
  reason: string | null;
  /** For how many times it stands. */
  count: number;
  /** The planned time itself; null: it is none, or an hour of a schedule that fires often. */
  row: ScheduleRow | null;
  /** What is changed to move it; null: its time is fixed. */
  moves: { event: string } | { inbox: string } | null;
  /** It stands for the whole hour in which it lies. */
  isHour: boolean;
}

export function rowMark(row: ScheduleRow): CalendarMark {
  const { process, trigger, instant, outcome, reason, count, eventId, movable } = row;
  return {
    key: eventId === null ? `${process}/${trigger}/${instant}/${outcome}` : `event/${eventId}`,
    at: instant,
    title: process,
    process,
    outcome,
    reason,
    count,
    row,
    moves: movable && eventId !== null ? { event: eventId } : null,
    isHour: false,
  };
}

/** Inbox items that come back at a time. */
export function snoozedMarks(inbox: readonly InboxItemView[], from: number, to: number): CalendarMark[] {
  return inbox.flatMap(({ id, title, process, snoozedUntil, answeredAt }) => {
    if (snoozedUntil === null || answeredAt !== null || snoozedUntil < from || snoozedUntil >= to) return [];
    return [
      {
        key: `inbox/${id}`,
        at: snoozedUntil,
        title,
        process,
        outcome: 'snoozed' as const,
        reason: 'comes back to the inbox',
        count: 1,
        row: null,
        moves: { inbox: id },
        isHour: false,
      },
    ];
  });
}

/** What runs of a schedule that fires often came to, hour by hour. */
export function hourMarks(process: string, { bars }: Pick<RunCounts, 'bars'>): CalendarMark[] {
  return bars.map(({ at, done, failed, cancelled, open }) => {
    const parts = [
      { count: done, outcome: 'ran', text: 'ran' },
      { count: failed, outcome: 'dead', text: 'failed' },
      { count: cancelled, outcome: 'cancelled', text: 'cancelled' },
      { count: open, outcome: 'running', text: 'not ended' },
    ] as const;
    const some = parts.filter(({ count }) => count > 0);
    return {
      key: `${process}/hour/${at}`,
      at,
      title: process,
      process,
      outcome: some.length === 1 ? (some[0]?.outcome ?? 'ran') : 'mixed',
      reason: some.map(({ count, text }) => `${numberText(count)} ${text}`).join(', '),
      count: done + failed + cancelled + open,
      row: null,
      moves: null,
      isHour: true,
    };
  });
}

/** What is worst of several, for the one block that stands for all of them. */
export function outcomeOfAll(items: readonly CalendarMark[]): CalendarOutcome {
  const [first] = items;
  if (!first) return 'mixed';
  if (items.some(({ outcome }) => outcome === 'dead')) return 'dead';
  return items.every(({ outcome }) => outcome === first.outcome) ? first.outcome : 'mixed';
}

export const countOf = (items: readonly CalendarMark[]): number => items.reduce((sum, { count }) => sum + count, 0);

/** Stretches in which the computer slept or the node was off, as far as anything was planned in them. */
export function awayStretches(items: readonly CalendarMark[]): { from: number; to: number }[] {
  return items.flatMap(({ row }) =>
    row && isAway(row) && row.first < row.instant ? [{ from: row.first, to: row.instant }] : [],
  );
}

export const isAway = ({ outcome }: ScheduleRow): boolean => outcome === 'asleep' || outcome === 'node_off';
