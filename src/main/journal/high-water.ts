import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { HighWaterFile } from './high-water-file.ts';
import type { Head, Journal } from './journal.ts';

/** A process whose journal does not hold what it once held. */
export interface RolledBack {
  process: string;
  /** `gone`: there is nothing of it. `behind`: its newest entries are missing. `differs`: another one stands there. */
  what: 'gone' | 'behind' | 'differs';
  /** The newest entry that is known to have been durable, and the newest that is there. */
  marked: Head;
  found: Head;
  /** When the newest entry that is there was written (epoch ms); null where there is none. */
  at: number | null;
}

export interface HighWaterOptions {
  clock?: Clock;
  /** Marks are written at most this often. What was durable for less may be lost unnoticed. */
  intervalMs?: number;
  log?: (message: string, details: JsonObject) => void;
}

/**
 * Remembers, in a file outside the journal, the newest entry of each process that was durable. Nothing in a journal that
 * was replaced by an older copy, or that lost its end, looks wrong by itself: this shows it.
 *
 * Invariants:
 *   W1. A mark is written only after its entry is durable, so it is never ahead of a sound journal.
 *   W2. A mark goes back only when a person accepts the loss.
 */
export class HighWaterMark {
  /** What the marks said when the journal was opened. `missing` and `damaged` marks can miss a loss. */
  readonly marks: HighWaterFile['state'];
  readonly #file: HighWaterFile;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #log: NonNullable<HighWaterOptions['log']>;
  readonly #rolledBack = new Map<string, RolledBack>();
  /** What was found when the journal was opened, accepted or not. */
  readonly losses: RolledBack[] = [];
  #fresh = new Map<string, Head>();
  #writing: Promise<void> | undefined;
  #disarm: (() => void) | undefined;
  #isFailing = false;
  #isClosed = false;
  readonly #stopListening: () => void;

  private constructor(file: HighWaterFile, journal: Journal, options: HighWaterOptions) {
    this.#file = file;
    this.marks = file.state;
    this.#journal = journal;
    this.#clock = options.clock ?? systemClock;
    this.#intervalMs = options.intervalMs ?? 100;
    this.#log = options.log ?? (() => {});
    this.#stopListening = journal.onDurable((entries) => this.#note(entries));
  }

  /** Compares the marks in the file at `path` with the journal, and keeps them up to date from then on. */
  static async open(path: string, journal: Journal, options: HighWaterOptions = {}): Promise<HighWaterMark> {
    const mark = new HighWaterMark(new HighWaterFile(path), journal, options);
    await mark.#compare();
    return mark;
  }

  /** The processes whose journal is not what it was, until their loss is accepted. */
  get rolledBack(): RolledBack[] {
    return [...this.#rolledBack.values()];
  }

  /** @throws RuntimeError `JOURNAL_ROLLBACK` when the journal of the process is not what it was. */
  assertWhole(process: string): void {
    const loss = this.#rolledBack.get(process);
    if (!loss) return;
    const { marked, found, what } = loss;
    throw new RuntimeError('JOURNAL_ROLLBACK', lossText(loss), {
      process,
      what,
      marked: marked.seq,
      found: found.seq,
    });
  }

  /** A person goes on with what is there. */
  async accept(process: string): Promise<void> {
    if (!this.#rolledBack.has(process)) return;
    await this.#writing;
    await this.#file.write(new Map([[process, await this.#journal.open(process)]]), true);
    this.#rolledBack.delete(process);
  }

  /** The end of a journal was taken out on purpose: the mark goes back with it. */
  async followBack(process: string): Promise<void> {
    await this.#writing;
    this.#fresh.delete(process);
    await this.#file.write(new Map([[process, await this.#journal.open(process)]]), true);
  }

  /** Writes what is left to write. The journal is closed before. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    if (!this.#writing) this.#disarm?.();
    await this.#writing;
    if (this.#fresh.size > 0) await this.#write(this.#fresh);
    this.#file.close();
  }

  async #compare(): Promise<void> {
    for (const [process, marked] of this.#file.marks) {
      const found = await this.#journal.open(process);
      const what = await this.#difference(process, marked, found);
      if (!what) continue;
      const loss = { process, what, marked, found, at: await this.#writtenAt(process) };
      this.#rolledBack.set(process, loss);
      this.losses.push(loss);
    }
    for (const process of await this.#journal.processes()) {
      const head = await this.#journal.open(process);
      if (head.seq > (this.#file.marks.get(process)?.seq ?? 0)) this.#noteHead(process, head);
    }
    if (this.#fresh.size > 0 || this.marks !== 'sound') await this.#write(this.#fresh);
  }

  async #difference(process: string, marked: Head, found: Head): Promise<RolledBack['what'] | undefined> {
    if (found.seq === 0) return 'gone';
    if (found.seq < marked.seq) return 'behind';
    const there = found.seq === marked.seq ? found.hash : await this.#hashOf(process, marked.seq);
    return there === undefined || there === marked.hash ? undefined : 'differs';
  }

  /** Nothing for an entry that was trimmed: then nobody can tell. */
  async #hashOf(process: string, seq: number): Promise<string | undefined> {
    const base = await this.#journal.base(process);
    if (base.seq > seq) return undefined;
    if (base.seq === seq) return base.hash;
    try {
      const [entry] = await this.#journal.read(process, { after: seq - 1, limit: 1 });
      return entry?.seq === seq ? entry.hash : '';
    } catch (thrown) {
      if (thrown instanceof RuntimeError && thrown.code === 'JOURNAL_CORRUPT') return '';
      throw thrown;
    }
  }

  async #writtenAt(process: string): Promise<number | null> {
    const [newest] = await this.#journal.read(process, { order: 'desc', limit: 1 }).catch(() => []);
    return newest?.at ?? null;
  }

  #note(entries: readonly JournalEntry[]): void {
    for (const { process, seq, hash } of entries) this.#noteHead(process, { seq, hash });
    this.#arm();
  }

  #noteHead(process: string, head: Head): void {
    if (!this.#rolledBack.has(process)) this.#fresh.set(process, head);
  }

  #arm(): void {
    if (this.#disarm || this.#isClosed) return;
    this.#disarm = this.#clock.after(this.#intervalMs, () => {
      this.#writing = this.#write(this.#fresh).then((isWritten) => {
        this.#writing = undefined;
        this.#disarm = undefined;
        // After a failure the next commit tries again.
        if (isWritten && this.#fresh.size > 0) this.#arm();
      });
    });
  }

  async #write(marks: Map<string, Head>): Promise<boolean> {
    this.#fresh = new Map();
    try {
      await this.#file.write(marks);
      this.#isFailing = false;
      return true;
    } catch (thrown) {
      // Older marks stay, and show less; the journal itself is not concerned.
      for (const [process, head] of marks) if (!this.#fresh.has(process)) this.#fresh.set(process, head);
      if (!this.#isFailing) this.#log('The high-water mark cannot be written.', { reason: asError(thrown).message });
      this.#isFailing = true;
      return false;
    }
  }
}

/** What is missing, in one sentence for a person: with the window, where it is known. */
export function lossText({ process, what, marked, found, at }: RolledBack): string {
  if (what === 'differs')
    return `Entry ${marked.seq} of "${process}" is another than the one that was written: an older or a foreign copy stands in its place.`;
  const missing = `entries ${found.seq + 1} to ${marked.seq} are missing`;
  if (what === 'gone') return `The journal of "${process}" is gone: ${missing}.`;
  const since = at === null ? '' : `, all that was written after ${new Date(at).toISOString()}`;
  return `The journal of "${process}" ends at entry ${found.seq}, but entry ${marked.seq} was written: ${missing}${since}.`;
}
