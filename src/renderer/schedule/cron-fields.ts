import { cronNicknames } from '../../shared/cron-nicknames.ts';

/** What a cron expression allows, field by field. */
export interface CronFields {
  seconds: number[];
  minutes: number[];
  hours: number[];
  /** Days of the month, 1 to 31. */
  days: Set<number>;
  /** 1 to 12. */
  months: Set<number>;
  /** 0 is Sunday. */
  weekdays: Set<number>;
  /** When both are restricted, a day that fits either one counts (as in POSIX cron). */
  daysFree: boolean;
  weekdaysFree: boolean;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads five fields, or six with the seconds first. Null: it is wrong, or uses a letter (L, W, #) only the node reads. */
export function cronFields(expression: string): CronFields | null {
  const text = cronNicknames[expression.trim().toLowerCase()] ?? expression;
  const parts = text.trim().toLowerCase().split(/\s+/);
  if (parts.length === 5) return fieldsOf(['0', ...parts]);
  if (parts.length !== 6) return null;
  return fieldsOf(parts) ?? fieldsOf([...parts.slice(-1), ...parts.slice(0, -1)]);
}

function fieldsOf(parts: readonly string[]): CronFields | null {
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = parts;
  const seconds = valuesOf(second, 0, 59);
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const days = valuesOf(day, 1, 31);
  const months = valuesOf(month, 1, 12, monthNames, 1);
  const weekdays = valuesOf(weekday, 0, 7, dayNames, 0);
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return null;
  return {
    seconds,
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((value) => value % 7)),
    daysFree: day.startsWith('*') || day === '?',
    weekdaysFree: weekday.startsWith('*') || weekday === '?',
  };
}

/** `1-5,10,20/5` within limits, ascending and without repeats. */
function valuesOf(
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  firstName = 0,
): number[] | null {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', stepText] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    if (!Number.isInteger(step) || step < 1 || part.split('/').length > 2) return null;
    const ends = endsOf(range, least, most, names, firstName);
    const isSingle = ends !== null && !/[*?-]/.test(range);
    if (!ends || (isSingle && stepText !== undefined)) return null;
    for (let value = ends[0]; value <= ends[1]; value += step) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function endsOf(
  range: string,
  least: number,
  most: number,
  names: readonly string[],
  firstName: number,
): [number, number] | null {
  if (range === '*' || range === '?') return [least, most];
  const numberOf = (text: string) => {
    const named = names.indexOf(text);
    return named >= 0 ? named + firstName : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const [from = '', to] = range.split('-');
  const first = numberOf(from);
  const last = to === undefined ? first : numberOf(to);
  const fits = first >= least && last <= most && first <= last && range.split('-').length <= 2;
  return fits ? [first, last] : null;
}
