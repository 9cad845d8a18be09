import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Database } from '../../store/database.ts';
import type { GraftableJournal } from '../grafting.ts';
import type { Head, Journal } from '../journal.ts';
import { dropRowsOf } from './read-model-upkeep.ts';
import type { ReadModels } from './read-models.ts';

const pageEntries = 1_000;

/**
 * Keeps the tables that screens list, on this node, beside a journal that is kept somewhere else. How far the tables
 * are with each stream stands in the same database, so that a start reads only what is new.
 *
 * Invariants:
 *   F1. An entry is in the tables and counted in one transaction.
 *   F2. When `open` of the wrapped journal has resolved, the tables have what was durable before: also of a process that
 *       another node wrote until now.
 */
export class FollowedModels {
  readonly #db: Database;
  readonly #models: ReadModels;
  readonly #reached = new Map<string, Head>();
  /** Streams that live here: only those are followed. */
  readonly #followed = new Set<string>();
  readonly #catchingUp = new Map<string, Promise<void>>();
  /** Entries that were told of while those before them were being read: the newest of each stream. */
  readonly #passedBy = new Map<string, number>();

  constructor(db: Database, models: ReadModels) {
    this.#db = db;
    this.#models = models;
    const rows = db.prepare('SELECT process, seq, hash FROM read_followed').all() as ({ process: string } & Head)[];
    for (const { process, seq, hash } of rows) this.#reached.set(process, { seq, hash });
  }

  /** The journal as processes see it. `lives` says which of all its streams are this node's to show. */
  wrap(inner: GraftableJournal, lives: (process: string) => boolean): GraftableJournal {
    inner.onDurable((entries) => this.#take(entries));
    const own = {
      open: async (process: string): Promise<Head> => {
        const head = await inner.open(process);
        if (lives(process)) await this.#catchUp(inner, process, head);
        return head;
      },
      processes: async (): Promise<string[]> => (await inner.processes()).filter(lives),
      cut: async (process: string, after: number): Promise<void> => {
        // Nothing of what is lost is in the tables.
        if (this.#seq(process) <= after) return inner.cut(process, after);
        const [entry] = await inner.read(process, { after: after - 1, limit: 1 });
        await this.#models.cutting(inner, process, after, async (place) => {
          await inner.cut(process, after);
          this.#db.transaction(() => {
            place();
            this.note(process, { seq: after, hash: entry?.hash ?? '' });
          })();
        });
      },
    };
    return new Proxy(inner, {
      get(target, name) {
        if (Object.hasOwn(own, name)) return own[name as keyof typeof own];
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  /** The tables have the stream up to there, since they came from another journal that holds the same. */
  note(process: string, { seq, hash }: Head): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO read_followed (process, seq, hash) VALUES (?, ?, ?)')
      .run(process, seq, hash);
    this.#reached.set(process, { seq, hash });
  }

  async #catchUp(journal: Journal, process: string, head: Head): Promise<void> {
    if (this.#followed.has(process) && this.#seq(process) >= head.seq) return;
    let present = this.#catchingUp.get(process);
    if (!present) {
      present = this.#readUp(journal, process, head.seq).finally(() => this.#catchingUp.delete(process));
      this.#catchingUp.set(process, present);
    }
    await present;
  }

  async #readUp(journal: Journal, process: string, upTo: number): Promise<void> {
    if (!(await this.#isSame(journal, process))) this.#startAnew(process);
    const { seq: base, hash } = await journal.base(process);
    // What was trimmed can be read no more; what the tables have of it, they keep.
    if (this.#seq(process) < base) this.note(process, { seq: base, hash });
    // No further: a stream that is being written grows while it is read, and tells of that itself.
    while (this.#seq(process) < Math.max(upTo, this.#passedBy.get(process) ?? 0)) {
      const page = await journal.read(process, { after: this.#seq(process), limit: pageEntries });
      if (page.length === 0) break;
      this.#apply(process, page);
    }
    this.#passedBy.delete(process);
    this.#followed.add(process);
  }

  /** Whether what the tables have is a part of the stream: not when the stream was put back to an older copy. */
  async #isSame(journal: Journal, process: string): Promise<boolean> {
    const known = this.#reached.get(process);
    if (!known || known.seq === 0) return true;
    const base = await journal.base(process);
    if (known.seq <= base.seq) return true;
    const [entry] = await journal.read(process, { after: known.seq - 1, limit: 1 });
    return entry?.hash === known.hash;
  }

  #startAnew(process: string): void {
    this.#db.transaction(() => {
      dropRowsOf(this.#db, process);
      this.note(process, { seq: 0, hash: '' });
    })();
  }

  #take(entries: readonly JournalEntry[]): void {
    for (const [process, ofOne] of Map.groupBy(entries, (entry) => entry.process)) {
      const next = ofOne.filter(({ seq }) => seq > this.#seq(process));
      // Where something is missing between, it is being read; these come with it.
      if (next[0]?.seq === this.#seq(process) + 1) this.#apply(process, next);
      else if (next.length > 0) this.#passedBy.set(process, next.at(-1)?.seq ?? 0);
    }
  }

  #apply(process: string, entries: readonly JournalEntry[]): void {
    const fresh = entries.filter(({ seq }) => seq > this.#seq(process));
    const last = fresh.at(-1);
    if (!last) return;
    this.#db.transaction(() => {
      this.#models.apply(fresh);
      this.note(process, last);
    })();
  }

  #seq(process: string): number {
    return this.#reached.get(process)?.seq ?? 0;
  }
}
