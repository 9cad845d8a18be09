import { afterEach, describe, expect, test } from 'vitest';
import { blocksOf, daysFrom, minuteIn, partIn } from '../../src/renderer/schedule/calendar-layout.ts';
import {
  awayStretches,
  type CalendarMark,
  hourMarks,
  outcomeOfAll,
  rowMark,
  snoozedMarks,
} from '../../src/renderer/schedule/calendar-marks.ts';
import { carriedBy, droppedAt, soonest } from '../../src/renderer/schedule/carry.ts';
import { fixedWords } from '../../src/renderer/schedule/use-carry.ts';
import type { InboxItemView, ScheduleRow } from '../../src/shared/views/views.ts';

const minute = 60_000;
const hour = 60 * minute;

const page = (zone: string) =>
  Object.assign(globalThis, { document: { documentElement: { dataset: { zone, clock: '24' } } } });
afterEach(() => Reflect.deleteProperty(globalThis, 'document'));

const row = (instant: number, more: Partial<ScheduleRow> = {}): ScheduleRow => ({
  process: 'a',
  trigger: 'cron',
  instant,
  first: instant,
  count: 1,
  outcome: 'ran',
  reason: null,
  eventId: null,
  runId: null,
  startedAt: null,
  latenessMs: null,
  movable: false,
  ...more,
});
const item = (instant: number, more: Partial<ScheduleRow> = {}): CalendarMark => rowMark(row(instant, more));

describe('days of the calendar', () => {
  test('are as long as the clocks of the zone make them, with what is left out or comes twice', () => {
    page('Europe/Berlin');
    const [before, spring] = daysFrom(Date.UTC(2026, 2, 28, 12), 2);
    expect(before).toMatchObject({ skipped: null, repeated: null });
    expect(spring).toMatchObject({ skipped: { from: 120, to: 180 }, repeated: null });
    expect((spring?.end ?? 0) - (spring?.start ?? 0)).toBe(23 * hour);
    const [autumn] = daysFrom(Date.UTC(2026, 9, 25, 12), 1);
    expect(autumn).toMatchObject({ skipped: null, repeated: { from: 120, to: 180 } });
    expect((autumn?.end ?? 0) - (autumn?.start ?? 0)).toBe(25 * hour);
  });

  test('follow each other without a gap, also where clocks change by half an hour', () => {
    page('Australia/Lord_Howe');
    const days = daysFrom(Date.UTC(2026, 3, 2), 7);
    for (const [index, day] of days.entries()) expect(days[index + 1]?.start ?? day.end).toBe(day.end);
    expect(days.filter(({ repeated }) => repeated)).toMatchObject([{ repeated: { from: 90, to: 120 } }]);
  });

  test('have each time at its place on the wall, in both of the hours that come twice', () => {
    page('Europe/Berlin');
    const [autumn] = daysFrom(Date.UTC(2026, 9, 25, 12), 1);
    if (!autumn) throw new Error('no day');
    expect([0, 1].map((at) => minuteIn(autumn, Date.UTC(2026, 9, 25, at, 30)))).toEqual([150, 150]);
    const twice = [item(Date.UTC(2026, 9, 25, 0, 30)), item(Date.UTC(2026, 9, 25, 1, 30))];
    expect(blocksOf(twice, autumn, 3)).toMatchObject([{ minute: 150, items: twice }]);
    expect(partIn(autumn, { from: autumn.start - hour, to: autumn.start + 90 * minute })).toEqual({ from: 0, to: 90 });
    expect(partIn(autumn, { from: autumn.end, to: autumn.end + hour })).toBeNull();
  });
});

describe('blocks of a day', () => {
  const midnight = Date.UTC(2026, 10, 3);
  const at = (hours: number, minutes = 0) => midnight + hours * hour + minutes * minute;
  const day = () => {
    page('UTC');
    const [only] = daysFrom(midnight, 1);
    if (!only) throw new Error('no day');
    return only;
  };
  const shape = (items: CalendarMark[], most = 3) =>
    blocksOf(items, day(), most).map(({ minute: from, minutes, lane, lanes, items: within }) => [
      from,
      minutes,
      `${lane + 1} of ${lanes}`,
      within.length,
    ]);

  test('gather what falls on the same minute', () => {
    expect(shape([item(at(9)), item(at(9) + 30_000, { process: 'b' }), item(at(12))])).toEqual([
      [540, 26, '1 of 1', 2],
      [720, 26, '1 of 1', 1],
    ]);
  });

  test('stand side by side where they would cover each other, and share no lane with a neighbour', () => {
    expect(shape([item(at(9)), item(at(9, 10)), item(at(9, 30)), item(at(11))])).toEqual([
      [540, 26, '1 of 2', 1],
      [550, 26, '2 of 2', 1],
      [570, 26, '1 of 2', 1],
      [660, 26, '1 of 1', 1],
    ]);
  });

  test('become one for the hour where there are too many to tell apart', () => {
    const many = Array.from({ length: 6 }, (_, index) => item(at(9, index * 10)));
    expect(shape(many)).toEqual([[540, 60, '1 of 1', 6]]);
    expect(shape(many, 8)).toHaveLength(6);
  });

  test('of schedules that fire often are a strip at the side of the others', () => {
    const bars = [{ at: at(9), done: 358, failed: 2, cancelled: 0, open: 0 }];
    const often = hourMarks('busy', { bars });
    expect(often).toMatchObject([{ outcome: 'mixed', reason: '358 ran, 2 failed', count: 360 }]);
    expect(blocksOf([...often, item(at(9, 30))], day(), 3)).toMatchObject([
      { minute: 540, minutes: 60, isStrip: true },
      { minute: 570, lane: 0, lanes: 1, isStrip: false, isBesideStrips: true },
    ]);
  });

  test('leave out other days, and stay within theirs at its end', () => {
    expect(shape([item(at(-1)), item(at(23, 55)), item(at(24))])).toEqual([[1_414, 26, '1 of 1', 1]]);
  });

  test('show the worst of what they stand for', () => {
    const all = [item(at(1)), item(at(2)), item(at(3), { outcome: 'dead' })];
    expect(outcomeOfAll(all)).toBe('dead');
    expect(outcomeOfAll(all.slice(0, 2))).toBe('ran');
    expect(outcomeOfAll([item(at(1)), item(at(2), { outcome: 'skipped' })])).toBe('mixed');
  });
});

describe('what stands in the calendar', () => {
  test('is hatched over the whole stretch that the computer slept or the node was off', () => {
    const slept = item(5 * hour, { outcome: 'asleep', first: 2 * hour, count: 4 });
    expect(awayStretches([slept, item(hour), item(hour, { outcome: 'skipped', first: 0 })])).toEqual([
      { from: 2 * hour, to: 5 * hour },
    ]);
  });

  test('also is what comes back to the inbox, which can be moved', () => {
    const inbox = [
      { id: 'i1', title: 'a asks', process: 'a', snoozedUntil: hour, answeredAt: null },
      { id: 'i2', title: 'answered', process: 'a', snoozedUntil: hour, answeredAt: 1 },
      { id: 'i3', title: 'later', process: 'a', snoozedUntil: 9 * hour, answeredAt: null },
    ] as InboxItemView[];
    expect(snoozedMarks(inbox, 0, 2 * hour)).toMatchObject([{ at: hour, moves: { inbox: 'i1' }, outcome: 'snoozed' }]);
  });

  test('says why it stays where it is', () => {
    expect(fixedWords(item(0, { outcome: 'planned' }))).toContain('It repeats');
    expect(fixedWords(item(0, { outcome: 'waiting', trigger: 'manual' }))).toContain('as soon as it may');
    expect(fixedWords(item(0))).toContain('stays where it is');
    expect(item(0, { eventId: 'evt_1', movable: true }).moves).toEqual({ event: 'evt_1' });
  });
});

describe('what is carried', () => {
  const now = Date.UTC(2026, 10, 3, 9, 7);

  test('goes by quarters of an hour and by days, and never before the next quarter', () => {
    page('UTC');
    const from = Date.UTC(2026, 10, 3, 12, 5);
    expect(carriedBy('ArrowDown', from, now)).toBe(Date.UTC(2026, 10, 3, 12, 15));
    expect(carriedBy('ArrowUp', from, now)).toBe(Date.UTC(2026, 10, 3, 12, 0));
    expect(carriedBy('ArrowRight', from, now)).toBe(Date.UTC(2026, 10, 4, 12, 5));
    expect(carriedBy('ArrowLeft', from, now)).toBe(Date.UTC(2026, 10, 3, 9, 15));
    expect(carriedBy('a', from, now)).toBeNull();
    expect(soonest(Date.UTC(2026, 10, 3, 9, 15))).toBe(Date.UTC(2026, 10, 3, 9, 30));
  });

  test('passes a change of the clocks in both directions, and keeps its hour from day to day', () => {
    page('Europe/Berlin');
    const early = Date.UTC(2026, 2, 29, 0, 45);
    const after = carriedBy('ArrowDown', early, 0) ?? 0;
    expect(after).toBe(Date.UTC(2026, 2, 29, 1, 0));
    expect(carriedBy('ArrowUp', after, 0)).toBe(early);
    // Nine in the morning, on the day before and on the day of the change.
    expect(carriedBy('ArrowRight', Date.UTC(2026, 2, 28, 8), 0)).toBe(Date.UTC(2026, 2, 29, 7));
  });

  test('is dropped on the nearest quarter of the day under it', () => {
    page('Asia/Tokyo');
    const [, day] = daysFrom(now, 2);
    if (!day) throw new Error('no day');
    expect(droppedAt(day, 9 * 60 + 20, now)).toBe(day.start + (9 * 60 + 15) * minute);
    expect(droppedAt(day, 5_000, now)).toBe(day.end - 15 * minute);
    expect(droppedAt({ ...day, midnight: day.midnight - 7 * 24 * hour }, 60, now)).toBe(soonest(now));
  });
});
