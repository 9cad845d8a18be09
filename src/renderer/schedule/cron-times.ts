import { epochOf, zoneOffsets } from '../ui/shown-zone.ts';
import type { CronFields } from './cron-fields.ts';

const dayMs = 86_400_000;
/** A schedule that has no time in so many days (29 February on a Monday comes every 28 years) is taken to have none. */
const longestSearchDays = 366 * 12;
const offsetGrainMs = 900_000;

/**
 * The times of a schedule after `after` (epoch ms), in order. Local times that a clock change leaves out move forward
 * by the change; of those it repeats the first is meant. The node plans by the same rules; this is for looking ahead.
 */
export function* cronTimes(fields: CronFields, zone: string, after: number): Generator<number> {
  const offsetAt = zoneOffsets(zone);
  const firstDay = Math.floor((after + offsetAt(after)) / dayMs) * dayMs;
  let newest = after;
  let lastDay = 0;
  for (let day = 0; day - lastDay < longestSearchDays; day++) {
    const midnight = firstDay + day * dayMs;
    if (!fitsDay(fields, new Date(midnight))) continue;
    for (const hour of fields.hours) {
      const hourStart = midnight + hour * 3_600_000;
      if (hourStart + 3_600_000 + 2 * dayMs < newest) continue;
      for (const minute of fields.minutes) {
        for (const second of fields.seconds) {
          const at = epochOf(hourStart + minute * 60_000 + second * 1_000, offsetAt);
          if (at <= newest) continue;
          newest = at;
          lastDay = day;
          yield at;
        }
      }
    }
  }
}

/** The next `count` times; fewer when there are not so many before `before`. */
export function nextTimes(
  fields: CronFields,
  zone: string,
  after: number,
  count: number,
  before = Number.POSITIVE_INFINITY,
): number[] {
  const times: number[] = [];
  for (const at of cronTimes(fields, zone, after)) {
    if (at >= before || times.length >= count) break;
    times.push(at);
  }
  return times;
}

function fitsDay(fields: CronFields, day: Date): boolean {
  if (!fields.months.has(day.getUTCMonth() + 1)) return false;
  const inMonth = fields.days.has(day.getUTCDate());
  const inWeek = fields.weekdays.has(day.getUTCDay());
  return fields.daysFree || fields.weekdaysFree ? inMonth && inWeek : inMonth || inWeek;
}

/** The next instant at which the clocks of a zone change, if there is one within a year. */
export function nextClockChange(zone: string, after: number): number | null {
  const offsetAt = zoneOffsets(zone);
  const now = offsetAt(after);
  let low = after;
  for (let high = after + 7 * dayMs; high < after + 366 * dayMs; high += 7 * dayMs) {
    if (offsetAt(high) === now) {
      low = high;
      continue;
    }
    let end = high;
    while (end - low > offsetGrainMs) {
      const middle = low + (end - low) / 2;
      if (offsetAt(middle) === now) low = middle;
      else end = middle;
    }
    return Math.ceil(low / offsetGrainMs) * offsetGrainMs;
  }
  return null;
}
