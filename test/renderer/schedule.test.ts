import { Cron } from 'croner';
import { describe, expect, test } from 'vitest';
import { cronFromSentence } from '../../src/renderer/forms/cron-sentence.ts';
import { cronFields } from '../../src/renderer/schedule/cron-fields.ts';
import { nextClockChange, nextTimes } from '../../src/renderer/schedule/cron-times.ts';
import { hoursOfWeek, simulateWeek } from '../../src/renderer/schedule/simulate-week.ts';

describe('a schedule in words', () => {
  test.each([
    ['every minute', '* * * * *'],
    ['every 5 minutes', '*/5 * * * *'],
    ['Every 15 mins.', '*/15 * * * *'],
    ['every 10 seconds', '*/10 * * * * *'],
    ['hourly', '0 * * * *'],
    ['every 2 hours', '0 */2 * * *'],
    ['every other hour', '0 */2 * * *'],
    ['every ten minutes between 9 and 17 on weekdays', '*/10 9-16 * * 1-5'],
    ['every 30 minutes from 9am to 5:30pm', '*/30 9-17 * * *'],
    ['daily', '0 0 * * *'],
    ['daily at 9', '0 9 * * *'],
    ['every day at 18:45', '45 18 * * *'],
    ['every day at noon', '0 12 * * *'],
    ['at midnight', '0 0 * * *'],
    ['weekdays at 9', '0 9 * * 1-5'],
    ['weekdays at 9:30', '30 9 * * 1-5'],
    ['weekends at 10', '0 10 * * 0,6'],
    ['every monday 08:30', '30 8 * * 1'],
    ['mondays and thursdays at 5pm', '0 17 * * 1,4'],
    ['monday to thursday at 7', '0 7 * * 1-4'],
    ['friday to monday at 7', '0 7 * * 5-6,0-1'],
    ['daily at 9 and 17', '0 9,17 * * *'],
    ['every day at 12 am', '0 0 * * *'],
    ['on the 1st at noon', '0 12 1 * *'],
    ['on the 1st and 15th at 10', '0 10 1,15 * *'],
    ['monthly', '0 0 1 * *'],
    ['first day of the month at 8', '0 8 1 * *'],
    ['weekly', '0 0 * * 1'],
    ['every morning', '0 8 * * *'],
    ['on the 24th of december at 18:00', '0 18 24 12 *'],
  ])('“%s” is %s', (sentence, cron) => expect(cronFromSentence(sentence)).toEqual({ ok: true, cron }));

  test.each([
    '',
    'soon',
    'every 7 minutes',
    'every 0 minutes',
    'daily at 25:00',
    'daily at 9:15 and 17:30',
    'every 90 seconds',
  ])('“%s” is refused with a way out', (sentence) => {
    const read = cronFromSentence(sentence);
    expect(read.ok).toBe(false);
    expect(read).toHaveProperty('message', expect.stringMatching(/\w{3}/));
  });

  test('every accepted sentence is a schedule that comes', () => {
    for (const sentence of ['friday to monday at 7', 'every 10 minutes between 22 and 4', 'weekends at 10']) {
      const read = cronFromSentence(sentence);
      const fields = read.ok ? cronFields(read.cron) : null;
      expect(fields && nextTimes(fields, 'UTC', 0, 3)).toHaveLength(3);
    }
  });
});

describe('the next times of a schedule', () => {
  const from = Date.UTC(2026, 10, 22, 10, 7, 30);
  const expressions = [
    '*/5 * * * *',
    '0 9 * * MON-FRI',
    '*/10 * * * * *',
    '30 2 * * *',
    '0 0 1 * *',
    '15 14 1 */3 *',
    '0 12 13 * FRI',
    '59 23 28-31 * *',
    '0 0 29 2 *',
    '5-10,50 8-20/4 * jan,jul 0',
    '@hourly',
  ];
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];

  test.each(expressions.flatMap((expression) => zones.map((zone) => [expression, zone] as const)))(
    '%s in %s are those the node plans',
    (expression, zone) => {
      const fields = cronFields(expression);
      const planned = new Cron(expression, { timezone: zone, paused: true }).nextRuns(8, new Date(from)).map(Number);
      expect(fields && nextTimes(fields, zone, from, planned.length)).toEqual(planned);
    },
  );

  test.each([
    ['America/New_York', Date.UTC(2027, 2, 13, 12)],
    ['America/New_York', Date.UTC(2026, 9, 31, 12)],
    ['Europe/Berlin', Date.UTC(2027, 2, 27, 12)],
  ])('a daily time goes on over a clock change in %s', (zone, at) => {
    const fields = cronFields('15 9 * * *');
    const planned = new Cron('15 9 * * *', { timezone: zone, paused: true }).nextRuns(3, new Date(at)).map(Number);
    expect(fields && nextTimes(fields, zone, at, 3)).toEqual(planned);
  });

  test.each([
    '',
    'x',
    '* * * *',
    '60 * * * *',
    '0 0 L * *',
    '0 0 * * 1#2',
    '5-1 * * * *',
    '*/0 * * * *',
    '8/4 * * * *',
  ])('“%s” is left to the node', (expression) => {
    expect(cronFields(expression)).toBeNull();
  });

  test('a schedule that never comes ends', () => {
    const fields = cronFields('0 0 30 2 *');
    expect(fields && nextTimes(fields, 'UTC', from, 1)).toEqual([]);
  });

  test('the next change of the clocks is found to the quarter of an hour', () => {
    expect(nextClockChange('Europe/Berlin', from)).toBe(Date.UTC(2027, 2, 28, 1));
    expect(nextClockChange('UTC', from)).toBeNull();
  });
});

describe('the next seven days', () => {
  const from = Date.UTC(2026, 10, 22, 10);
  const daily = { type: 'cron', id: 'daily', cron_expression: '0 9 * * *' };
  const often = { type: 'cron', cron_expression: '* * * * *', overlap: 'skip' };

  test('have every firing of every schedule that is on', () => {
    const week = simulateWeek(
      [daily, { ...daily, id: 'off', enabled: false }, { type: 'webhook' }, often],
      from,
      1_000,
    );
    expect(week.map(({ id, times, overlapping }) => [id, times.length, overlapping])).toEqual([
      ['daily', 7, 0],
      ['cron 4', 7 * 24 * 60 - 1, 0],
    ]);
  });

  test('tell how many would come while an earlier one still runs', () => {
    const [week] = simulateWeek([often], from, 90_000);
    expect(week?.overlapping).toBe((week?.times.length ?? 0) - 1);
    expect(simulateWeek([daily], from, 90_000)[0]?.overlapping).toBe(0);
  });

  test('are counted by day and hour', () => {
    const days = hoursOfWeek(simulateWeek([daily], from, 1_000), from);
    expect(days.flatMap(({ hours }) => hours).reduce((sum, count) => sum + count, 0)).toBe(7);
  });
});
