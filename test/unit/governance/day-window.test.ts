import { describe, expect, test } from 'vitest';
import { dayWindow } from '../../../src/main/governance/budget/day-window.ts';

const iso = ({ from, until }: { from: number; until: number }) =>
  [from, until].map((at) => new Date(at).toISOString().slice(0, 16));

describe('a day', () => {
  test('has one reset, at its hour', () => {
    expect(iso(dayWindow(Date.parse('2026-01-05T05:59:59Z'), 6, 'UTC'))).toEqual([
      '2026-01-04T06:00',
      '2026-01-05T06:00',
    ]);
    expect(iso(dayWindow(Date.parse('2026-01-05T06:00:00Z'), 6, 'UTC'))).toEqual([
      '2026-01-05T06:00',
      '2026-01-06T06:00',
    ]);
    expect(iso(dayWindow(Date.parse('2026-01-05T00:00:00Z'), 0, 'UTC'))).toEqual([
      '2026-01-05T00:00',
      '2026-01-06T00:00',
    ]);
  });

  test.each([
    ['Europe/Berlin', '2026-03-29', 2],
    ['Europe/Berlin', '2026-10-25', 2],
    ['America/New_York', '2026-03-08', 2],
    ['America/Sao_Paulo', '2018-11-04', 0],
    ['Asia/Kathmandu', '2026-06-01', 23],
    ['Pacific/Apia', '2011-12-30', 4],
  ])('follows the one before without a gap in %s around %s', (zone, date, hour) => {
    const middle = Date.parse(`${date}T12:00:00Z`);
    let window = dayWindow(middle - 3 * 86_400_000, hour, zone);
    for (let days = 0; days < 6; days++) {
      const next = dayWindow(window.until, hour, zone);
      expect(next.from).toBe(window.until);
      expect(dayWindow(window.until - 1, hour, zone)).toEqual(window);
      window = next;
    }
  });

  test('is 23 hours long when the clock goes forward, 25 when it goes back', () => {
    const hours = (at: string) => {
      const { from, until } = dayWindow(Date.parse(at), 0, 'Europe/Berlin');
      return (until - from) / 3_600_000;
    };
    expect([hours('2026-03-29T10:00:00Z'), hours('2026-10-25T10:00:00Z'), hours('2026-06-01T10:00:00Z')]).toEqual([
      23, 25, 24,
    ]);
  });
});
