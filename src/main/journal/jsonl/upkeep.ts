import { sha256 } from '../../lib/hash.ts';
import type { StoredEntry } from '../chain.ts';
import { erasedBody } from '../journal.ts';
import type { EntryReader } from './entry-reader.ts';
import type { JsonlFiles } from './files.ts';
import { type BatchHead, type BatchLine, type BatchText, type JournalLine, noteText } from './line.ts';
import { type Fate, type Moves, rewriteSegment } from './rewrite.ts';
import { damagedLines } from './scan.ts';
import type { FoundLine, Segment, SegmentDisk } from './segment.ts';
import type { StreamIndex } from './stream-index.ts';

const linesAtOnce = 2_000;
const linesToErase = 500;

/** Gives back the room of segments of which half is dropped lines. */
export async function compact(files: JsonlFiles, disk: SegmentDisk): Promise<void> {
  for (const segment of [...files.segments]) {
    if (segment.liveBytes * 2 >= segment.length) continue;
    if (segment === files.last) continue;
    await rewrite(files, disk, segment, (line, { offset }) => fateOf(files, line, segment.number, offset));
  }
}

/** Puts the hashes of bodies in their place, in the files themselves, and gives way to others between pieces. */
export async function eraseBodies(
  files: JsonlFiles,
  reader: EntryReader,
  stream: StreamIndex,
  seqs: readonly number[],
): Promise<void> {
  const kept = new Set(seqs.filter((seq) => seq > stream.base.seq && seq <= stream.head.seq));
  const firsts = [...new Set([...kept].map((seq) => stream.place(stream.lineOf(seq)).first))].sort((a, b) => a - b);
  for (let from = 0; from < firsts.length; from += linesToErase) {
    const changed: { line: number; batch: BatchText }[] = [];
    for (const first of firsts.slice(from, from + linesToErase)) {
      const line = stream.lineOf(first);
      // It may have been trimmed meanwhile.
      if (first + stream.place(line).count - 1 <= stream.base.seq) continue;
      const batch = withoutBodies(reader.batch(stream, stream.place(line)), kept);
      if (batch) changed.push({ line, batch });
    }
    if (changed.length > 0) files.rewriteLines(stream, changed);
    await new Promise(setImmediate);
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

function fateOf(files: JsonlFiles, line: JournalLine, segment: number, offset: number): Fate {
  const stream = files.streams.get(line.process) as StreamIndex;
  if ('keys' in line) return 'keep';
  if ('fence' in line) return line.fence === stream.epoch ? 'keep' : 'drop';
  if ('trimmed' in line) return line.trimmed.seq === stream.base.seq ? 'keep' : 'drop';
  if (line.first + line.entries.length - 1 > stream.base.seq)
    return stream.isAt(line.first, segment, offset) ? 'keep' : 'drop';
  const keys = keysOf(line);
  return keys.length === 0 ? 'drop' : { text: noteText({ process: line.process, keys }) };
}

function keysOf({ first, entries }: BatchHead): [string, number][] {
  return entries.flatMap(({ key }, index): [string, number][] => (key === undefined ? [] : [[key, first + index]]));
}

function withoutBodies(batch: BatchLine, seqs: ReadonlySet<number>): BatchText | undefined {
  const { process, first, at, commit, epoch, bodies } = batch;
  let isChanged = false;
  const entries = batch.entries.map((head, index): StoredEntry => {
    let body = JSON.stringify(bodies[index]);
    if (seqs.has(first + index) && !('erased' in (bodies[index] as object))) {
      body = erasedBody(sha256(body));
      isChanged = true;
    }
    return {
      ...(head as Pick<StoredEntry, 'kind' | 'hash' | 'key'>),
      process,
      seq: first + index,
      at,
      commit,
      epoch,
      body,
    };
  });
  return isChanged ? { process, commit, epoch, entries } : undefined;
}
