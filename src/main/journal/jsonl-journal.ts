import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { firstHash } from './chain.ts';
import type { KeyedJournal } from './grafting.ts';
import { GroupCommit } from './group-commit.ts';
import { type Appended, assertOpen, assertTrimmable, type Batch, type Head, type ReadRange } from './journal.ts';
import { copySegments } from './jsonl/copy.ts';
import { EntryReader } from './jsonl/entry-reader.ts';
import { JsonlFiles } from './jsonl/files.ts';
import type { TornTail } from './jsonl/scan.ts';
import { nodeDisk, type SegmentDisk } from './jsonl/segment.ts';
import { compact, damageIn, eraseBodies } from './jsonl/upkeep.ts';

export interface JsonlJournalOptions {
  clock?: Clock;
  /** A file this long is followed by the next one. Default: 64 MiB. */
  segmentBytes?: number;
  /** Told of what a start had to repair. */
  log?: (message: string, details: JsonObject) => void;
  disk?: SegmentDisk;
}

/**
 * The journal in text files that any tool can read: a line of JSON for each batch, of all processes, in the order in
 * which they were written. What is in memory is where each process's entries are, not the entries.
 *
 * Invariants:
 *   L1. A batch is one line, so a torn line loses a whole batch (J2); the lines of a group share one sync (J3).
 *   L2. Only the last segment grows. Others are rewritten beside and renamed over, to give back room, when half of them
 *       says nothing any more.
 *   L3. Trimmed entries are gone once a note about them is on the disk. Their keys stay, as notes (J4).
 *   L4. A line whose bodies are erased is written anew at the end; where it stood, it is overwritten.
 */
export class JsonlJournal implements KeyedJournal {
  readonly kind = 'jsonl';
  readonly #lock: FolderLock;
  readonly #files: JsonlFiles;
  readonly #reader: EntryReader;
  readonly #disk: SegmentDisk;
  readonly #group: GroupCommit;
  /** Rewrites come one after the other. */
  #upkeep: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(lock: FolderLock, files: JsonlFiles, disk: SegmentDisk, clock: Clock) {
    this.#lock = lock;
    this.#files = files;
    this.#reader = new EntryReader(files.segments);
    this.#disk = disk;
    this.#group = new GroupCommit(
      {
        write: (batches) => files.write(batches),
        head: (process) => files.headOf(process),
        fence: (process, epoch) => files.fence(process, epoch),
        findKey: (process, key) => files.streams.get(process)?.keys.get(key),
      },
      clock,
    );
  }

  /**
   * @throws RuntimeError `HOST_ALREADY_RUNNING` while another program has the folder, `JOURNAL_CORRUPT` for damage
   * (naming segment, line and byte), `DATA_DIR_UNSAFE` where it cannot be written.
   */
  static async open(folder: string, options: JsonlJournalOptions = {}): Promise<JsonlJournal> {
    const { clock = systemClock, segmentBytes = 64 << 20, disk = nodeDisk, log } = options;
    const lock = lockFolder(folder);
    const files = new JsonlFiles(folder, { segmentBytes, disk });
    try {
      await files.load();
    } catch (thrown) {
      files.close();
      lock.release();
      throw thrown;
    }
    const { tornTail } = files;
    if (tornTail) log?.('Cut off what a crash left half written at the end of the journal.', { folder, ...tornTail });
    return new JsonlJournal(lock, files, disk, clock);
  }

  /** What was cut off at the end of the last segment when the journal was opened. */
  get tornTail(): TornTail | undefined {
    return this.#files.tornTail;
  }

  open(process: string): Promise<Head> {
    return this.#group.open(process);
  }

  append(batch: Batch): Appended {
    return this.#group.append(batch);
  }

  async read(process: string, range: ReadRange = {}): Promise<JournalEntry[]> {
    assertOpen(!this.#isClosed);
    const stream = this.#files.streams.get(process);
    if (!stream) return [];
    const seqs = stream.select(range, range.kinds && this.#files.kindCodesOf(range.kinds));
    if (range.order !== 'desc') return this.#reader.read(stream, seqs);
    return this.#reader.read(stream, seqs.reverse()).reverse();
  }

  async find(process: string, key: string): Promise<number | undefined> {
    return this.#group.freshKey(process, key) ?? this.#files.streams.get(process)?.keys.get(key);
  }

  async lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined> {
    assertOpen(!this.#isClosed);
    const stream = this.#files.streams.get(process);
    if (!stream || stream.checkpointSeq === 0) return undefined;
    const [entry] = this.#reader.read(stream, [stream.checkpointSeq]);
    return entry as JournalEntry<'checkpoint'>;
  }

  async keys(process: string): Promise<[string, number][]> {
    return [...(this.#files.streams.get(process)?.keys ?? [])];
  }

  async processes(): Promise<string[]> {
    return [...this.#files.streams].flatMap(([name, { head }]) => (head.seq > 0 ? name : []));
  }

  fence(process: string, epoch: number): Promise<void> {
    return this.#group.fence(process, epoch);
  }

  epochOf(process: string): Promise<number> {
    return this.#group.epochOf(process);
  }

  async base(process: string): Promise<Head> {
    return { ...(this.#files.streams.get(process)?.base ?? nowhere) };
  }

  async trim(process: string, upTo: number): Promise<number> {
    await this.#group.settled();
    const stream = this.#files.streams.get(process);
    if (!stream || upTo <= stream.base.seq) return 0;
    assertTrimmable(process, upTo, stream.checkpointSeq);
    const [newest] = this.#reader.read(stream, [upTo]);
    const { seq, hash } = newest as JournalEntry;
    const trimmed = seq - stream.base.seq;
    this.#files.writeNote({ process, trimmed: { seq, hash } });
    this.#files.forget(stream, { seq, hash });
    await this.#inTurn(() => compact(this.#files, this.#disk));
    return trimmed;
  }

  async erase(process: string, seqs: readonly number[]): Promise<void> {
    await this.#group.settled();
    const stream = this.#files.streams.get(process);
    if (!stream) return;
    await this.#inTurn(async () => {
      await eraseBodies(this.#files, this.#reader, stream, seqs);
      await compact(this.#files, this.#disk);
    });
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    return this.#group.onDurable(listener);
  }

  check(): Promise<string[]> {
    return this.#inTurn(() => damageIn(this.#files));
  }

  /** Copies the files as they are at this moment into an empty folder, while others append. @throws RuntimeError `DISK_FULL`. */
  async copyTo(folder: string): Promise<void> {
    await this.#group.settled();
    await this.#inTurn(() => copySegments(this.#files, folder));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#group.close();
    await this.#upkeep;
    this.#isClosed = true;
    this.#files.close();
    this.#lock.release();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#upkeep.then(() => {
      assertOpen(!this.#isClosed);
      return work();
    });
    this.#upkeep = done.catch(() => {});
    return done;
  }
}

const nowhere: Head = { seq: 0, hash: firstHash };
