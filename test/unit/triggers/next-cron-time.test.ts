import { describe, expect, it } from 'vitest';
import { describeCron, dueBetween, firings, readCron } from '../../../src/main/triggers/cron/next-cron-time.ts';
import { caught } from '../../world/caught.ts';
import { cronOracle } from '../../world/cron-oracle.ts';
import { draws } from '../../world/draws.ts';

const iso = (instants: number[]) => instants.map((at) => new Date(at).toISOString().replace('.000Z', 'Z'));

describe('a cron expression', () => {
  // 2026-11-22 is a Sunday
  it.each([
    ['*/5 * * * *', ['2026-11-22T00:05:00Z', '2026-11-22T00:10:00Z']],
    ['0 9 * * MON-FRI', ['2026-11-23T09:00:00Z', '2026-11-24T09:00:00Z']],
    ['*/10 * * * * *', ['2026-11-22T00:00:10Z', '2026-11-22T00:00:20Z']],
    ['* * * * * *', ['2026-11-22T00:00:01Z', '2026-11-22T00:00:02Z']],
    ['0 0 1,15 * *', ['2026-12-01T00:00:00Z', '2026-12-15T00:00:00Z']],
    ['0 0 13 * FRI', ['2026-11-27T00:00:00Z', '2026-12-04T00:00:00Z']],
    ['0 0 L * *', ['2026-11-30T00:00:00Z', '2026-12-31T00:00:00Z']],
    ['0 0 * * FRI#2', ['2026-12-11T00:00:00Z', '2027-01-08T00:00:00Z']],
    ['0 0 * * 5L', ['2026-11-27T00:00:00Z', '2026-12-25T00:00:00Z']],
    ['0 0 15W * *', ['2026-12-15T00:00:00Z', '2027-01-15T00:00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    ['30 6 ? JAN SUN', ['2027-01-03T06:30:00Z', '2027-01-10T06:30:00Z']],
    ['0 0 * * 7', ['2026-11-29T00:00:00Z', '2026-12-06T00:00:00Z']],
    ['15-45/15 8-10/2 * * *', ['2026-11-22T08:15:00Z', '2026-11-22T08:30:00Z']],
    ['@daily', ['2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z']],
  ])('%s fires at %j', (expression, expected) => {
    expect(iso(firings(expression, 'UTC', Date.parse('2026-11-22T00:00:00Z'), 2))).toEqual(expected);
  });

  it.each([
    ['0 9 * * 1 0', '2027-01-03T00:09:00Z', 'with the second first, when that makes sense'],
    ['0 9 * * MON-FRI 0', '2026-11-23T09:00:00Z', 'with the second last, when only that makes sense'],
    ['*/5 * * * * 30', '2026-11-22T00:00:30Z', 'with the second last, when only that makes sense'],
  ])('of six fields, %s, is read so that it fires next at %s: %s', (expression, expected) => {
    expect(iso(firings(expression, 'UTC', Date.parse('2026-11-22T00:00:00Z'), 1))).toEqual([expected]);
  });

  it.each([
    ['61 * * * *', 'minute 61 is above 59', 'minute'],
    ['* 24 * * *', 'hour 24 is above 23', 'hour'],
    ['0 0 0 * *', 'day of month 0 is below 1', 'day of month'],
    ['0 0 * 13 *', 'month 13 is above 12', 'month'],
    ['0 0 * * 8', 'day of week 8 is above 7', 'day of week'],
    ['61 * * * * *', 'second 61 is above 59', 'second'],
    ['* * * *', 'it has 4 fields; write five', undefined],
    ['', 'it has 0 fields', undefined],
    ['* * * * * * *', 'it has 7 fields', undefined],
    ['@every 1s', '"@every 1s" is not known; use one of @yearly', undefined],
    ['0 0 31 2 *', 'it never fires', undefined],
    ['0 0 30 2 *', 'it never fires', undefined],
    ['0 0 31 4,6,9,11 *', 'it never fires', undefined],
    ['5/15 * * * *', 'write 5-59/15', 'minute'],
    ['*/0 * * * *', 'minute step 0 never moves on', 'minute'],
    ['*/90 * * * *', 'minute step 90 is above 59', 'minute'],
    ['50-10 * * * *', 'runs backwards; write 50-59,0-10', 'minute'],
    ['0 0 * * MON-XYZ', 'day of week "XYZ" is not a whole number or a name such as MON', 'day of week'],
    ['0 0 L-3 * *', 'day of month "L" is not a whole number', 'day of month'],
    ['1..5 * * * *', 'minute "1..5" is not a whole number', 'minute'],
    ['-1 * * * *', 'minute "" is not a whole number', 'minute'],
    ['1,,2 * * * *', 'minute "" is not a whole number', 'minute'],
    ['99999999999999999999 * * * *', 'is not a whole number', 'minute'],
  ])('%j is refused: %s', (expression, reason, field) => {
    const error = caught(() => readCron(expression));
    expect(error.code).toBe('CRON_INVALID');
    expect(error.message).toContain(reason);
    expect(error.message).toContain(`"${expression}"`);
    expect(error.details['field']).toBe(field);
  });

  it.each([
    ['Mars/Phobos', 'Indian/Chagos'],
    ['Berlin', 'Europe/Berlin'],
    ['Europe/Berln', 'Europe/Berlin'],
    ['America/NewYork', 'America/New_York'],
    ['+02:00', 'UTC'],
    ['', 'UTC'],
    ['utf', 'UTC'],
  ])('a zone %j is refused, and %s is among the names it may have meant', (zone, meant) => {
    const error = caught(() => readCron('* * * * *', zone));
    expect(error.code).toBe('TZ_UNKNOWN');
    expect(error.details['nearest']).toContain(meant);
  });

  it.each(['UTC', 'US/Eastern', 'Asia/Calcutta', 'Asia/Kolkata', 'Etc/GMT+5', 'europe/berlin'])(
    'knows the zone %s',
    (zone) => {
      expect(firings('0 12 * * *', zone, 0, 1)).toHaveLength(1);
    },
  );

  it.each([
    ['*/5 * * * *', 'UTC', 'Every 5 minutes'],
    ['0 9 * * MON-FRI', 'Europe/Berlin', 'At 09:00, Monday through Friday (Europe/Berlin)'],
    ['0 9 * * MON-FRI 0', 'UTC', 'At 09:00, Monday through Friday'],
    ['* * * * * *', 'UTC', 'Every second'],
  ])('%s in %s is described as "%s"', (expression, zone, words) => {
    expect(describeCron(expression, zone)).toBe(words);
  });
});

describe('where summer time begins and ends', () => {
  const day = 86_400_000;
  // [zone, a day before the change, expression, what fires on the two days after]
  it.each([
    [
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      '30 2 * * *',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
      'skipped: first instant after',
    ],
    [
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      '30 2 * * *',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
      'twice: the first time only',
    ],
    [
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      '*/20 2 * * *',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:00:00Z', '2026-03-30T00:20:00Z', '2026-03-30T00:40:00Z'],
      'many skipped: once',
    ],
    [
      'America/New_York',
      '2026-03-07T12:00Z',
      '30 2 * * *',
      ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'],
      'skipped',
    ],
    ['America/New_York', '2026-10-31T12:00Z', '30 1 * * *', ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'], 'twice'],
    [
      'Australia/Lord_Howe',
      '2026-10-03T02:00Z',
      '15 2 * * *',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
      'skipped by half an hour',
    ],
    [
      'Australia/Lord_Howe',
      '2026-04-04T02:00Z',
      '45 1 * * *',
      ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
      'twice, half an hour apart',
    ],
    [
      'America/Nuuk',
      '2026-03-28T12:00Z',
      '30 23 * * *',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
      'skipped at the end of the day: fires at midnight',
    ],
    [
      'Africa/Cairo',
      '2026-04-23T12:00Z',
      '30 0 * * *',
      ['2026-04-23T22:00:00Z', '2026-04-24T21:30:00Z'],
      'skipped at the start of the day',
    ],
    [
      'Africa/Cairo',
      '2026-10-28T12:00Z',
      '30 23 * * *',
      ['2026-10-28T20:30:00Z', '2026-10-29T20:30:00Z'],
      'twice before midnight',
    ],
    [
      'Pacific/Apia',
      '2011-12-29T12:00Z',
      '0 9 * * *',
      ['2011-12-29T19:00:00Z', '2011-12-30T10:00:00Z', '2011-12-30T19:00:00Z'],
      'a whole day skipped',
    ],
  ])('%s, from %s: %s fires at %j (%s)', (zone, from, expression, expected) => {
    const after = Date.parse(from);
    expect(iso(firings(expression, zone, after, 99).filter((at) => at <= after + 2 * day))).toEqual(expected);
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'America/Nuuk', 'America/Santiago'])(
    'a schedule for every hour goes by real time in %s all year',
    (zone) => {
      const start = Date.parse('2026-01-01T00:00:00Z');
      const due = dueBetween('0 * * * *', zone, start, start + 365 * day, 1);
      expect(due.count).toBe(365 * 24);
      const instants = firings('*/30 * * * *', zone, start, 365 * 48);
      expect(instants.every((at, index) => at === start + (index + 1) * 1_800_000)).toBe(true);
    },
  );

  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Nuuk',
    'Africa/Cairo',
    'Asia/Kathmandu',
    'UTC',
  ];
  it('fires again in an hour that comes again after midnight, on the day before', () => {
    // Nuuk sets its clock back from Sunday 00:00 to Saturday 23:00.
    const from = Date.parse('2026-10-25T00:16:00Z');
    expect(iso(firings('1,16 * * * 2-6', 'America/Nuuk', from, 3))).toEqual([
      '2026-10-25T01:01:00Z',
      '2026-10-25T01:16:00Z',
      '2026-10-27T02:01:00Z',
    ]);
  });

  it('agrees with a minute-by-minute look at the local clock, around every change, for random schedules', () => {
    const draw = draws();
    const changes = [
      '2026-03-07',
      '2026-03-28',
      '2026-04-04',
      '2026-04-23',
      '2026-10-03',
      '2026-10-24',
      '2026-10-29',
      '2026-10-31',
    ];
    for (let round = 0; round < 60; round++) {
      const zone = draw.one(zones);
      const expression = draw.cron();
      const from = Date.parse(draw.one(changes)) + draw.int(0, day);
      const upTo = from + draw.int(day / 2, 2.5 * day);
      const expected = cronOracle(expression, zone, from, upTo);
      const label = `${draw.label} ${expression} in ${zone} after ${new Date(from).toISOString()} up to ${new Date(upTo).toISOString()}`;
      const schedule = readCron(expression, zone);
      const found = schedule.firings(from, expected.length);
      expect(iso(expected.filter((at) => !found.includes(at))).slice(0, 9), `not found: ${label}`).toEqual([]);
      expect(iso(found.filter((at) => !expected.includes(at))).slice(0, 9), `too many: ${label}`).toEqual([]);
      const due = schedule.due(from, upTo, 50);
      expect(due.count, label).toBe(expected.length);
      expect(iso(due.newest), label).toEqual(iso(expected.slice(-50)));
      expect(due.first, label).toBe(expected[0] ?? 0);
    }
  });
});

describe('what became due', () => {
  it('includes the end and leaves out the beginning', () => {
    const start = Date.parse('2026-01-05T00:00:00Z');
    expect(dueBetween('* * * * *', 'UTC', start, start + 60_000, 10)).toEqual({
      count: 1,
      first: start + 60_000,
      newest: [start + 60_000],
    });
    expect(dueBetween('* * * * *', 'UTC', start, start + 59_999, 10).count).toBe(0);
    expect(dueBetween('* * * * *', 'UTC', start, start - 86_400_000, 10).count).toBe(0);
  });

  it('is counted without walking through it: three years of seconds', () => {
    const start = Date.parse('2024-01-01T00:00:00Z');
    const end = Date.parse('2027-01-01T00:00:00Z');
    const began = performance.now();
    const due = dueBetween('* * * * * *', 'Europe/Berlin', start, end, 3);
    expect(due.count).toBe((end - start) / 1_000);
    expect(due.newest).toEqual([end - 2_000, end - 1_000, end]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('agrees with counting, for schedules of certain days over a year', () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (const expression of ['0 9 * * MON-FRI', '30 2 1,15 * *', '0 0 L * *', '15 */6 * 3,10 SUN']) {
      const schedule = readCron(expression, 'Europe/Berlin');
      const upTo = start + 365 * 86_400_000;
      const walked = schedule.firings(start, 2_000).filter((at) => at <= upTo);
      const due = schedule.due(start, upTo, 2_000);
      expect(due.count, expression).toBe(walked.length);
      expect(due.newest, expression).toEqual(walked);
    }
  });
});
