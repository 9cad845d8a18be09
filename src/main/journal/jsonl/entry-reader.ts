import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { type BatchLine, type EntryHead, parseBatch } from './line.ts';
import type { Segment } from './segment.ts';
import type { Place, StreamIndex } from './stream-index.ts';

/** Lines this close together are read at once, with what lies between. */
const maxGapBytes = 16 << 10;
const maxReadBytes = 1 << 20;

/** Reads entries from where the index says they are. */
export class EntryReader {
  readonly #segments: readonly Segment[];
  /** Kept from one read to the next: memory that was never touched costs more than the reading. */
  #bytes: Buffer = Buffer.allocUnsafe(maxReadBytes);

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  /**
   * The entries with these numbers, which all are kept and stand in ascending order.
   * @throws RuntimeError `JOURNAL_CORRUPT` when a line is not as it was written.
   */
  read(stream: StreamIndex, seqs: readonly number[]): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (let next = 0; next < seqs.length; ) {
      const places = placesFrom(stream, seqs, next);
      const { segment: number, offset } = places[0] as Place;
      const last = places.at(-1) as Place;
      const segment = this.#segments[number - 1] as Segment;
      const bytes = this.#load(segment, offset, last.offset + last.length - offset);
      for (const place of places) {
        const batch = batchAt(bytes, place.offset - offset, place, stream.process, segment);
        const end = place.first + place.count;
        for (let seq = seqs[next]; seq !== undefined && seq < end; seq = seqs[++next]) {
          entries.push(entryOf(batch, seq - place.first));
        }
      }
    }
    return entries;
  }

  /** The whole line that stands at a place. @throws RuntimeError `JOURNAL_CORRUPT` */
  batch(stream: StreamIndex, place: Place): BatchLine {
    const segment = this.#segments[place.segment - 1] as Segment;
    const bytes = this.#load(segment, place.offset, place.length);
    return batchAt(bytes, 0, place, stream.process, segment);
  }

  #load(segment: Segment, offset: number, length: number): Buffer {
    // Only a single line can be longer.
    const bytes = length > maxReadBytes ? Buffer.allocUnsafe(length) : this.#bytes;
    segment.read(bytes, length, offset);
    return bytes;
  }
}

/** Where the lines stand that hold the wanted entries, from the one at `next` on, as far as they lie close together. */
function placesFrom(stream: StreamIndex, seqs: readonly number[], next: number): Place[] {
  let line = stream.lineOf(seqs[next] as number);
  const first = stream.place(line);
  const places = [first];
  let last = first;
  for (let at = next + 1; at < seqs.length; at++) {
    const seq = seqs[at] as number;
    if (seq < last.first + last.count) continue;
    let place = stream.place(++line);
    if (seq >= place.first + place.count) {
      line = stream.lineOf(seq);
      place = stream.place(line);
    }
    const gap = place.offset - last.offset - last.length;
    // Before it stands a line whose neighbour was written anew.
    const isNear = place.segment === first.segment && gap > 0 && gap <= maxGapBytes;
    if (!isNear || place.offset + place.length - first.offset > maxReadBytes) break;
    places.push(place);
    last = place;
  }
  return places;
}

/** Checksums were looked at when the journal was opened, and are by `check`; here they would cost a fifth of a read. */
function batchAt(bytes: Buffer, start: number, place: Place, process: string, segment: Segment): BatchLine {
  let cause: unknown;
  try {
    const batch = parseBatch(bytes, start, start + place.length);
    if (batch.process === process && batch.first === place.first && batch.bodies.length === place.count) return batch;
  } catch (thrown) {
    cause = thrown;
  }
  const { name } = segment;
  throw new RuntimeError(
    'JOURNAL_CORRUPT',
    `${name} is damaged at byte ${place.offset}: entry ${place.first} of "${process}" is not as it was written.`,
    { process, seq: place.first, segment: name, byte: place.offset },
    { cause },
  );
}

function entryOf(batch: BatchLine, index: number): JournalEntry {
  const { process, first, at, commit, epoch } = batch;
  const { kind, hash } = batch.entries[index] as EntryHead;
  return { process, seq: first + index, at, kind, body: batch.bodies[index], commit, epoch, hash } as JournalEntry;
}
