import type { EntryKind, JournalEntry, NewEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';

/** What is written in one atomic step: all of it or nothing. */
export interface Batch {
  process: string;
  /** Names the change in logs and fault tests, as verb-noun: `settle-run`. */
  commit: string;
  entries: NewEntry[];
  /** The number that the writer knows as the newest; where another came, somebody else writes too, and it is refused. */
  after?: number;
  /** When it happened (epoch ms), for a past that is brought from elsewhere; left out: now. */
  at?: number;
  /** Which ownership of the process writes; 0 outside a cluster. A store that knows a higher one refuses. */
  epoch?: number;
}

/** A batch that has its numbers. Nobody outside may hear of it before `durable` has resolved. */
export interface Appended {
  readonly entries: readonly JournalEntry[];
  /**
   * @throws RuntimeError `DISK_FULL`, `STALE_EPOCH`, `JOURNAL_KEY_TAKEN` (where a store cannot tell at once), `INTERNAL`:
   * then nothing of the batch was kept.
   */
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
 *   J6. When a batch fails, so does every later one of its process that was appended before the failure was known; then
 *       the stream must be opened again before the next append.
 *   J7. Epochs of a process never go back: a batch of a lower one than is known is refused.
 */
export interface Journal {
  readonly kind: 'memory' | 'jsonl' | 'sqlite' | 'postgres';
  /** Makes a stream ready for `append`, and says where it ends. */
  open(process: string): Promise<Head>;
  /**
   * Numbers the batch at once, writes it at the end of this turn. The stream must have been opened.
   * @throws RuntimeError `JOURNAL_KEY_TAKEN` for a key that was appended before, `JOURNAL_SHARED` where the stream goes on
   * beyond `after`, `STALE_EPOCH` where a higher epoch is known, `JOURNAL_CLOSED`; then nothing changed.
   */
  append(batch: Batch): Appended;
  read(process: string, range?: ReadRange): Promise<JournalEntry[]>;
  /** The number of the entry that was appended with `key`, of durable and of just appended ones. */
  find(process: string, key: string): Promise<number | undefined>;
  lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined>;
  /**
   * Refuses everything of an earlier ownership from now on, also after a restart: whoever takes a process over says so
   * before its first append. What was appended before is made durable first. Asking twice is as good as once.
   * @throws RuntimeError `STALE_EPOCH` where a higher epoch is known already.
   */
  fence(process: string, epoch: number): Promise<void>;
  /** The highest epoch that is known of a process: by an entry or by a fence. 0 where neither is. */
  epochOf(process: string): Promise<number>;
  /** The names of all streams that have an entry. */
  processes(): Promise<string[]>;
  /** The newest entry that was trimmed: what the first kept one is linked to. Number 0 where nothing was. */
  base(process: string): Promise<Head>;
  /**
   * Drops the entries up to and including `upTo`, and says how many. Keys stay (J4).
   * @throws RuntimeError `REQUEST_INVALID` unless a checkpoint comes after `upTo`: state would be lost.
   */
  trim(process: string, upTo: number): Promise<number>;
  /** Erases the bodies of single entries, which keep their number and hash (J5). What they brought is lost to replay. */
  erase(process: string, seqs: readonly number[]): Promise<void>;
  /** Calls back with entries once they are durable, in order. Returns what undoes it. */
  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void;
  /**
   * Reads all that is stored and says what is damaged, one sentence each: pages, checksums, keys. The links between
   * entries are for `verifyChain`. Takes as long as reading all files does.
   */
  check(): Promise<string[]>;
  /** Refuses what comes later, makes durable what came before. */
  close(): Promise<void>;
}

/** @throws RuntimeError `REQUEST_INVALID` unless the entries up to `upTo` lie before a checkpoint. */
export function assertTrimmable(process: string, upTo: number, checkpointSeq: number): void {
  if (checkpointSeq > upTo) return;
  throw new RuntimeError(
    'REQUEST_INVALID',
    checkpointSeq === 0
      ? `The journal of "${process}" has no checkpoint yet, so nothing of it can be trimmed.`
      : `The journal of "${process}" can be trimmed up to entry ${checkpointSeq - 1}, not ${upTo}: state would be lost.`,
    { process, upTo, checkpointSeq },
  );
}

/** What a store says to one whose ownership is over. */
export function staleEpoch(process: string, epoch: number, known: number): RuntimeError {
  return new RuntimeError(
    'STALE_EPOCH',
    `Ownership ${epoch} of "${process}" is over: the journal knows ${known}, and takes no lower one.`,
    { process, epoch, known },
  );
}

/** The body that stands where an erased one was: the hash of what it was keeps the chain whole. */
export function erasedBody(hash: string): string {
  return JSON.stringify({ erased: true, hash });
}

/** @throws RuntimeError `JOURNAL_CLOSED` */
export function assertOpen(isOpen: boolean): void {
  if (!isOpen) throw new RuntimeError('JOURNAL_CLOSED', 'The journal has been closed.');
}
