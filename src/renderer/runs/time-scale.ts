export interface Span {
  from: number;
  to: number;
  /** It only waits: for its turn, for a person, for a clock. */
  idle: boolean;
}

export interface TimeScale {
  /** Epoch ms → 0 (begin) to 1 (end). Outside of the scale it is cut off. */
  place(at: number): number;
  /** Stretches that are drawn shorter than they were, as parts of the whole. */
  folds: { from: number; to: number; ms: number }[];
  /** 0 to 1 → epoch ms. */
  timeAt(part: number): number;
}

/** A stretch in which nothing worked takes at most this part of the time in which something did. */
const longestIdlePart = 0.12;

/**
 * Lays out the time of a run. Where something works it is linear; a stretch in which everything waits (a person who
 * answers the next morning) is folded, so that the work stays visible.
 */
export function timeScale(spans: readonly Span[]): TimeScale {
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const busy = busyBetween(spans, edges);
  const lengths = edges.slice(1).map((edge, index) => edge - (edges[index] ?? edge));
  const worked = lengths.reduce((sum, length, index) => sum + (busy[index] ? length : 0), 0);
  const longestIdle = Math.max(1, worked * longestIdlePart);
  const weights = lengths.map((length, index) => (busy[index] ? length : Math.min(length, longestIdle)));
  const whole = Math.max(
    1e-9,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  const starts: number[] = [0];
  for (const weight of weights) starts.push((starts.at(-1) ?? 0) + weight / whole);

  const place = (at: number) => {
    const index = lastAtOrBefore(edges, at);
    if (index < 0) return 0;
    const from = starts[index] ?? 1;
    const length = lengths[index] ?? 0;
    if (length === 0) return Math.min(1, from);
    return Math.min(1, from + ((at - (edges[index] ?? at)) / length) * ((starts[index + 1] ?? 1) - from));
  };
  const timeAt = (part: number) => {
    const index = Math.min(Math.max(0, lastAtOrBefore(starts, part)), Math.max(0, lengths.length - 1));
    const from = starts[index] ?? 0;
    const width = (starts[index + 1] ?? 1) - from;
    return (edges[index] ?? 0) + (width > 0 ? ((part - from) / width) * (lengths[index] ?? 0) : 0);
  };
  const folds = lengths.flatMap((ms, index) =>
    !busy[index] && ms > longestIdle ? [{ from: starts[index] ?? 0, to: starts[index + 1] ?? 1, ms }] : [],
  );
  return { place, timeAt, folds };
}

/** For each stretch between two edges: whether anything worked in it. One sweep over all spans. */
function busyBetween(spans: readonly Span[], edges: readonly number[]): boolean[] {
  const change = new Map<number, number>();
  for (const { from, to, idle } of spans) {
    if (idle) continue;
    change.set(from, (change.get(from) ?? 0) + 1);
    change.set(to, (change.get(to) ?? 0) - 1);
  }
  let working = 0;
  return edges.slice(0, -1).map((edge) => (working += change.get(edge) ?? 0) > 0);
}

function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** Round steps for the axis: so many marks that they do not touch. */
export function ticks(scale: TimeScale, from: number, to: number, count: number): { part: number; at: number }[] {
  return Array.from({ length: count + 1 }, (_, index) => {
    const part = from + ((to - from) * index) / count;
    return { part, at: scale.timeAt(part) };
  });
}
