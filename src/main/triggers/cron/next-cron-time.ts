import cronstrue from 'cronstrue';
import { RuntimeError } from '../../../shared/errors.ts';
import { type Calendar, createCalendar } from './cron-calendar.ts';
import { type CronFields, readings } from './cron-fields.ts';
import { type TimesOfDay, timesOfDay } from './time-of-day.ts';
import { type Span, type ZoneSpans, Zones } from './zone-spans.ts';

/*
 * When a schedule fires. Pure: what time it is now comes in as an argument.
 *
 * C1. Five fields; six with the second first. Six fields that make no sense so are read with the second last.
 * C2. A schedule that names certain hours goes by the clock on the wall: a local time that the change to summer time
 *     skips fires at the first instant after the gap, once for all that were skipped; a local time that occurs twice
 *     fires the first time only.
 * C3. A schedule for every hour goes by real time: nothing was skipped for it, and the repeated hour is an hour too.
 * C4. Instants are whole seconds, in epoch milliseconds.
 */

/** What became due in a stretch of time. */
export interface Due {
  /** How many in all. */
  count: number;
  /** The first of all; 0 when there are none. */
  first: number;
  /** The newest of them, oldest first: at most as many as were asked for. */
  newest: number[];
}

/** A schedule that has been read and checked. */
export interface CronSchedule {
  readonly expression: string;
  readonly zone: string;
  /** The first instant after `after`, or null when there is none any more. */
  next(after: number): number | null;
  /** The next `count` instants after `after`. */
  firings(after: number, count: number): number[];
  /** What became due after `after`, up to and including `upTo`. Cheap however much it was: it counts by calculation. */
  due(after: number, upTo: number, max: number): Due;
  /** One line for a person: "At 09:00, Monday through Friday (Europe/Berlin)". */
  describe(): string;
}

/** @throws RuntimeError `CRON_INVALID` naming the field and the reason; `TZ_UNKNOWN` with the nearest names. */
export function readCron(expression: string, zone = 'UTC', zones = new Zones()): CronSchedule {
  const spans = zones.spans(zone);
  let refusal: unknown;
  for (const reading of readings(expression)) {
    try {
      const fields = reading();
      return schedule(fields, zone, new LocalTimes(fields), spans);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) throw thrown;
      // The standard reading is the one whose fault is told.
      refusal ??= thrown;
    }
  }
  throw refusal;
}

/** The next `count` instants after `after`. @throws RuntimeError as `readCron` does. */
export function firings(expression: string, zone: string, after: number, count: number): number[] {
  return readCron(expression, zone).firings(after, count);
}

/** What became due after `after`, up to and including `upTo`. @throws RuntimeError as `readCron` does. */
export function dueBetween(expression: string, zone: string, after: number, upTo: number, max: number): Due {
  return readCron(expression, zone).due(after, upTo, max);
}

/** @throws RuntimeError as `readCron` does. */
export function describeCron(expression: string, zone = 'UTC'): string {
  return readCron(expression, zone).describe();
}

function schedule(fields: CronFields, zone: string, times: LocalTimes, spans: ZoneSpans): CronSchedule {
  const next = (after: number) => {
    const second = nextSecond(times, spans, Math.floor(after / 1_000) + 1);
    return second === null ? null : second * 1_000;
  };
  let described: string | undefined;
  return {
    expression: fields.expression,
    zone,
    next,
    firings(after, count) {
      const instants: number[] = [];
      for (let at = next(after); at !== null && instants.length < count; at = next(at)) instants.push(at);
      return instants;
    },
    due(after, upTo, max) {
      const first = next(after);
      if (first === null || first > upTo) return { count: 0, first: 0, newest: [] };
      const second = next(first);
      // The everyday case.
      if (second === null || second > upTo) return { count: 1, first, newest: [first].slice(0, max) };
      const from = first / 1_000;
      let end = Math.floor(upTo / 1_000) + 1;
      const count = countSeconds(times, spans, from, end);
      const newest: number[] = [];
      while (newest.length < Math.min(max, count)) {
        end = previousSecond(times, spans, end - 1);
        newest.push(end * 1_000);
      }
      return { count, first, newest: newest.reverse() };
    },
    describe() {
      if (described !== undefined) return described;
      const words = cronstrue.toString(fields.standard, {
        use24HourTimeFormat: true,
        throwExceptionOnParseError: false,
      });
      described = `${words.startsWith('An error') ? fields.expression : words}${zone === 'UTC' ? '' : ` (${zone})`}`;
      return described;
    },
  };
}

const daySeconds = 86_400;
/** No zone is further from UTC than this. */
const mostOffset = 16 * 3_600;

/** The local times a schedule means, in epoch seconds as if the local clock were UTC. */
class LocalTimes {
  /** Whether it goes by the clock on the wall (C2), or by real time (C3). */
  readonly byTheWall: boolean;
  readonly #times: TimesOfDay;
  readonly #calendar: Calendar;

  constructor(fields: CronFields) {
    this.byTheWall = fields.hours.length < 24;
    this.#times = timesOfDay(fields.hours, fields.minutes, fields.seconds);
    this.#calendar = createCalendar(fields);
  }

  /** The first one at or after `local`, or null. */
  from(local: number): number | null {
    const today = Math.floor(local / daySeconds);
    const day = this.#calendar.from(today);
    if (day === null) return null;
    const time = this.#times.from(day === today ? local - today * daySeconds : 0);
    return time >= 0 ? day * daySeconds + time : this.from((today + 1) * daySeconds);
  }

  /** The last one at or before `local`; null when there is none. */
  upTo(local: number): number | null {
    const today = Math.floor(local / daySeconds);
    const day = this.#calendar.upTo(today);
    if (day === null) return null;
    const time = this.#times.upTo(day === today ? local - today * daySeconds : daySeconds - 1);
    return time >= 0 ? day * daySeconds + time : this.upTo(today * daySeconds - 1);
  }

  /** How many lie in [from, end). */
  count(from: number, end: number): number {
    if (end <= from) return 0;
    const firstDay = Math.floor(from / daySeconds);
    const lastDay = Math.floor(end / daySeconds);
    return (
      this.#calendar.count(firstDay, lastDay) * this.#times.count +
      this.#beforeOnDay(lastDay, end) -
      this.#beforeOnDay(firstDay, from)
    );
  }

  /** How many of a day come before `local`, which lies on it. */
  #beforeOnDay(day: number, local: number): number {
    return this.#calendar.from(day) === day ? this.#times.before(local - day * daySeconds) : 0;
  }

  has(local: number): boolean {
    return this.from(local) === local;
  }
}

/** The first local time of a span that counts. */
function localStart(times: LocalTimes, span: Span): number {
  return times.byTheWall ? span.repeatedUntil : span.start + span.offset;
}

/** Whether the start of the span stands for local times that were skipped, and is not itself a time to fire. */
function makesUp(times: LocalTimes, span: Span): boolean {
  const start = span.start + span.offset;
  if (!times.byTheWall || span.skippedFrom >= start) return false;
  return times.count(span.skippedFrom, start) > 0 && !times.has(start);
}

/** The first instant at or after `from` (UTC seconds). */
function nextSecond(times: LocalTimes, spans: ZoneSpans, from: number): number | null {
  let second = from;
  for (;;) {
    const span = spans(second);
    if (second === span.start && makesUp(times, span)) return second;
    const local = times.from(Math.max(second + span.offset, localStart(times, span)));
    if (local === null) return null;
    if (local - span.offset < span.end) return local - span.offset;
    // Right after this span local times that have passed in it may come again, on the day before for that matter.
    const comesAgain = span.end + spans(span.end).offset <= second + span.offset;
    // Else, between here and a day before the next local time nothing can fire, whatever the zone does.
    second = comesAgain ? span.end : Math.max(span.end, local - mostOffset);
  }
}

/** The last instant at or before `from`. The caller knows that there is one. */
function previousSecond(times: LocalTimes, spans: ZoneSpans, from: number): number {
  let second = from;
  for (;;) {
    const span = spans(second);
    const local = times.upTo(second + span.offset);
    if (local !== null && local >= localStart(times, span) && local - span.offset >= span.start)
      return local - span.offset;
    if (makesUp(times, span)) return span.start;
    second = span.start - 1;
  }
}

/** How many instants lie in [from, end), both UTC seconds. */
function countSeconds(times: LocalTimes, spans: ZoneSpans, from: number, end: number): number {
  let count = 0;
  for (let second = from; second < end; ) {
    const span = spans(second);
    const until = Math.min(span.end, end);
    count += times.count(Math.max(second + span.offset, localStart(times, span)), until + span.offset);
    if (second === span.start && makesUp(times, span)) count++;
    second = until;
  }
  return count;
}
