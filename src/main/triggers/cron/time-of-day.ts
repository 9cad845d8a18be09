/** The times of day that three lists of hours, minutes and seconds mean, as seconds since midnight. */
export interface TimesOfDay {
  readonly count: number;
  /** The first one at or after `second`, or -1. */
  from(second: number): number;
  /** The last one at or before `second`, or -1. */
  upTo(second: number): number;
  /** How many come before `second`. */
  before(second: number): number;
}

/** The lists are sorted and not empty. Every question is answered from tables, however many times there are. */
export function timesOfDay(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
): TimesOfDay {
  const h = tables(hours, 24);
  const m = tables(minutes, 60);
  const s = tables(seconds, 60);
  const first = { minute: minutes[0] as number, second: seconds[0] as number };
  const last = { minute: minutes.at(-1) as number, second: seconds.at(-1) as number };
  const perMinute = seconds.length;
  const perHour = perMinute * minutes.length;

  return {
    count: perHour * hours.length,
    from(time) {
      const [hour, minute, second] = split(time);
      if (h.has(hour)) {
        if (m.has(minute) && s.from(second) >= 0) return join(hour, minute, s.from(second));
        const nextMinute = m.from(minute + 1);
        if (nextMinute >= 0) return join(hour, nextMinute, first.second);
      }
      const nextHour = h.from(hour + 1);
      return nextHour >= 0 ? join(nextHour, first.minute, first.second) : -1;
    },
    upTo(time) {
      const [hour, minute, second] = split(time);
      if (h.has(hour)) {
        if (m.has(minute) && s.upTo(second) >= 0) return join(hour, minute, s.upTo(second));
        const lastMinute = m.upTo(minute - 1);
        if (lastMinute >= 0) return join(hour, lastMinute, last.second);
      }
      const lastHour = h.upTo(hour - 1);
      return lastHour >= 0 ? join(lastHour, last.minute, last.second) : -1;
    },
    before(time) {
      const [hour, minute, second] = split(time);
      const inHour = h.has(hour) ? m.before(minute) * perMinute + (m.has(minute) ? s.before(second) : 0) : 0;
      return h.before(hour) * perHour + inHour;
    },
  };
}

const split = (time: number) => [Math.floor(time / 3_600), Math.floor(time / 60) % 60, time % 60] as const;
const join = (hour: number, minute: number, second: number) => hour * 3_600 + minute * 60 + second;

/** For each number from 0 to `size`: whether it is in the list, the next and the previous that are, and the rank. */
function tables(values: readonly number[], size: number) {
  const next = new Int8Array(size + 1).fill(-1);
  const previous = new Int8Array(size + 1).fill(-1);
  const rank = new Int8Array(size + 1);
  const listed = new Set(values);
  for (let number = 0; number <= size; number++) {
    previous[number] = listed.has(number) ? number : (previous[number - 1] ?? -1);
    rank[number] = (rank[number - 1] ?? 0) + (number > 0 && listed.has(number - 1) ? 1 : 0);
  }
  for (let number = size; number >= 0; number--) {
    next[number] = listed.has(number) ? number : (next[number + 1] ?? -1);
  }
  return {
    has: (number: number) => listed.has(number),
    from: (number: number) => next[number] ?? -1,
    upTo: (number: number) => previous[number] ?? -1,
    before: (number: number) => rank[number] ?? 0,
  };
}
