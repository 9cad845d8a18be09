import { type Duplex, duplexPair } from 'node:stream';
import { Lines } from '../../src/main/cluster/pairing/lines.ts';
import type { Clock } from '../../src/main/lib/clock.ts';

/** Two ends of a line in memory, for what is said in a pairing. */
export function joinedLines(clock: Clock): { near: Lines; far: Lines; ends: [Duplex, Duplex] } {
  const ends = duplexPair() as [Duplex, Duplex];
  return { near: new Lines(ends[0], clock), far: new Lines(ends[1], clock), ends };
}
