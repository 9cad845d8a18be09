import { expect, test } from 'vitest';
import {
  bytes,
  clockTime,
  dayText,
  fullTime,
  inZone,
  lasting,
  money,
  numberText,
  plural,
  roundly,
  shortDate,
  shortly,
  shortTime,
  spent,
} from '../../src/renderer/ui/format.ts';
import { type Region, showRegion, writtenRegion } from '../../src/renderer/ui/region.ts';
import {
  atWall,
  dayStart,
  fieldTime,
  isSameDay,
  readFieldTime,
  wallOf,
  weekStart,
} from '../../src/renderer/ui/shown-zone.ts';

const system: Region = { clock: 'system', dates: 'system', weekStart: 'system', numbers: 'system', zone: 'system' };

/** What a page with these settings writes. */
function onPage<T>(region: Partial<Region>, write: () => T): T {
  const dataset: DOMStringMap = {};
  showRegion({ dataset }, { ...system, ...region });
  Object.assign(globalThis, { document: { documentElement: { dataset } } });
  try {
    return write();
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
}

const at = new Date(2026, 10, 3, 21, 5, 9).getTime();

test.each([
  ['en-GB', { clock: '24', dates: 'day', weekStart: 'monday', numbers: 'comma', zone: '' }],
  ['de-DE', { clock: '24', dates: 'day', weekStart: 'monday', numbers: 'point', zone: '' }],
  ['en-US', { clock: '12', dates: 'month', weekStart: 'sunday', numbers: 'comma', zone: '' }],
  ['ja-JP', { clock: '24', dates: 'iso', weekStart: 'sunday', numbers: 'comma', zone: '' }],
  ['ar-EG', { clock: '12', dates: 'day', weekStart: 'saturday', numbers: 'comma', zone: '' }],
])('a system in %s writes as people there do', (locale, wanted) => {
  expect(writtenRegion(system, locale)).toEqual(wanted);
  const chosen = { clock: '12', dates: 'iso', weekStart: 'monday', numbers: 'space', zone: 'Asia/Tokyo' } as const;
  expect(writtenRegion(chosen, locale)).toEqual(chosen);
});

test('outside of a page times are written in 24 hours, the day before the month', () => {
  expect([shortTime(at), shortDate(at), dayText(at)]).toEqual(['21:05', '3 Nov', 'Tue 3 Nov']);
  expect(clockTime(at, at)).toBe('21:05:09');
  expect(clockTime(at, at + 2 * 86_400_000)).toBe('Tue 21:05');
  expect(clockTime(at, at + 20 * 86_400_000)).toBe('3 Nov 21:05');
  expect(fullTime(at)).toMatch(/^Tuesday,? 3 November 2026 at 21:05:09 /);
  expect(inZone(Date.UTC(2026, 10, 3, 9, 0), 'UTC')).toBe('Tue 3 Nov 09:00');
});

const plain = (text: string) => text.replace(/\u202f/g, ' ');

test('a page says how they are written on it', () => {
  onPage({ clock: '12', dates: 'iso' }, () => {
    expect(plain(clockTime(at, at))).toBe('9:05:09 PM');
    expect(plain(clockTime(at, at + 20 * 86_400_000))).toBe('2026-11-03 9:05 PM');
    expect(plain(fullTime(at))).toMatch(/^Tue 2026-11-03 at 9:05:09 PM /);
    expect(plain(inZone(Date.UTC(2026, 10, 3, 21, 0), 'UTC'))).toBe('Tue Nov 3 9:00 PM');
  });
});

test('all times are written in the zone that the page shows, and read in it', () => {
  const late = Date.UTC(2026, 10, 3, 20, 5, 9);
  onPage({ clock: '24', dates: 'day', zone: 'Asia/Tokyo' }, () => {
    expect([shortTime(late), dayText(late)]).toEqual(['05:05', 'Wed 4 Nov']);
    expect(clockTime(late, late - 6 * 3_600_000)).toBe('Wed 05:05');
    expect(fullTime(late)).toMatch(/^Wednesday,? 4 November 2026 at 05:05:09 GMT\+9$/);
    expect(fieldTime(late)).toBe('2026-11-04T05:05');
    expect(readFieldTime('2026-11-04T05:05')).toBe(Date.UTC(2026, 10, 3, 20, 5));
    expect(isSameDay(late, late - 6 * 3_600_000)).toBe(false);
    expect(dayStart(late)).toBe(Date.UTC(2026, 10, 3, 15));
  });
  expect(onPage({ zone: 'Nowhere/Land', clock: '24' }, () => shortTime(at))).toBe('21:05');
});

test('days of a zone have the hours that its clocks give them', () => {
  onPage({ zone: 'Europe/Berlin' }, () => {
    const hours = (day: number) => (dayStart(day, 1) - dayStart(day)) / 3_600_000;
    expect(hours(Date.UTC(2026, 2, 29, 12))).toBe(23);
    expect(hours(Date.UTC(2026, 9, 25, 12))).toBe(25);
    expect(hours(Date.UTC(2026, 5, 1, 12))).toBe(24);
    // 02:30 is left out in spring; of the two in autumn the first is meant.
    expect(atWall(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(atWall(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(wallOf(Date.UTC(2026, 9, 25, 1, 30))).toBe(Date.UTC(2026, 9, 25, 2, 30));
  });
});

test('weeks begin with the day that was chosen', () => {
  const tuesday = Date.UTC(2026, 10, 3, 12);
  const begins = (first: Region['weekStart']) =>
    onPage({ zone: 'UTC', weekStart: first }, () => new Date(weekStart(tuesday)).toISOString().slice(0, 10));
  expect(['monday', 'saturday', 'sunday'].map((day) => begins(day as Region['weekStart']))).toEqual([
    '2026-11-02',
    '2026-10-31',
    '2026-11-01',
  ]);
});

test.each([
  ['fr-FR', 'space'],
  ['de-CH', 'apostrophe'],
  ['pt-BR', 'point'],
  ['sv-SE', 'space'],
  ['en-IN', 'comma'],
] as const)('a system in %s writes numbers with a %s between thousands', (locale, wanted) => {
  expect(writtenRegion(system, locale).numbers).toBe(wanted);
});

test.each([
  ['comma', '1,234.5'],
  ['point', '1.234,5'],
  ['space', '1 234,5'],
  ['apostrophe', '1’234.5'],
] as const)('whatever is a number is written with a %s where that is chosen', (numbers, wanted) => {
  const point = wanted.at(-2);
  const group = wanted.at(1);
  onPage({ numbers }, () => {
    expect(plain(numberText(1_234.5))).toBe(wanted);
    expect(plain(plural(1_234, 'run'))).toBe(`1${group}234 runs`);
    expect(plain(spent(1_234.5))).toBe(`$1${group}234${point}50`);
    expect([money(0.0006), spent(0)]).toEqual([`$0${point}0006`, `$0${point}00`]);
    expect([bytes(1_500), lasting(1_500)]).toEqual([`1${point}5 kB`, `1${point}5 s`]);
    expect([roundly(12_400), shortly(1_234)]).toEqual([`12${point}4 k`, `1${point}2K`]);
  });
});
