import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';
import { syncFolder } from '../../store/sync-folder.ts';
import { firstHash } from '../chain.ts';
import type { NumberedBatch, StreamHead } from '../group-commit.ts';
import type { Head } from '../journal.ts';
import {
  type BatchHead,
  type BatchText,
  batchText,
  type EntryHead,
  type JournalLine,
  type NoteLine,
  newline,
  noteText,
  sealLine,
  space,
} from './line.ts';
import { rewriteSuffix } from './rewrite.ts';
import { scanSegment, type TornTail } from './scan.ts';
import { type FoundLine, Segment, type SegmentDisk, writeError } from './segment.ts';
import { type Place, StreamIndex } from './stream-index.ts';

export interface FilesOptions {
  /** A file this long is followed by the next one. */
  segmentBytes: number;
  disk: SegmentDisk;
}

const nowhere: Head = { seq: 0, hash: firstHash };
const segmentName = /^journal-(\d{6,})\.jsonl$/;
const maxRoomBytes = 256 << 10;
const maxIdleBytes = 8 << 20;

type Spot = Pick<Place, 'segment' | 'offset' | 'length'>;

/** The files of a JSONL journal, and where in them each process's entries are. */
export class JsonlFiles {
  readonly segments: Segment[] = [];
  readonly streams = new Map<string, StreamIndex>();
  tornTail: TornTail | undefined;
  readonly #folder: string;
  readonly #options: FilesOptions;
  /** Small numbers for kinds, of which the index keeps one for each entry. */
  readonly #kindCodes = new Map<string, number>();
  #bytes: Buffer = Buffer.allocUnsafe(64 << 10);
  #filled = 0;
  /** What a crash kept from being overwritten. */
  #stale: Spot[] = [];

  constructor(folder: string, options: FilesOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** The segment that grows. */
  get last(): Segment {
    return this.segments.at(-1) as Segment;
  }

  /** Finds out what is there. @throws RuntimeError `JOURNAL_CORRUPT` */
  async load(): Promise<void> {
    const numbers = this.#segmentNumbers();
    for (const [index, number] of numbers.entries()) {
      if (number !== index + 1) {
        const name = segmentFile(index + 1);
        throw new RuntimeError('JOURNAL_CORRUPT', `${name} is missing in ${this.#folder}.`, {
          segment: name,
          folder: this.#folder,
        });
      }
      const segment = this.#openSegment(number);
      this.tornTail = scanSegment(segment, number === numbers.length, (line, found) =>
        this.#learn(segment, line, found),
      );
      // Between files, so that a long journal does not keep everything else waiting.
      await new Promise(setImmediate);
    }
    for (const stream of this.streams.values()) this.#settle(stream);
    this.#blankAll(this.#stale);
    if (numbers.length === 0) this.addSegment();
    else if (this.tornTail) this.last.cutBack();
    else this.last.seal();
  }

  /** Writes a line for each batch and makes all durable with one sync. */
  write(batches: readonly NumberedBatch[]): void {
    this.rotateWhenFull();
    const { last } = this;
    const lengths: number[] = [];
    this.#filled = 0;
    for (const batch of batches) {
      lengths.push(batch.entries.length === 0 ? 0 : this.#addLine(batchText(batch, last.length)));
    }
    let offset = last.length;
    last.append(this.#bytes, this.#filled);
    for (const [index, batch] of batches.entries()) {
      const length = lengths[index] as number;
      if (length === 0) continue;
      this.#note(last, batch.process, (batch.entries[0] as { seq: number }).seq, batch.entries, offset, length);
      this.#streamOf(batch.process).epoch = batch.epoch;
      offset += length + 1;
    }
    if (this.#bytes.length > maxIdleBytes) this.#bytes = Buffer.allocUnsafe(64 << 10);
  }

  headOf(process: string): StreamHead {
    const { head = nowhere, epoch = 0 } = this.streams.get(process) ?? {};
    return { ...head, epoch };
  }

  fence(process: string, epoch: number): void {
    const stream = this.#streamOf(process);
    if (epoch <= stream.epoch) return;
    this.writeNote({ process, fence: epoch });
    stream.epoch = epoch;
  }

  writeNote(note: NoteLine): void {
    this.rotateWhenFull();
    this.#filled = 0;
    const length = this.#addLine(noteText(note));
    this.last.append(this.#bytes, this.#filled);
    this.last.liveBytes += length + 1;
  }

  /** Writes lines of a process anew, with other bodies, and overwrites them where they stood. */
  rewriteLines(stream: StreamIndex, changed: readonly { line: number; batch: BatchText }[]): void {
    this.rotateWhenFull();
    const { last } = this;
    this.#filled = 0;
    const lengths = changed.map(({ batch }) => this.#addLine(batchText(batch, last.length, true)));
    let offset = last.length;
    last.append(this.#bytes, this.#filled);
    const old: Spot[] = [];
    for (const [index, { line }] of changed.entries()) {
      const length = lengths[index] as number;
      const place = stream.place(line);
      old.push(place);
      this.#drop(place);
      stream.put(line, last.number, offset, length);
      last.liveBytes += length + 1;
      offset += length + 1;
    }
    this.#blankAll(old);
  }

  /** Drops what stands up to `base` from the index. */
  forget(stream: StreamIndex, base: Head): void {
    stream.trim(base, (place) => this.#drop(place));
  }

  kindCodesOf(kinds: readonly string[]): Set<number> {
    return new Set(kinds.flatMap((kind) => this.#kindCodes.get(kind) ?? []));
  }

  rotateWhenFull(): void {
    if (this.last.length >= this.#options.segmentBytes) this.addSegment();
  }

  /** Begins the next segment. */
  addSegment(): void {
    const segment = this.#openSegment(this.segments.length + 1);
    try {
      syncFolder(this.#folder);
    } catch (thrown) {
      this.segments.pop();
      segment.close();
      throw writeError(thrown, segment.path);
    }
    this.segments.at(-2)?.seal();
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  #segmentNumbers(): number[] {
    const numbers: number[] = [];
    for (const name of readdirSync(this.#folder)) {
      // A rewrite that a crash ended; the file it was to replace is whole.
      if (name.endsWith(rewriteSuffix)) rmSync(join(this.#folder, name), { force: true });
      const number = segmentName.exec(name)?.[1];
      if (number !== undefined) numbers.push(Number(number));
    }
    return numbers.sort((a, b) => a - b);
  }

  #openSegment(number: number): Segment {
    const { disk, segmentBytes } = this.#options;
    const segment = new Segment(
      join(this.#folder, segmentFile(number)),
      number,
      disk,
      Math.min(maxRoomBytes, segmentBytes),
    );
    this.segments.push(segment);
    return segment;
  }

  /** Puts a line at the end of what is to be written next. Returns its length. */
  #addLine(text: string): number {
    const most = text.length * 3 + 1;
    if (this.#bytes.length - this.#filled < most) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#filled + most));
      this.#bytes.copy(larger, 0, 0, this.#filled);
      this.#bytes = larger;
    }
    const start = this.#filled;
    const length = this.#bytes.write(text, start);
    sealLine(this.#bytes, start, start + length);
    this.#bytes[start + length] = newline;
    this.#filled += length + 1;
    return length;
  }

  #learn(segment: Segment, line: JournalLine | 'blank', { bytes, offset, start, end }: FoundLine): void {
    const length = end - start;
    if (line === 'blank') {
      if (bytes.subarray(start, end).some((byte) => byte !== space))
        this.#stale.push({ segment: segment.number, offset, length });
      return;
    }
    const stream = this.#streamOf(line.process);
    if ('epoch' in line) stream.epoch = Math.max(stream.epoch, line.epoch);
    if ('trimmed' in line) {
      if (line.trimmed.seq > stream.base.seq) this.forget(stream, line.trimmed);
      if (stream.head.seq < stream.base.seq) stream.head = stream.base;
      segment.liveBytes += length + 1;
    } else if ('keys' in line) {
      for (const [key, seq] of line.keys) stream.keys.set(key, seq);
      segment.liveBytes += length + 1;
    } else if ('fence' in line) {
      stream.epoch = Math.max(stream.epoch, line.fence);
      segment.liveBytes += length + 1;
    } else if (line.rewritten) {
      this.#noteRewritten(segment, stream, line, { segment: segment.number, offset, length });
    } else {
      this.#note(segment, line.process, line.first, line.entries, offset, length);
    }
  }

  #noteRewritten(segment: Segment, stream: StreamIndex, { first, entries }: BatchHead, spot: Spot): void {
    const kinds = this.#learnEntries(stream, first, entries);
    const earlier = stream.addRewritten({ first, count: kinds.length, ...spot }, kinds);
    segment.liveBytes += spot.length + 1;
    if (!earlier) return;
    this.#stale.push(earlier);
    this.#drop(earlier);
  }

  /** Takes a line that is on the disk into the index. */
  #note(
    segment: Segment,
    process: string,
    first: number,
    entries: readonly EntryHead[],
    offset: number,
    length: number,
  ): void {
    const stream = this.#streamOf(process);
    const kinds = this.#learnEntries(stream, first, entries);
    if (first + kinds.length - 1 <= stream.base.seq) return;
    stream.add(first, segment.number, offset, length, kinds);
    segment.liveBytes += length + 1;
  }

  /** Notes what a line adds to its process, but for its place. Returns the codes of its kinds. */
  #learnEntries(stream: StreamIndex, first: number, entries: readonly EntryHead[]): number[] {
    const kinds: number[] = [];
    for (const [index, { kind, key }] of entries.entries()) {
      if (key !== undefined) stream.keys.set(key, first + index);
      kinds.push(this.#kindCode(kind));
      if (kind === 'checkpoint') stream.checkpointSeq = Math.max(stream.checkpointSeq, first + index);
    }
    const seq = first + entries.length - 1;
    if (seq > stream.head.seq) stream.head = { seq, hash: (entries.at(-1) as EntryHead).hash };
    return kinds;
  }

  #drop({ segment, length }: Spot): void {
    (this.segments[segment - 1] as Segment).liveBytes -= length + 1;
  }

  #streamOf(process: string): StreamIndex {
    let stream = this.streams.get(process);
    if (!stream) this.streams.set(process, (stream = new StreamIndex(process, nowhere)));
    return stream;
  }

  #kindCode(kind: string): number {
    let code = this.#kindCodes.get(kind);
    if (code === undefined) this.#kindCodes.set(kind, (code = this.#kindCodes.size));
    return code;
  }

  #settle(stream: StreamIndex): void {
    for (const place of stream.settle()) this.#drop(place);
    const seq = stream.firstMissing();
    if (seq === undefined) return;
    const { process } = stream;
    throw new RuntimeError('JOURNAL_CORRUPT', `Entry ${seq} of "${process}" is missing in ${this.#folder}.`, {
      process,
      seq,
    });
  }

  #blankAll(spots: readonly Spot[]): void {
    for (const [number, places] of Map.groupBy(spots, ({ segment }) => segment)) {
      (this.segments[number - 1] as Segment).blank(places);
    }
  }
}

function segmentFile(number: number): string {
  return `journal-${String(number).padStart(6, '0')}.jsonl`;
}
