import { editDistance } from '../../../shared/casing.ts';
import { RuntimeError } from '../../../shared/errors.ts';

/**
 * A stretch of time in which a zone keeps one offset. All in whole seconds; "local" means epoch seconds as if the
 * zone's clock were UTC.
 */
export interface Span {
  start: number;
  /** The first second after it. */
  end: number;
  /** local = UTC + offset */
  offset: number;
  /** Local times from here to the local start were skipped by the change that began this span; equal when none were. */
  skippedFrom: number;
  /** Local times before this have been on the clock already; the local start when none have. */
  repeatedUntil: number;
}

const daySeconds = 86_400;
/** Long enough to be computed rarely, short enough to be computed quickly (33 looks of about 1 µs each). */
const chunkSeconds = 32 * daySeconds;

/** The span a second lies in. Spans also end where nothing changes: they are computed in chunks. */
export type ZoneSpans = (second: number) => Span;

/** Zones that have been looked up, for all schedules of a node: a look-up costs a formatter of tens of kilobytes. */
export class Zones {
  readonly #known = new Map<string, ZoneSpans>();

  /** @throws RuntimeError `TZ_UNKNOWN` */
  spans(zone: string): ZoneSpans {
    let spans = this.#known.get(zone);
    if (!spans) this.#known.set(zone, (spans = zoneSpans(zone)));
    return spans;
  }
}

function zoneSpans(zone: string): ZoneSpans {
  checkZone(zone);
  if (/^(Etc\/)?(UTC|GMT)$/i.test(zone)) return () => always;
  const chunks = new Map<number, Span[]>();
  return (second) => {
    const index = Math.floor(second / chunkSeconds);
    let spans = chunks.get(index);
    if (!spans) {
      // Two years of them: enough for what lies ahead, and for catching up.
      if (chunks.size >= 24) chunks.clear();
      chunks.set(index, (spans = chunk(zone, index * chunkSeconds)));
    }
    return spans.find((span) => second < span.end) as Span;
  };
}

const always: Span = {
  start: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
  offset: 0,
  skippedFrom: Number.NEGATIVE_INFINITY,
  repeatedUntil: Number.NEGATIVE_INFINITY,
};

function chunk(zone: string, start: number): Span[] {
  const offsetAt = offsets(zone);
  // One day more to the left, as a repeated hour may reach into the chunk.
  const pieces = constantPieces(start - daySeconds, start + chunkSeconds, offsetAt);
  const spans: Span[] = [];
  let localEnd = Number.NEGATIVE_INFINITY;
  let seenUntil = Number.NEGATIVE_INFINITY;
  for (const piece of pieces) {
    const localStart = piece.start + piece.offset;
    const cut = Math.max(piece.start, start);
    if (piece.end > start) {
      spans.push({
        start: cut,
        end: piece.end,
        offset: piece.offset,
        skippedFrom: cut === piece.start ? Math.min(localStart, localEnd) : cut + piece.offset,
        repeatedUntil: Math.max(seenUntil, cut + piece.offset),
      });
    }
    localEnd = piece.end + piece.offset;
    seenUntil = Math.max(seenUntil, localEnd);
  }
  return spans;
}

function constantPieces(from: number, to: number, offsetAt: (second: number) => number) {
  const pieces: { start: number; end: number; offset: number }[] = [];
  let piece = { start: from, end: to, offset: offsetAt(from) };
  // No zone changes there and back within a day.
  for (let day = from; day < to; day += daySeconds) {
    const next = Math.min(day + daySeconds, to);
    const offset = offsetAt(next);
    if (offset === piece.offset) continue;
    let before = day;
    let after = next;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === piece.offset) before = middle;
      else after = middle;
    }
    pieces.push({ ...piece, end: after });
    piece = { start: after, end: to, offset };
  }
  return [...pieces, piece].filter(({ start, end }) => start < end);
}

function offsets(zone: string): (second: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (second) => {
    const text = format.format(second * 1_000);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
    const size = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
    return sign === '-' ? -size : size;
  };
}

/** @throws RuntimeError `TZ_UNKNOWN`, with the three nearest names. */
export function checkZone(zone: string): void {
  try {
    // An offset such as +02:00 is understood by Intl, but it is no zone: it has no summer.
    if (/^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en-US', { timeZone: zone })) return;
  } catch {
    // told below, with the names it may have meant
  }
  const nearest = nearestZones(zone);
  throw new RuntimeError(
    'TZ_UNKNOWN',
    `There is no time zone "${zone}"; the nearest names are ${nearest.join(', ')}.`,
    {
      zone,
      nearest,
    },
  );
}

function nearestZones(zone: string): string[] {
  const wanted = zone.slice(0, 60).toLowerCase();
  const distance = (name: string) => {
    const lower = name.toLowerCase();
    const city = lower.slice(lower.lastIndexOf('/') + 1);
    const wantedCity = wanted.slice(wanted.lastIndexOf('/') + 1);
    return Math.min(editDistance(wanted, lower), editDistance(wantedCity, city) + 1);
  };
  return ['UTC', ...Intl.supportedValuesOf('timeZone')]
    .map((name) => ({ name, distance: distance(name) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}
