/**
 * How far one has come with what a publisher told everyone: the number of the entry, and the ownership that wrote it.
 * A publisher that was taken over goes on at a lower number of a higher epoch, so the epoch counts first.
 */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

/** Positions by publisher: what somebody has, as a vector (Parker et al., "Detection of Mutual Inconsistency", 1983). */
export type Positions = ReadonlyMap<string, Position>;

export const nowhere: Position = { epoch: 0, seq: 0 };

/** Negative where `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

export function lowerOf(a: Position, b: Position): Position {
  return comparePositions(a, b) <= 0 ? a : b;
}

export function positionsToJson(positions: Positions): [string, number, number][] {
  return [...positions].map(([publisher, { epoch, seq }]) => [publisher, epoch, seq]);
}

/** Takes what another node said; what is not a position is left out. */
export function positionsFromJson(json: unknown): Map<string, Position> {
  const positions = new Map<string, Position>();
  if (!Array.isArray(json)) return positions;
  for (const [publisher, epoch, seq] of json as unknown[][]) {
    if (typeof publisher === 'string' && isCount(epoch) && isCount(seq)) positions.set(publisher, { epoch, seq });
  }
  return positions;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
