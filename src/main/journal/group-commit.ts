import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import { linkHash, type StoredEntry } from './chain.ts';
import { type Appended, assertOpen, type Batch, type Head, staleEpoch } from './journal.ts';

/** A batch with its numbers, as a store writes it. */
export interface NumberedBatch {
  readonly process: string;
  readonly commit: string;
  readonly epoch: number;
  /** The hash that its first entry is linked to. */
  readonly previous: string;
  readonly entries: readonly StoredEntry[];
  /** The same entries with their bodies as objects. */
  readonly shown: readonly JournalEntry[];
}

/** Where a stream ends, and the highest epoch that is known of it. */
export interface StreamHead extends Head {
  epoch: number;
}

/** The part of a store that makes batches durable. */
export interface BatchWriter {
  /** Writes all batches in one durable step, in order, or throws and has written none. */
  write(batches: readonly NumberedBatch[]): void | Promise<void>;
  /** Where the durable part of a stream ends. */
  head(process: string): StreamHead | Promise<StreamHead>;
  /** Remembers the epoch for good. @throws RuntimeError `STALE_EPOCH` where the store knows a higher one. */
  fence(process: string, epoch: number): void | Promise<void>;
  /** The durable entry that has the key, where the store can tell without waiting. */
  findKey?(process: string, key: string): number | undefined;
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
  readonly #heads = new Map<string, StreamHead>();
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  /** Keys of batches that are not durable yet. */
  readonly #freshKeys = new Map<string, Map<string, number>>();
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #scheduled = false;
  #closed = false;

  constructor(writer: BatchWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  async open(process: string): Promise<Head> {
    const { seq, hash } = await this.#head(process);
    return { seq, hash };
  }

  async epochOf(process: string): Promise<number> {
    return (await this.#head(process)).epoch;
  }

  async fence(process: string, epoch: number): Promise<void> {
    assertOpen(!this.#closed);
    const head = await this.#head(process);
    if (epoch < head.epoch) throw staleEpoch(process, epoch, head.epoch);
    // At once for those in this program; those of other programs meet it in the store.
    head.epoch = epoch;
    await this.settled();
    try {
      await this.#writer.fence(process, epoch);
    } catch (thrown) {
      this.#heads.delete(process);
      throw thrown;
    }
  }

  freshKey(process: string, key: string): number | undefined {
    return this.#freshKeys.get(process)?.get(key);
  }

  append(batch: Batch): Appended {
    assertOpen(!this.#closed);
    const head = this.#heads.get(batch.process);
    if (!head) {
      throw new RuntimeError('INTERNAL', `The stream of "${batch.process}" was not opened before it was written.`);
    }
    if (batch.after !== undefined && batch.after !== head.seq) throw shared(batch.process, batch.after, head.seq);
    const { epoch = 0 } = batch;
    if (epoch < head.epoch) throw staleEpoch(batch.process, epoch, head.epoch);
    this.#refuseTakenKeys(batch);
    const numbered = numberBatch(batch, head, batch.at ?? this.#clock.now());
    const last = numbered.entries.at(-1);
    if (last) {
      head.seq = last.seq;
      head.hash = last.hash;
      head.epoch = epoch;
    }
    this.#noteKeys(numbered);
    const durable = deferred();
    this.#waiting.push({ batch: numbered, durable });
    this.#schedule();
    return { entries: numbered.shown, durable: durable.promise };
  }

  /** Entries that were numbered elsewhere; see `grafting.ts`. `begin` makes an empty stream begin after `from`. */
  async graft(
    process: string,
    from: Head,
    stored: readonly StoredEntry[],
    begin: () => void | Promise<void>,
  ): Promise<void> {
    assertOpen(!this.#closed);
    const head = await this.#head(process);
    if (head.seq === 0 && from.seq > 0) {
      await begin();
      Object.assign(head, from);
    }
    const last = stored.at(-1);
    if (head.seq !== from.seq || head.hash !== from.hash) throw shared(process, from.seq, head.seq);
    if (!last) return;
    head.epoch = Math.max(head.epoch, last.epoch);
    head.seq = last.seq;
    head.hash = last.hash;
    const shown = stored.map(({ key: _, body, ...entry }) => ({ ...entry, body: JSON.parse(body) }) as JournalEntry);
    const durable = deferred();
    const batch = { process, commit: 'graft-entries', epoch: head.epoch, previous: from.hash, entries: stored, shown };
    this.#waiting.push({ batch, durable });
    this.#schedule();
    await durable.promise;
  }

  /** What is known of where a stream ends is read again. */
  async forget(process: string): Promise<void> {
    await this.settled();
    this.#heads.delete(process);
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything appended so far is durable or has failed. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flushing) await (this.#flushing ?? this.#flush());
  }

  /** Refuses appends from now on; resolves when those before are durable or have failed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  async #head(process: string): Promise<StreamHead> {
    const known = this.#heads.get(process);
    if (known) return known;
    const found = await this.#writer.head(process);
    // Somebody else may have opened it meanwhile, and have appended.
    let head = this.#heads.get(process);
    if (!head) this.#heads.set(process, (head = { ...found }));
    return head;
  }

  #refuseTakenKeys({ process, entries }: Batch): void {
    const own = new Set<string>();
    for (const { key } of entries) {
      if (key === undefined) continue;
      const seq = this.freshKey(process, key) ?? this.#writer.findKey?.(process, key);
      if (seq !== undefined || own.has(key)) throw keyTaken(process, key, seq);
      if (entries.length > 1) own.add(key);
    }
  }

  #noteKeys({ process, entries }: NumberedBatch): void {
    for (const { key, seq } of entries) {
      if (key === undefined) continue;
      let fresh = this.#freshKeys.get(process);
      if (!fresh) this.#freshKeys.set(process, (fresh = new Map()));
      fresh.set(key, seq);
    }
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
      .then(
        () => this.#succeed(group),
        (thrown: unknown) => this.#oneByOne(group, thrown),
      )
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
    for (const listener of this.#listeners) {
      try {
        listener(entries);
      } catch (thrown) {
        // What is written stays written, and the others hear of it; the fault is the host's to report.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }

  /** A group failed as a whole: finds out which of its batches can be written, so that only the faulty ones fail. */
  async #oneByOne(group: readonly Waiting[], reason: unknown): Promise<void> {
    const broken = new Map<string, unknown>();
    for (const waiting of group) {
      const { process } = waiting.batch;
      if (broken.has(process)) {
        this.#fail(waiting, broken.get(process));
        continue;
      }
      try {
        if (group.length === 1 || isAboutAll(reason)) throw reason;
        await this.#writer.write([waiting.batch]);
      } catch (thrown) {
        broken.set(process, thrown);
        this.#break(waiting, thrown);
        continue;
      }
      this.#succeed([waiting]);
    }
  }

  /** Fails a batch and all that was appended on top of it (J6); the stream must be opened again. */
  #break(faulty: Waiting, reason: unknown): void {
    const { process } = faulty.batch;
    this.#heads.delete(process);
    this.#fail(faulty, reason);
    const onTop = this.#waiting.filter(({ batch }) => batch.process === process);
    if (onTop.length === 0) return;
    this.#waiting = this.#waiting.filter(({ batch }) => batch.process !== process);
    for (const waiting of onTop) this.#fail(waiting, reason);
  }

  #fail({ batch, durable }: Waiting, reason: unknown): void {
    this.#forgetKeys(batch);
    durable.reject(reason);
  }

  #forgetKeys({ process, entries }: NumberedBatch): void {
    const fresh = this.#freshKeys.get(process);
    if (!fresh) return;
    for (const { key } of entries) if (key !== undefined) fresh.delete(key);
    if (fresh.size === 0) this.#freshKeys.delete(process);
  }
}

/** Whether no batch could have been written, so that none needs to be tried by itself. */
function isAboutAll(reason: unknown): boolean {
  return reason instanceof RuntimeError && reason.code === 'DATABASE_UNREACHABLE';
}

/** What a store throws that learns only while it writes that a key was there before (J4). */
export function keyTaken(process: string, key: string, seq?: number): RuntimeError {
  const where = seq === undefined ? 'twice in one batch' : `before, by entry ${seq}`;
  return new RuntimeError('JOURNAL_KEY_TAKEN', `The key "${key}" was appended to "${process}" ${where}.`, {
    process,
    key,
    seq: seq ?? null,
  });
}

function shared(process: string, known: number, found: number): RuntimeError {
  return new RuntimeError(
    'JOURNAL_SHARED',
    `The journal of "${process}" is at ${found}, but only ${known} is known to who wants to write: two are using it.`,
    { process, known, found },
  );
}

function numberBatch({ process, commit, epoch = 0, entries }: Batch, head: Head, at: number): NumberedBatch {
  let { seq, hash: previous } = head;
  const stored: StoredEntry[] = [];
  const shown: JournalEntry[] = [];
  for (const { kind, body, key } of entries) {
    seq++;
    const entry: StoredEntry = { process, seq, at, kind, commit, epoch, body: JSON.stringify(body), hash: '' };
    const hash = linkHash(previous, entry);
    entry.hash = hash;
    if (key !== undefined) entry.key = key;
    previous = hash;
    stored.push(entry);
    shown.push({ process, seq, at, kind, body, commit, epoch, hash } as JournalEntry);
  }
  return { process, commit, epoch, previous: head.hash, entries: stored, shown };
}
