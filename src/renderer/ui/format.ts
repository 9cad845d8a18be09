import { type NumberFormat, pageRegion } from './region.ts';
import { isSameDay } from './shown-zone.ts';

/** How numbers, times, lengths and sizes read in the window, so that lists and tests agree. */

/** What stands between thousands, and before decimals. A space that no line is broken at. */
const signs: Record<NumberFormat, { ',': string; '.': string }> = {
  comma: { ',': ',', '.': '.' },
  point: { ',': '.', '.': ',' },
  space: { ',': '\u202f', '.': ',' },
  apostrophe: { ',': '’', '.': '.' },
};
// Making a formatter costs a hundred times more than using it.
const numberFormats = new Map<string, Intl.NumberFormat>();

/** "1,234.5", as the region has it. `most` and `least`: how many decimals. */
export function numberText(value: number, most = 3, least = 0): string {
  const key = `${most} ${least}`;
  let format = numberFormats.get(key);
  if (!format) {
    const decimals = { maximumFractionDigits: most, minimumFractionDigits: least };
    numberFormats.set(key, (format = new Intl.NumberFormat('en-US', decimals)));
  }
  const { numbers } = pageRegion();
  return format.format(value).replace(/[,.]/g, (sign) => signs[numbers][sign as ',' | '.']);
}

/** "3.0": with so many decimals, whatever they are. */
const exactly = (value: number, decimals: number) => numberText(value, decimals, decimals);

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** "now", "8 s ago", "in 3 min", "2 h ago", "5 d ago". */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < second) return 'now';
  const text = roughly(distance);
  return at <= now ? `${text} ago` : `in ${text}`;
}

/** One unit, rounded down: "8 s", "3 min", "2 h", "5 d". */
export function roughly(ms: number): string {
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
}

/** "under 1 ms", "420 ms", "3.2 s", "2 min 5 s", "1 h 3 min". */
export function lasting(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < 10 * second) return `${exactly(ms / second, 1)} s`;
  if (ms < minute) return `${Math.round(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min ${Math.floor((ms % minute) / second)} s`;
  if (ms < day) return `${Math.floor(ms / hour)} h ${Math.floor((ms % hour) / minute)} min`;
  return `${Math.floor(ms / day)} d ${Math.floor((ms % day) / hour)} h`;
}

/** "04:12", "1:04:12", "3 d 04:12:00": how long until something, to the second; never below zero. */
export function countdown(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / second));
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
  const hours = Math.floor(left / 3_600);
  if (hours === 0) return clock;
  if (hours < 24) return `${hours}:${clock}`;
  return `${Math.floor(hours / 24)} d ${two(hours % 24)}:${clock}`;
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value < 10 ? exactly(value, 1) : numberText(Math.round(value))} ${units[unit]}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

export function money(usd: number): string {
  if (usd === 0) return 'free';
  return usd < 0.01 ? `$${exactly(usd, 4)}` : `$${exactly(usd, 2)}`;
}

/** Money that was spent: "$0.00" where none was. */
export function spent(usd: number): string {
  return usd === 0 ? `$${exactly(0, 2)}` : money(usd);
}

/** "940", "12.4 k", "3.1 M": a count that is read at a glance. */
export function roundly(count: number): string {
  if (count < 10_000) return numberText(Math.round(count));
  if (count < 999_500) return `${exactly(count / 1_000, count < 99_950 ? 1 : 0)} k`;
  return `${exactly(count / 1_000_000, 1)} M`;
}

/** "940", "1.2K", "31K": a count where there is hardly room for one. */
export function shortly(count: number): string {
  if (count < 1_000) return numberText(Math.round(count));
  const [of, unit] = count < 999_500 ? [1_000, 'K'] : [1_000_000, 'M'];
  return `${numberText(count / of, count < 9.95 * of ? 1 : 0)}${unit}`;
}

const shortHour = { hour: '2-digit', minute: '2-digit' } as const;

type Formats = ReturnType<typeof formatsIn>;
const byZone = new Map<string, Formats>();

/** In the zone that the window shows times in. */
function formats(): Formats {
  const { zone } = pageRegion();
  let made = byZone.get(zone);
  if (!made) byZone.set(zone, (made = formatsIn(zone)));
  return made;
}

function formatsIn(zone: string) {
  const made = (locale: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, zone === '' ? options : { ...options, timeZone: zone });
  const twelve = { hour: 'numeric', minute: '2-digit', hour12: true } as const;
  return {
    shortTimes: { '24': made('en-GB', shortHour), '12': made('en-US', twelve) },
    times: {
      '24': made('en-GB', { ...shortHour, second: '2-digit' }),
      '12': made('en-US', { ...twelve, second: '2-digit' }),
    },
    weekday: made('en-GB', { weekday: 'short' }),
    weekdayDate: made('en-GB', { weekday: 'short', day: 'numeric' }),
    dates: {
      day: made('en-GB', { day: 'numeric', month: 'short' }),
      month: made('en-US', { day: 'numeric', month: 'short' }),
      // What is written in Sweden is the order of ISO 8601.
      iso: made('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' }),
    },
    longDates: { day: made('en-GB', { dateStyle: 'full' }), month: made('en-US', { dateStyle: 'full' }) },
    zone: made('en-GB', { timeZoneName: 'short' }),
  };
}

/** "10:32:05" today, "Tue 10:32" this week, else "3 Nov 10:32"; in the zone that the window shows times in. */
export function clockTime(at: number, now: number): string {
  const { times, weekday } = formats();
  if (isSameDay(at, now)) return times[pageRegion().clock].format(at);
  return `${Math.abs(now - at) < 6 * day ? weekday.format(at) : shortDate(at)} ${shortTime(at)}`;
}

/** "10:32" */
export function shortTime(at: number): string {
  return formats().shortTimes[pageRegion().clock].format(at);
}

/** "14:00" or "2 PM": an hour of any day. */
export function hourText(hourOfDay: number): string {
  if (pageRegion().clock === '24') return `${String(hourOfDay).padStart(2, '0')}:00`;
  return `${hourOfDay % 12 || 12} ${hourOfDay < 12 ? 'AM' : 'PM'}`;
}

/** "3 Nov" */
export function shortDate(at: number): string {
  return formats().dates[pageRegion().dates].format(at);
}

/** "Tue 3 Nov" */
export function dayText(at: number): string {
  return `${formats().weekday.format(at)} ${shortDate(at)}`;
}

/** "Tue 3" */
export function weekdayDate(at: number): string {
  return formats().weekdayDate.format(at);
}

/** Full date, time and zone, for tooltips. */
export function fullTime(at: number): string {
  const { clock, dates: order } = pageRegion();
  const { weekday, dates, longDates, times, zone: zoneFormat } = formats();
  const zone = zoneFormat.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const date = order === 'iso' ? `${weekday.format(at)} ${dates.iso.format(at)}` : longDates[order].format(at);
  return `${date} at ${times[clock].format(at)} ${zone}`.trim();
}

/** The first words of a value, on one line. */
export function brief(value: unknown, longest = 120): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** "Mon 23 Nov 09:00" in a zone, with seconds where there are any; in the zone of this computer if that is unknown. */
export function inZone(at: number, zone: string): string {
  const { clock, dates: order } = pageRegion();
  const locale = order === 'month' || clock === '12' ? 'en-US' : 'en-GB';
  const parts: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: clock === '12' ? 'numeric' : '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: clock === '12' ? 'h12' : 'h23',
  };
  try {
    return new Date(at)
      .toLocaleString(locale, { ...parts, timeZone: zone })
      .replace(/:00(?= [AP]M$|$)/, '')
      .replaceAll(',', '');
  } catch {
    return new Date(at).toLocaleString(locale, parts);
  }
}
