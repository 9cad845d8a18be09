import { RuntimeError } from '../../shared/errors.ts';
import type { JournalEntry } from '../../shared/journal-entries.ts';
import type { Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import { type StoredEntry, linkHash } from './chain.ts';
import type { Appended, Batch, Head } from './journal.ts';

/** A batch with its numbers, as a store writes it. */
export interface NumberedBatch {
  readonly process: string;
  readonly commit: string;
  readonly epoch: number;
  readonly entries: readonly StoredEntry[];
  /** The same entries with their bodies as objects. */
  readonly shown: readonly JournalEntry[];
}

/** The part of a store that makes batches durable. */
export interface BatchWriter {
  /** Writes all batches in one durable step, in order, or throws and has written none. */
  write(batches: readonly NumberedBatch[]): void | Promise<void>;
  head(process: string): Head | Promise<Head>;
}

interface Waiting {
  batch: NumberedBatch;
  durable: Deferred<void>;
}

/**
 * Numbers batches as they come and makes all of one turn of the event loop durable with a single sync (J1 to J3, J6).
 */
export class GroupCommit {
  readonly #writer: BatchWriter;
  readonly #clock: Clock;
  readonly #heads = new Map<string, Head>();
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  /** Keys of batches that are not durable yet. */
  readonly #freshKeys = new Map<string, number>();
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #scheduled = false;
  #closed = false;

  constructor(writer: BatchWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  async open(process: string): Promise<Head> {
    const known = this.#heads.get(process);
    if (known) return { ...known };
    const head = await this.#writer.head(process);
    if (!this.#heads.has(process)) this.#heads.set(process, { ...head });
    return head;
  }

  freshKey(process: string, key: string): number | undefined {
    return this.#freshKeys.get(`${process}\n${key}`);
  }

  append(batch: Batch): Appended {
    if (this.#closed) throw new RuntimeError('JOURNAL_CLOSED', 'The journal has been closed.');
    const head = this.#heads.get(batch.process);
    if (!head) throw new RuntimeError('INTERNAL', `The stream of "${batch.process}" was not opened before it was written.`);
    const epoch = batch.epoch ?? 0;
    const at = this.#clock.now();
    const stored: StoredEntry[] = [];
    const shown: JournalEntry[] = [];
    for (const { kind, body, key } of batch.entries) {
      const entry: StoredEntry = {
        process: batch.process,
        seq: head.seq + 1,
        at,
        kind,
        commit: batch.commit,
        epoch,
        body: JSON.stringify(body),
        hash: '',
      };
      entry.hash = linkHash(head.hash, entry);
      if (key !== undefined) {
        entry.key = key;
        this.#freshKeys.set(`${batch.process}\n${key}`, entry.seq);
      }
      head.seq = entry.seq;
      head.hash = entry.hash;
      stored.push(entry);
      const { process, seq, commit, hash } = entry;
      shown.push({ process, seq, at, kind, body, commit, epoch, hash } as JournalEntry);
    }
    const durable = deferred();
    this.#waiting.push({ batch: { process: batch.process, commit: batch.commit, epoch, entries: stored, shown }, durable });
    this.#schedule();
    return { entries: shown, durable: durable.promise };
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything appended so far is durable or has failed. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flushing) await (this.#flushing ?? this.#flush());
  }

  async close(): Promise<void> {
    await this.settled();
    this.#closed = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  #flush(): Promise<void> {
    if (this.#flushing) return this.#flushing;
    const group = this.#waiting;
    if (group.length === 0) return Promise.resolve();
    this.#waiting = [];
    let written: void | Promise<void>;
    try {
      written = this.#writer.write(group.map((waiting) => waiting.batch));
    } catch (thrown) {
      written = Promise.reject(thrown);
    }
    if (!(written instanceof Promise)) {
      this.#succeed(group);
      return Promise.resolve();
    }
    this.#flushing = written
      .then(() => this.#succeed(group))
      .catch((thrown: unknown) => this.#oneByOne(group, thrown))
      .finally(() => {
        this.#flushing = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
    return this.#flushing;
  }

  #succeed(group: readonly Waiting[]): void {
    for (const { batch, durable } of group) {
      this.#forgetKeys(batch);
      durable.resolve();
    }
    if (this.#listeners.size === 0) return;
    const entries = group.length === 1 ? (group[0] as Waiting).batch.shown : group.flatMap(({ batch }) => batch.shown);
    for (const listener of this.#listeners) listener(entries);
  }

  /** A group failed as a whole: finds out which of its batches can be written, so that only the faulty ones fail. */
  async #oneByOne(group: readonly Waiting[], reason: unknown): Promise<void> {
    const broken = new Map<string, unknown>();
    // What was appended meanwhile to a broken stream builds on numbers that were never written (J6).
    const all = group.concat(this.#waiting);
    const later = new Set(this.#waiting);
    this.#waiting = [];
    for (const waiting of all) {
      const { process } = waiting.batch;
      if (!broken.has(process)) {
        if (later.has(waiting)) {
          this.#waiting.push(waiting);
          continue;
        }
        try {
          if (group.length === 1) throw reason;
          await this.#writer.write([waiting.batch]);
          this.#succeed([waiting]);
          continue;
        } catch (thrown) {
          broken.set(process, thrown);
        }
      }
      this.#forgetKeys(waiting.batch);
      waiting.durable.reject(broken.get(process));
    }
    for (const process of broken.keys()) this.#heads.delete(process);
  }

  #forgetKeys(batch: NumberedBatch): void {
    if (this.#freshKeys.size === 0) return;
    for (const { key } of batch.entries) if (key !== undefined) this.#freshKeys.delete(`${batch.process}\n${key}`);
  }
}
