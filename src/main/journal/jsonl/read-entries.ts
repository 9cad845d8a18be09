import { RuntimeError } from '../../../shared/errors.ts';
import type { JournalEntry } from '../../../shared/journal-entries.ts';
import { type BatchLine, type EntryHead, isSound, parseBatch } from './line.ts';
import type { Segment } from './segment.ts';
import type { Place, StreamIndex } from './stream-index.ts';

/** Lines this close together are read at once, with what lies between. */
const maxGapBytes = 16 << 10;
const maxReadBytes = 4 << 20;

/**
 * The entries with these numbers, which all are kept and stand in ascending order.
 * @throws RuntimeError `JOURNAL_CORRUPT` when a line is not as it was written.
 */
export function readEntries(
  stream: StreamIndex,
  segments: readonly Segment[],
  seqs: readonly number[],
): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let bytes = Buffer.allocUnsafe(0);
  let next = 0;
  for (let line = stream.lineOf(seqs[0] ?? 0); next < seqs.length; line++) {
    const piece: Place[] = [];
    line = collect(stream, seqs, next, line, piece);
    const { segment, offset } = piece[0] as Place;
    const last = piece.at(-1) as Place;
    const length = last.offset + last.length - offset;
    if (bytes.length < length) bytes = Buffer.allocUnsafe(length);
    (segments[segment - 1] as Segment).read(bytes, length, offset);
    for (const place of piece) {
      const start = place.offset - offset;
      const batch = batchAt(bytes, start, place, stream.process, segments);
      const end = place.first + place.count;
      for (; next < seqs.length && (seqs[next] as number) < end; next++) {
        entries.push(entryOf(batch, (seqs[next] as number) - place.first));
      }
    }
  }
  return entries;
}

/** Gathers the places of lines that are wanted and lie close together. Returns the last line that was taken. */
function collect(
  stream: StreamIndex,
  seqs: readonly number[],
  from: number,
  startLine: number,
  piece: Place[],
): number {
  let line = startLine;
  let taken = startLine;
  for (let next = from; next < seqs.length; line++) {
    let place = stream.place(line);
    const seq = seqs[next] as number;
    if (seq >= place.first + place.count) {
      line = stream.lineOf(seq);
      place = stream.place(line);
    }
    const [first] = piece;
    const last = piece.at(-1);
    if (first && last) {
      const isNear = place.segment === first.segment && place.offset - last.offset - last.length <= maxGapBytes;
      if (!isNear || place.offset + place.length - first.offset > maxReadBytes) return taken;
    }
    piece.push(place);
    taken = line;
    while (next < seqs.length && (seqs[next] as number) < place.first + place.count) next++;
  }
  return taken;
}

function batchAt(bytes: Buffer, start: number, place: Place, process: string, segments: readonly Segment[]): BatchLine {
  const end = start + place.length;
  if (isSound(bytes, start, end)) {
    const batch = parseBatch(bytes, start, end);
    if (batch.process === process && batch.first === place.first && batch.bodies.length === place.count) return batch;
  }
  const { name } = segments[place.segment - 1] as Segment;
  throw new RuntimeError(
    'JOURNAL_CORRUPT',
    `${name} is damaged at byte ${place.offset}: entry ${place.first} of "${process}" is not as it was written.`,
    {
      process,
      seq: place.first,
      segment: name,
      byte: place.offset,
    },
  );
}

function entryOf(batch: BatchLine, index: number): JournalEntry {
  const { process, first, at, commit, epoch } = batch;
  const { kind, hash } = batch.entries[index] as EntryHead;
  return { process, seq: first + index, at, kind, body: batch.bodies[index], commit, epoch, hash } as JournalEntry;
}
