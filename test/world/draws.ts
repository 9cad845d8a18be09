/** Random choices that can be drawn again: the start is in the label, and `DRAWS=<start>` repeats a run. */
export interface Draws {
  readonly label: string;
  /** From `low` up to and including `high`. */
  int(low: number, high: number): number;
  one<T>(of: readonly T[]): T;
  chance(share: number): boolean;
  /** A cron expression of five fields. */
  cron(): string;
}

export function draws(start = Number(process.env['DRAWS'] ?? Math.floor(Math.random() * 2 ** 31))): Draws {
  // mulberry32, Tommy Ettinger, public domain
  let state = start;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const one = <T>(of: readonly T[]) => of[int(0, of.length - 1)] as T;
  const chance = (share: number) => next() < share;
  const field = (min: number, max: number, any: number) => {
    if (chance(any)) return chance(0.7) || min === 1 || max < 10 ? '*' : `*/${int(2, 20)}`;
    if (chance(0.4)) return String(int(min, max));
    const low = int(min, max);
    return chance(0.5) ? `${low}-${int(low, max)}` : `${int(min, max)},${int(min, max)},${int(min, max)}`;
  };
  return {
    label: `DRAWS=${start}`,
    int,
    one,
    chance,
    cron: () =>
      [
        field(0, 59, 0.4),
        chance(0.5) ? one(['0-3', '1', '2', '2,3', '23', '0', '*/2', '22-23']) : field(0, 23, 0.6),
        field(1, 31, 0.8),
        field(1, 12, 0.9),
        field(0, 6, 0.8),
      ].join(' '),
  };
}
