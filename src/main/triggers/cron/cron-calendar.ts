import { Cron } from 'croner';
import { asError } from '../../../shared/errors.ts';
import { type CronFields, cronInvalid } from './cron-fields.ts';

/** Which days an expression means. Days are numbered from 1970-01-01, without a time zone. */
export interface Calendar {
  /** The first day at or after `day`, or null when there is none. */
  from(day: number): number | null;
  /** The last day at or before `day`, or null. */
  upTo(day: number): number | null;
  /** How many days lie in [first, end). */
  count(first: number, end: number): number;
}

const dayMs = 86_400_000;

const everyDay: Calendar = {
  from: (day) => day,
  upTo: (day) => day,
  count: (first, end) => Math.max(0, end - first),
};

/** @throws RuntimeError `CRON_INVALID` when the day fields mean nothing, or no day at all. */
export function createCalendar(fields: CronFields): Calendar {
  if (/^[*?] \* [*?]$/.test(fields.days)) return everyDay;
  checkDays(fields);
  if (dayFrom(noonsOf(fields.days), 0) === null) {
    throw cronInvalid(fields.expression, 'it never fires, as no year has such a day');
  }
  return {
    from: remembering(
      (day) => dayFrom(noonsOf(fields.days), day),
      (day, asked, answer) => day >= asked && (answer === null || day <= answer),
    ),
    upTo: remembering(
      (day) => dayUpTo(noonsOf(fields.days), day),
      (day, asked, answer) => day <= asked && (answer === null || day >= answer),
    ),
    count(first, end) {
      const noons = noonsOf(fields.days);
      let count = 0;
      for (let day = dayFrom(noons, first); day !== null && day < end; day = dayFrom(noons, day + 1)) count++;
      return count;
    },
  };
}

/** The same question is asked for every firing of a day, and a search takes some 50 µs: the newest answer is kept. */
function remembering(
  ask: (day: number) => number | null,
  covers: (day: number, asked: number, answer: number | null) => boolean,
) {
  let newest: { asked: number; answer: number | null } | undefined;
  return (day: number) => {
    if (!newest || !covers(day, newest.asked, newest.answer)) newest = { asked: day, answer: ask(day) };
    return newest.answer;
  };
}

/**
 * croner reads the days, at noon and without a zone: so no DST and no time of day comes into it. Made anew for each
 * search, because it weighs 80 KB and a node may hold a thousand schedules.
 */
function noonsOf(days: string): Cron {
  return new Cron(`0 0 12 ${days}`, { paused: true, utcOffset: 0, mode: '6-part' });
}

function dayFrom(noons: Cron, day: number): number | null {
  const noon = noons.nextRun(new Date(day * dayMs));
  return noon && Math.floor(noon.getTime() / dayMs);
}

function dayUpTo(noons: Cron, day: number): number | null {
  const noon = noons.previousRuns(1, new Date((day + 1) * dayMs))[0];
  return noon ? Math.floor(noon.getTime() / dayMs) : null;
}

function checkDays({ expression, days }: CronFields): void {
  const [dayOfMonth, month] = days.split(' ');
  for (const [field, tried] of [
    ['day of month', `${dayOfMonth} ${month} *`],
    ['day of week', days],
  ] as const) {
    try {
      noonsOf(tried);
    } catch (thrown) {
      const reason = asError(thrown).message.replace(/^CronPattern: /, '');
      throw cronInvalid(expression, `its ${field} cannot be read: ${reason}`, field);
    }
  }
}
