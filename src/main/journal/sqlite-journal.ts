import { crc32 } from 'node:zlib';
import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { checkDatabase, type Database, type Statement, storageError } from '../store/database.ts';
import { ManyRows } from '../store/many-rows.ts';
import { firstHash } from './chain.ts';
import { type GraftableJournal, type KeyedJournal, lifeIn, storedFrom } from './grafting.ts';
import { GroupCommit, keyTaken, type NumberedBatch, type StreamHead } from './group-commit.ts';
import {
  type Appended,
  assertTrimmable,
  type Batch,
  erasedBody,
  type Head,
  type Journal,
  type ReadRange,
} from './journal.ts';
import { NewestKeys } from './newest-keys.ts';

/** Written in the same transaction as the entries, so that what screens list never differs from the journal. */
export interface Projection {
  /** All that is written together, in order. */
  apply(entries: readonly JournalEntry[]): void;
  /** Forgets what entries of a stream after `after` brought, where `cut` calls `place` as it takes them out. */
  cutting?(
    journal: Journal,
    process: string,
    after: number,
    cut: (place: () => void) => void | Promise<void>,
  ): Promise<void>;
}

type Row = [id: number, at: number, kind: string, commit: string, epoch: number, body: string, hash: string];

const rowsToTrimAtOnce = 1_000;
const maxAbsent = 10_000;
/** How many entries a stream has room for: ids of its rows begin at its own id times this. */
const streamRoom = 2 ** 34;

/**
 * The journal in a SQLite database (WAL, `synchronous=FULL`): the default. One writer, in this thread: a commit costs
 * a sync of about 0.15 ms, which all batches of one turn of the event loop share. The database stays the caller's to
 * close.
 */
export class SqliteJournal implements GraftableJournal, KeyedJournal {
  readonly kind = 'sqlite';
  readonly #db: Database;
  readonly #projection: Projection | undefined;
  readonly #group: GroupCommit;
  readonly #streams = new Map<string, number>();
  readonly #statements = new Map<string, Statement>();
  /** Keys that were looked for in vain: they are most likely appended next, and need not be looked for again. */
  readonly #absent = new Set<string>();
  readonly #newestKeys = new NewestKeys((process, from, below) => this.#greatestKey(process, from, below));
  readonly #sql: ReturnType<typeof writeStatements>;

  /** @throws RuntimeError `JOURNAL_CORRUPT` when the tables cannot be read. */
  constructor(db: Database, projection?: Projection, clock: Clock = systemClock) {
    this.#db = db;
    this.#projection = projection;
    this.#group = new GroupCommit(
      {
        write: (batches) => this.#write(batches),
        head: (process) => this.#head(process),
        fence: (process, epoch) => this.#fence(process, epoch),
        findKey: (process, key) => {
          if (this.#newestKeys.isNew(process, key) || this.#absent.delete(`${process}\n${key}`)) return undefined;
          return this.#findKey(process, key);
        },
      },
      clock,
    );
    this.#sql = this.#guard(() => writeStatements(db));
    const streams = this.#guard(() => db.prepare('SELECT id, name FROM streams').all()) as {
      id: number;
      name: string;
    }[];
    for (const { id, name } of streams) this.#streams.set(name, id);
  }

  open(process: string): Promise<Head> {
    return this.#group.open(process);
  }

  append(batch: Batch): Appended {
    return this.#group.append(batch);
  }

  async read(process: string, range: ReadRange = {}): Promise<JournalEntry[]> {
    const stream = this.#streams.get(process);
    if (stream === undefined) return [];
    const { kinds, order = 'asc', limit = -1 } = range;
    const up = order === 'asc';
    const { after = up ? 0 : streamRoom - 1 } = range;
    const start = stream * streamRoom;
    const edge = up ? start + streamRoom : start;
    const among = kinds ? `AND kind IN (${kinds.map(() => '?').join(', ')})` : '';
    const select = this.#prepare(
      `SELECT id, at, kind, commit_name, epoch, body, hash FROM journal
       WHERE id ${up ? '>' : '<'} ? AND id ${up ? '<' : '>'} ? ${among} ORDER BY id ${up ? 'ASC' : 'DESC'} LIMIT ?`,
    ).raw();
    const from = start + Math.min(after, streamRoom - 1);
    const rows = this.#guard(() => select.all(from, edge, ...(kinds ?? []), limit)) as Row[];
    return rows.map((row) => entryOf(process, start, row));
  }

  async find(process: string, key: string): Promise<number | undefined> {
    const fresh = this.#group.freshKey(process, key);
    if (fresh !== undefined) return fresh;
    if (this.#newestKeys.isNew(process, key)) return undefined;
    const seq = this.#findKey(process, key);
    if (seq !== undefined) return seq;
    if (this.#absent.size >= maxAbsent) this.#absent.clear();
    this.#absent.add(`${process}\n${key}`);
    return undefined;
  }

  async lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined> {
    const stream = this.#streams.get(process);
    if (stream === undefined) return undefined;
    const select = this.#prepare(
      `SELECT j.id, j.at, j.kind, j.commit_name, j.epoch, j.body, j.hash FROM streams s
       JOIN journal j ON j.id = s.id * ${streamRoom} + s.checkpoint_seq WHERE s.id = ? AND j.kind = 'checkpoint'`,
    ).raw();
    const row = this.#guard(() => select.get(stream)) as Row | undefined;
    return row && (entryOf(process, stream * streamRoom, row) as JournalEntry<'checkpoint'>);
  }

  fence(process: string, epoch: number): Promise<void> {
    return this.#group.fence(process, epoch);
  }

  epochOf(process: string): Promise<number> {
    return this.#group.epochOf(process);
  }

  async graft(process: string, from: Head, entries: readonly JournalEntry[]): Promise<void> {
    const stored = storedFrom(from, entries, await lifeIn(this, process));
    await this.#group.graft(process, from, stored, () => this.#beginAfter(process, from));
  }

  async cut(process: string, after: number): Promise<void> {
    await this.#group.forget(process);
    const stream = this.#streams.get(process);
    if (stream === undefined) return;
    this.#absent.clear();
    const id = stream * streamRoom + after;
    const cutWith = this.#db.transaction((place: () => void) => {
      this.#prepare('DELETE FROM journal WHERE id > ? AND id < ?').run(id, (stream + 1) * streamRoom);
      this.#prepare('DELETE FROM journal_keys WHERE stream = ? AND seq > ?').run(stream, after);
      this.#prepare(
        `UPDATE streams SET checkpoint_seq = coalesce(
           (SELECT max(id) - ? FROM journal WHERE id > ? AND id <= ? AND kind = 'checkpoint'), 0) WHERE id = ?`,
      ).run(stream * streamRoom, stream * streamRoom, id, stream);
      place();
    });
    const cut = (place: () => void) => this.#guard(() => cutWith(place));
    if (this.#projection?.cutting) await this.#projection.cutting(this, process, after, cut);
    else cut(() => {});
  }

  async keys(process: string): Promise<[string, number][]> {
    const select = this.#prepare('SELECT key, seq FROM journal_keys WHERE stream = ?').raw();
    return this.#guard(() => select.all(this.#streams.get(process) ?? -1)) as [string, number][];
  }

  async processes(): Promise<string[]> {
    return [...this.#streams.keys()];
  }

  async base(process: string): Promise<Head> {
    const select = this.#prepare('SELECT trimmed_seq AS seq, trimmed_hash AS hash FROM streams WHERE name = ?');
    return (this.#guard(() => select.get(process)) as Head | undefined) ?? { seq: 0, hash: firstHash };
  }

  async trim(process: string, upTo: number): Promise<number> {
    const stream = this.#streams.get(process);
    if (stream === undefined) return 0;
    await this.#group.settled();
    const base = await this.base(process);
    if (upTo <= base.seq) return 0;
    assertTrimmable(process, upTo, (await this.lastCheckpoint(process))?.seq ?? 0);
    for (let from = base.seq; from < upTo; ) {
      const to = Math.min(from + rowsToTrimAtOnce, upTo);
      this.#guard(() => this.#trimPiece(stream, to));
      from = to;
      // In small pieces, so that appends wait for none of them long.
      if (from < upTo) await new Promise(setImmediate);
    }
    return upTo - base.seq;
  }

  async erase(process: string, seqs: readonly number[]): Promise<void> {
    const stream = this.#streams.get(process);
    if (stream === undefined || seqs.length === 0) return;
    await this.#group.settled();
    const select = this.#prepare('SELECT body FROM journal WHERE id = ?').pluck();
    const update = this.#prepare('UPDATE journal SET body = ? WHERE id = ?');
    const eraseAll = this.#db.transaction(() => {
      for (const seq of seqs) {
        const body = select.get(stream * streamRoom + seq) as string | undefined;
        if (body !== undefined && !body.startsWith('{"erased"'))
          update.run(erasedBody(sha256(body)), stream * streamRoom + seq);
      }
    });
    this.#guard(() => this.#overwriting(eraseAll));
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    return this.#group.onDurable(listener);
  }

  async check(): Promise<string[]> {
    const problems = checkDatabase(this.#db);
    // Where pages are damaged, rows cannot be trusted to be there.
    if (problems.length > 0) return problems;
    const names = new Map([...this.#streams].map(([name, id]) => [id, name]));
    const keys = this.#db.prepare('SELECT stream, key, seq, crc FROM journal_keys').raw();
    for (const [stream, key, seq, crc] of keys.iterate() as Iterable<[number, string, number, number]>) {
      if (keyCrc(stream, key, seq) === crc) continue;
      problems.push(`A key of entry ${seq} of "${names.get(stream) ?? `stream ${stream}`}" is damaged.`);
    }
    return problems;
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  #head(process: string): StreamHead {
    const fence = this.#prepare('SELECT epoch FROM journal_fences WHERE process = ?').pluck();
    const fenced = (this.#guard(() => fence.get(process)) as number | undefined) ?? 0;
    const stream = this.#streams.get(process);
    const none: StreamHead = { seq: 0, hash: firstHash, epoch: fenced };
    if (stream === undefined) return none;
    const start = stream * streamRoom;
    const select = this.#prepare(
      'SELECT id - ? AS seq, hash, max(epoch, ?) AS epoch FROM journal WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1',
    );
    return (this.#guard(() => select.get(start, fenced, start, start + streamRoom)) as StreamHead | undefined) ?? none;
  }

  #beginAfter(process: string, { seq, hash }: Head): void {
    this.#guard(() => {
      const stream = this.#streams.get(process) ?? (this.#sql.stream.get(process) as { id: number }).id;
      this.#prepare('UPDATE streams SET trimmed_seq = ?, trimmed_hash = ? WHERE id = ?').run(seq, hash, stream);
      this.#streams.set(process, stream);
    });
  }

  #fence(process: string, epoch: number): void {
    const set = this.#prepare(
      `INSERT INTO journal_fences (process, epoch) VALUES (?, ?)
       ON CONFLICT (process) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > epoch`,
    );
    this.#guard(() => set.run(process, epoch));
  }

  #findKey(process: string, key: string): number | undefined {
    const stream = this.#streams.get(process);
    if (stream === undefined) return undefined;
    const select = this.#prepare('SELECT seq FROM journal_keys WHERE stream = ? AND key = ?').pluck();
    return this.#guard(() => select.get(stream, key)) as number | undefined;
  }

  #greatestKey(process: string, from: string, below: string): string | undefined {
    const select = this.#prepare(
      'SELECT key FROM journal_keys WHERE stream = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT 1',
    ).pluck();
    return this.#guard(() => select.get(this.#streams.get(process) ?? -1, from, below)) as string | undefined;
  }

  #write(batches: readonly NumberedBatch[]): void {
    const created: string[] = [];
    try {
      this.#sql.begin.run();
      for (const batch of batches) {
        if (!this.#streams.has(batch.process)) created.push(batch.process);
        this.#addRows(batch);
      }
      this.#sql.rows.flush();
      this.#insertKeys(batches);
      this.#projection?.apply(batches.length === 1 ? (batches[0]?.shown ?? []) : batches.flatMap(({ shown }) => shown));
      this.#sql.commit.run();
    } catch (thrown) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#sql.rows.clear();
      this.#sql.keys.clear();
      for (const process of created) this.#streams.delete(process);
      throw thrown instanceof RuntimeError ? thrown : storageError(thrown, this.#db.name);
    }
  }

  #addRows({ process, entries }: NumberedBatch): void {
    let stream = this.#streams.get(process);
    if (stream === undefined) {
      stream = (this.#sql.stream.get(process) as { id: number }).id;
      this.#streams.set(process, stream);
    }
    const start = stream * streamRoom;
    for (const { seq, at, kind, commit, epoch, body, hash, key } of entries) {
      this.#sql.rows.add(start + seq, at, kind, commit, epoch, body, hash);
      if (key !== undefined) {
        this.#sql.keys.add(stream, key, seq, keyCrc(stream, key, seq));
        this.#newestKeys.note(process, key);
      }
      if (kind === 'checkpoint') this.#sql.checkpoint.run(seq, stream);
    }
  }

  /** One that was kept before, by somebody else, is not inserted: which, is looked for only then. */
  #insertKeys(batches: readonly NumberedBatch[]): void {
    const keyed = this.#sql.keys.size;
    if (this.#sql.keys.flush() === keyed) return;
    for (const { process, entries } of batches) {
      for (const { key, seq } of entries) {
        if (key === undefined) continue;
        const kept = this.#findKey(process, key);
        if (kept !== seq) throw keyTaken(process, key, kept);
      }
    }
  }

  #trimPiece(stream: number, to: number): void {
    const start = stream * streamRoom;
    this.#db.transaction(() => {
      this.#prepare(
        `UPDATE streams SET trimmed_seq = ?, trimmed_hash = (SELECT hash FROM journal WHERE id = ?) WHERE id = ?`,
      ).run(to, start + to, stream);
      this.#prepare('DELETE FROM journal WHERE id > ? AND id <= ?').run(start, start + to);
    })();
  }

  /** Does `work` so that what it replaces is gone from the files as well, not only from the tables. */
  #overwriting(work: () => void): void {
    this.#db.pragma('secure_delete = ON');
    try {
      work();
    } finally {
      this.#db.pragma('secure_delete = OFF');
    }
    // A reader elsewhere may hold the log; it is emptied at a later time then.
    this.#db.pragma('busy_timeout = 0');
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.pragma('busy_timeout = 5000');
    }
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#guard(() => this.#db.prepare(sql))));
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw thrown instanceof RuntimeError ? thrown : storageError(thrown, this.#db.name);
    }
  }
}

function writeStatements(db: Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rows: new ManyRows(db, 'journal (id, at, kind, commit_name, epoch, body, hash)', '(?, ?, ?, ?, ?, ?, ?)'),
    keys: new ManyRows(db, 'journal_keys (stream, key, seq, crc)', '(?, ?, ?, ?)', 'ON CONFLICT DO NOTHING'),
    checkpoint: db.prepare('UPDATE streams SET checkpoint_seq = ? WHERE id = ?'),
    stream: db.prepare('INSERT INTO streams (name) VALUES (?) RETURNING id'),
  };
}

/** Keys are covered by no hash chain, since they outlive their entries. */
function keyCrc(stream: number, key: string, seq: number): number {
  return crc32(`${stream}\n${seq}\n${key}`);
}

function entryOf(process: string, start: number, [id, at, kind, commit, epoch, body, hash]: Row): JournalEntry {
  const seq = id - start;
  try {
    return { process, seq, at, kind, body: JSON.parse(body), commit, epoch, hash } as JournalEntry;
  } catch (cause) {
    throw new RuntimeError(
      'JOURNAL_CORRUPT',
      `Entry ${seq} of "${process}" is not JSON any more.`,
      { process, seq },
      { cause },
    );
  }
}
