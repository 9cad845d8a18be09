import type { EntryKind, JournalEntry, NewEntry } from '../../shared/journal-entries.ts';

/** What is written in one atomic step: all of it or nothing. */
export interface Batch {
  process: string;
  /** Names the change in logs and fault tests, as verb-noun: `settle-run`. */
  commit: string;
  entries: NewEntry[];
  /** Which ownership of the process writes; 0 outside a cluster. A store that knows a higher one refuses. */
  epoch?: number;
}

/** A batch that has its numbers. Nobody outside may hear of it before `durable` has resolved. */
export interface Appended {
  readonly entries: readonly JournalEntry[];
  /** @throws RuntimeError `DISK_FULL`, `STALE_EPOCH`, `JOURNAL_CLOSED`, `INTERNAL`: then nothing of the batch was kept. */
  readonly durable: Promise<void>;
}

export interface Head {
  /** Number of the newest entry; 0 where there is none. */
  seq: number;
  hash: string;
}

export interface ReadRange {
  /** Entries with a higher number; with order `desc`, a lower one. */
  after?: number;
  kinds?: readonly EntryKind[];
  order?: 'asc' | 'desc';
  limit?: number;
}

/**
 * What happened, for ever. Every process is one stream of entries.
 *
 * Invariants:
 *   J1. Entries of a process are numbered from 1 without holes, in the order in which they were appended.
 *   J2. A batch is kept whole or not at all, also through a crash.
 *   J3. What was appended in one turn of the event loop becomes durable together, in the order it was appended: when a
 *       batch is durable, so is everything appended before it.
 *   J4. A key is kept once per process, for ever, also when the entry that brought it has been trimmed.
 *   J5. Each entry's hash covers the one before, what it is and the hash of its body; a body can be erased without
 *       breaking the chain.
 *   J6. When a batch fails, so does every later one of its process that was appended before the failure was known.
 */
export interface Journal {
  readonly kind: 'memory' | 'jsonl' | 'sqlite' | 'postgres';
  /** Makes a stream ready for `append`, and says where it ends. */
  open(process: string): Promise<Head>;
  /** Numbers the batch at once, writes it at the end of this turn. The stream must have been opened. */
  append(batch: Batch): Appended;
  read(process: string, range?: ReadRange): Promise<JournalEntry[]>;
  /** The number of the entry that was appended with `key`, of durable and of just appended ones. */
  find(process: string, key: string): Promise<number | undefined>;
  lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined>;
  /** The names of all streams that have an entry. */
  processes(): Promise<string[]>;
  /** Drops the entries up to and including `upTo`, which must lie before a checkpoint. Keys stay (J4). */
  trim(process: string, upTo: number): Promise<number>;
  /** Erases the bodies of single entries, which keep their number and hash (J5). */
  erase(process: string, seqs: readonly number[]): Promise<void>;
  /** Calls back with entries once they are durable, in order. Returns what undoes it. */
  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void;
  close(): Promise<void>;
}

/** The body that stands where an erased one was: the hash of what it was keeps the chain whole. */
export function erasedBody(hash: string): string {
  return JSON.stringify({ erased: true, hash });
}
