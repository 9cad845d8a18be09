import { sha256 } from '../../lib/hash.ts';
import { erasedBody } from '../journal.ts';
import type { JsonlFiles } from './files.ts';
import { type BatchHead, type JournalLine, noteText } from './line.ts';
import { type Fate, type Moves, rewriteSegment, withBodies } from './rewrite.ts';
import { damagedLines } from './scan.ts';
import type { FoundLine, Segment, SegmentDisk } from './segment.ts';
import type { StreamIndex } from './stream-index.ts';

const linesAtOnce = 2_000;

/** Gives back the room of segments of which half is dropped lines. */
export async function compact(files: JsonlFiles, disk: SegmentDisk): Promise<void> {
  for (const segment of [...files.segments]) {
    if (segment.liveBytes * 2 >= segment.length) continue;
    if (segment === files.last) continue;
    await rewrite(files, disk, segment, (line) => fateOf(files, line));
  }
}

/** Puts the hash of a body in its place, in the files themselves. */
export async function eraseBodies(
  files: JsonlFiles,
  disk: SegmentDisk,
  stream: StreamIndex,
  seqs: ReadonlySet<number>,
): Promise<void> {
  const touched = new Set<number>();
  for (const seq of seqs) {
    if (seq > stream.base.seq && seq <= stream.head.seq) touched.add(stream.place(stream.lineOf(seq)).segment);
  }
  if (touched.has(files.last.number)) files.addSegment();
  for (const number of touched) {
    await rewrite(files, disk, files.segments[number - 1] as Segment, (line, found) => {
      const fate = fateOf(files, line);
      if (fate !== 'keep' || line.process !== stream.process || !('entries' in line)) return fate;
      return eraseIn(found, line, seqs);
    });
  }
}

/** Reads everything again. */
export async function damageIn(files: JsonlFiles): Promise<string[]> {
  const problems: string[] = [];
  let count = 0;
  for (const segment of files.segments) {
    for (const problem of damagedLines(segment)) {
      if (problem !== undefined) problems.push(problem);
      if (++count % linesAtOnce === 0) await new Promise(setImmediate);
    }
  }
  return problems;
}

function rewrite(
  files: JsonlFiles,
  disk: SegmentDisk,
  segment: Segment,
  fate: (line: JournalLine, found: FoundLine) => Fate,
): Promise<void> {
  const liveBefore = segment.liveBytes;
  return rewriteSegment(segment, disk, fate, (moves: Moves) => {
    for (const stream of files.streams.values()) stream.move(segment.number, moves);
    // All that was copied is alive, but for what was dropped meanwhile.
    segment.liveBytes = Math.max(0, segment.length - (liveBefore - segment.liveBytes));
  });
}

function fateOf(files: JsonlFiles, line: JournalLine): Fate {
  const stream = files.streams.get(line.process) as StreamIndex;
  if ('keys' in line) return 'keep';
  if ('trimmed' in line) return line.trimmed.seq === stream.base.seq ? 'keep' : 'drop';
  if (line.first + line.entries.length - 1 > stream.base.seq) return 'keep';
  const keys = keysOf(line);
  return keys.length === 0 ? 'drop' : { text: noteText({ process: line.process, keys }) };
}

function keysOf({ first, entries }: BatchHead): [string, number][] {
  return entries.flatMap(({ key }, index): [string, number][] => (key === undefined ? [] : [[key, first + index]]));
}

function eraseIn(found: FoundLine, { first, entries }: BatchHead, seqs: ReadonlySet<number>): Fate {
  if (!entries.some((_, index) => seqs.has(first + index))) return 'keep';
  const text = withBodies(found, (seq, body) => {
    if (!seqs.has(seq) || 'erased' in (body as object)) return undefined;
    return erasedBody(sha256(JSON.stringify(body)));
  });
  return text === undefined ? 'keep' : { text };
}
