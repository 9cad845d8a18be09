import { describe, expect, test } from 'vitest';
import { freeAt, pauseAt, type ReadyWindow, readyWindow } from '../../../src/main/triggers/cron/pause-windows.ts';
import { PauseWindow } from '../../../src/shared/config/pause-config.ts';

const at = (text: string) => Date.parse(text);
const window = (more: object) => readyWindow(PauseWindow.parse({ id: 'w', title: 'W', ...more }));
const endOf = ({ endAt }: ReadyWindow, instant: number) => endAt(instant);
const nights = { start: '22:00', end: '07:00', zone: 'Europe/Berlin' };

describe('a pause window', () => {
  test('of one stretch holds from its first millisecond to before its last', () => {
    const holiday = window({ from: at('2026-12-24T00:00:00Z'), until: at('2026-12-27T00:00:00Z') });
    expect(endOf(holiday, at('2026-12-23T23:59:59Z'))).toBeNull();
    expect(endOf(holiday, at('2026-12-24T00:00:00Z'))).toBe(at('2026-12-27T00:00:00Z'));
    expect(endOf(holiday, at('2026-12-27T00:00:00Z'))).toBeNull();
  });

  test('of hours goes over midnight in its own zone, and ends by the clock also where that is set meanwhile', () => {
    const quiet = window(nights);
    expect(endOf(quiet, at('2026-01-05T20:59:00Z'))).toBeNull();
    expect(endOf(quiet, at('2026-01-05T21:00:00Z'))).toBe(at('2026-01-06T06:00:00Z'));
    expect(endOf(quiet, at('2026-01-06T05:59:59Z'))).toBe(at('2026-01-06T06:00:00Z'));
    expect(endOf(quiet, at('2026-01-06T06:00:00Z'))).toBeNull();
    // The night in which an hour is left out: 7 o'clock is an hour sooner.
    expect(endOf(quiet, at('2026-03-28T21:30:00Z'))).toBe(at('2026-03-29T05:00:00Z'));
    expect(endOf(quiet, at('2026-10-24T20:30:00Z'))).toBe(at('2026-10-25T06:00:00Z'));
  });

  test('of some days counts by the day on which it begins', () => {
    const weekend = window({ ...nights, zone: 'UTC', days: ['fri'] });
    expect(endOf(weekend, at('2026-01-09T23:00:00Z'))).toBe(at('2026-01-10T07:00:00Z'));
    expect(endOf(weekend, at('2026-01-10T03:00:00Z'))).toBe(at('2026-01-10T07:00:00Z'));
    expect(endOf(weekend, at('2026-01-10T23:00:00Z'))).toBeNull();
  });

  test('is of the agents it names, and of none while it is switched off', () => {
    const some = window({ ...nights, processes: ['mail*', 'report'] });
    const night = at('2026-01-05T23:00:00Z');
    expect(pauseAt([some], 'mailer', night)?.window.id).toBe('w');
    expect(pauseAt([some], 'report', night)).not.toBeNull();
    expect(pauseAt([some], 'reporter', night)).toBeNull();
    expect(pauseAt([window({ ...nights, enabled: false })], 'mailer', night)).toBeNull();
  });

  test('ends when the last of those that follow each other does', () => {
    const morning = window({ id: 'm', start: '07:00', end: '08:00', zone: 'Europe/Berlin' });
    const all = [window(nights), morning];
    const pause = pauseAt(all, 'p', at('2026-01-05T23:00:00Z'));
    expect(pause && freeAt(all, 'p', pause)).toBe(at('2026-01-06T07:00:00Z'));
  });

  test('is refused without a beginning or an end, and with both kinds of them', () => {
    for (const wrong of [
      {},
      { from: 1 },
      { from: 2, until: 1 },
      { ...nights, from: 1, until: 2 },
      { start: '25:00', end: '1:00' },
    ])
      expect(PauseWindow.safeParse({ id: 'w', title: 'W', ...wrong }).success).toBe(false);
  });
});
