import { expect, test } from 'vitest';
import { clockTime, dayText, fullTime, inZone, shortDate, shortTime } from '../../src/renderer/ui/format.ts';
import { showRegion, writtenRegion } from '../../src/renderer/ui/region.ts';

const at = new Date(2026, 10, 3, 21, 5, 9).getTime();

test.each([
  ['en-GB', { clock: '24', dates: 'day' }],
  ['de-DE', { clock: '24', dates: 'day' }],
  ['en-US', { clock: '12', dates: 'month' }],
  ['ja-JP', { clock: '24', dates: 'iso' }],
])('a system in %s writes as people there do', (locale, wanted) => {
  expect(writtenRegion({ clock: 'system', dates: 'system' }, locale)).toEqual(wanted);
  expect(writtenRegion({ clock: '12', dates: 'iso' }, locale)).toEqual({ clock: '12', dates: 'iso' });
});

test('outside of a page times are written in 24 hours, the day before the month', () => {
  expect([shortTime(at), shortDate(at), dayText(at)]).toEqual(['21:05', '3 Nov', 'Tue 3 Nov']);
  expect(clockTime(at, at)).toBe('21:05:09');
  expect(clockTime(at, at + 2 * 86_400_000)).toBe('Tue 21:05');
  expect(clockTime(at, at + 20 * 86_400_000)).toBe('3 Nov 21:05');
  expect(fullTime(at)).toMatch(/^Tuesday,? 3 November 2026 at 21:05:09 /);
  expect(inZone(Date.UTC(2026, 10, 3, 9, 0), 'UTC')).toBe('Tue 3 Nov 09:00');
});

test('a page says how they are written on it', () => {
  const dataset: DOMStringMap = {};
  showRegion({ dataset }, { clock: '12', dates: 'iso' });
  Object.assign(globalThis, { document: { documentElement: { dataset } } });
  try {
    const plain = (text: string) => text.replace(/\u202f/g, ' ');
    expect(plain(clockTime(at, at))).toBe('9:05:09 PM');
    expect(plain(clockTime(at, at + 20 * 86_400_000))).toBe('2026-11-03 9:05 PM');
    expect(plain(fullTime(at))).toMatch(/^Tue 2026-11-03 at 9:05:09 PM /);
    expect(plain(inZone(Date.UTC(2026, 10, 3, 21, 0), 'UTC'))).toBe('Tue Nov 3 9:00 PM');
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
});
