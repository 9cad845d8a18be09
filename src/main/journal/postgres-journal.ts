import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { isUnreachable, type Postgres } from '../store/postgres.ts';
import { migrateCluster } from '../store/postgres-tables.ts';
import { firstHash } from './chain.ts';
import { type GraftableJournal, lifeIn, storedFrom } from './grafting.ts';
import { GroupCommit, keyTaken, type NumberedBatch, type StreamHead } from './group-commit.ts';
import {
  type Appended,
  assertTrimmable,
  type Batch,
  erasedBody,
  type Head,
  type ReadRange,
  staleEpoch,
} from './journal.ts';
import { batchesJson, type EntryRow, entryOf, type StreamRow } from './postgres-rows.ts';

export interface PostgresJournalOptions {
  /** Whose streams of its own are meant: those whose names begin with `@`. All others are anyone's. */
  node: string;
  clock?: Clock;
  /** How long a server that is away is waited for before an append fails. */
  patienceMs?: number;
}

const usualPatienceMs = 5_000;
const tryAgainMs = 150;
const rowsToTrimAtOnce = 1_000;
const maxKnownKeys = 20_000;
const columns = 'j.seq, j.at, j.kind, j.commit_name AS commit, j.epoch, j.body, j.hash';

/**
 * The journal in a PostgreSQL database that all nodes of a cluster share. All batches of one turn of the event loop
 * are one statement, which writes a batch only where its stream ends as the writer knows it and where no higher epoch
 * is known: the store itself refuses an old owner, also one that has not heard of it.
 *
 * Invariants:
 *   P1. An append whose answer was lost is asked again; it is there once, since its number and hash are.
 *   P2. After an append that failed so, nothing of it is kept, be it there already or still under way: opening again takes
 *       the next `turn` of the stream and takes out what had landed; a statement of an earlier turn is refused.
 *
 * The connections stay the caller's to close.
 */
export class PostgresJournal implements GraftableJournal {
  readonly kind = 'postgres';
  readonly #postgres: Postgres;
  readonly #node: string;
  readonly #patienceMs: number;
  readonly #group: GroupCommit;
  readonly #turns = new Map<string, number>();
  /** Streams of which it is unknown whether the last append is there: its epoch, and the entry before it. */
  readonly #doubtful = new Map<string, { epoch: number; after: number }>();
  /** Keys that were seen; the newest ones. Others are refused by the store. */
  readonly #keys = new Map<string, number>();

  private constructor(postgres: Postgres, { node, clock = systemClock, patienceMs }: PostgresJournalOptions) {
    this.#postgres = postgres;
    this.#node = node;
    this.#patienceMs = patienceMs ?? usualPatienceMs;
    this.#group = new GroupCommit(
      {
        write: (batches) => this.#write(batches),
        head: (process) => this.#head(process),
        fence: (process, epoch) => this.#fence(process, epoch),
        findKey: (process, key) => this.#keys.get(`${process}\n${key}`),
      },
      clock,
    );
  }

  /** Brings the tables up to date first. */
  static async open(postgres: Postgres, options: PostgresJournalOptions): Promise<PostgresJournal> {
    await migrateCluster(postgres);
    return new PostgresJournal(postgres, options);
  }

  open(process: string): Promise<Head> {
    return this.#group.open(process);
  }

  append(batch: Batch): Appended {
    return this.#group.append(batch);
  }

  fence(process: string, epoch: number): Promise<void> {
    return this.#group.fence(process, epoch);
  }

  epochOf(process: string): Promise<number> {
    return this.#group.epochOf(process);
  }

  async read(process: string, range: ReadRange = {}): Promise<JournalEntry[]> {
    const { kinds = null, order = 'asc', limit = null, after } = range;
    const up = order === 'asc';
    const rows = await this.#ask<EntryRow>(
      `SELECT ${columns} FROM streams s JOIN journal j ON j.stream = s.id WHERE s.node = $1 AND s.name = $2
         AND ($3::bigint IS NULL OR j.seq ${up ? '>' : '<'} $3) AND ($4::text[] IS NULL OR j.kind = ANY ($4))
       ORDER BY j.seq ${up ? 'ASC' : 'DESC'} LIMIT $5`,
      [this.#scope(process), process, after ?? null, kinds, limit],
    );
    return rows.map((row) => entryOf(process, row));
  }

  async find(process: string, key: string): Promise<number | undefined> {
    const known = this.#group.freshKey(process, key) ?? this.#keys.get(`${process}\n${key}`);
    if (known !== undefined) return known;
    const [row] = await this.#ask<{ seq: number }>(
      `SELECT k.seq FROM streams s JOIN journal_keys k ON k.stream = s.id
       WHERE s.node = $1 AND s.name = $2 AND k.digest = sha256($3::bytea)`,
      [this.#scope(process), process, Buffer.from(key)],
    );
    if (row) this.#know(process, key, row.seq);
    return row?.seq;
  }

  async lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined> {
    const [row] = await this.#ask<EntryRow>(
      `SELECT ${columns} FROM streams s JOIN journal j ON j.stream = s.id AND j.seq = s.checkpoint_seq
       WHERE s.node = $1 AND s.name = $2 AND j.kind = 'checkpoint'`,
      [this.#scope(process), process],
    );
    return row && (entryOf(process, row) as JournalEntry<'checkpoint'>);
  }

  async processes(): Promise<string[]> {
    const rows = await this.#ask<{ name: string }>(
      `SELECT name FROM streams WHERE node IN ('', $1) AND seq > 0 ORDER BY id`,
      [this.#node],
    );
    return rows.map(({ name }) => name);
  }

  async base(process: string): Promise<Head> {
    const row = await this.#stream(process);
    return { seq: row?.trimmedSeq ?? 0, hash: row?.trimmedHash ?? firstHash };
  }

  async trim(process: string, upTo: number): Promise<number> {
    await this.#group.settled();
    const stream = await this.#stream(process);
    if (!stream || upTo <= stream.trimmedSeq) return 0;
    assertTrimmable(process, upTo, (await this.lastCheckpoint(process))?.seq ?? 0);
    for (let from = stream.trimmedSeq; from < upTo; ) {
      from = Math.min(from + rowsToTrimAtOnce, upTo);
      // In small pieces, so that appends wait for none of them long.
      await this.#ask(
        `WITH base AS (UPDATE streams SET trimmed_seq = $2,
           trimmed_hash = (SELECT hash FROM journal WHERE stream = $1 AND seq = $2) WHERE id = $1 AND trimmed_seq < $2)
         DELETE FROM journal WHERE stream = $1 AND seq <= $2`,
        [stream.id, from],
      );
    }
    return upTo - stream.trimmedSeq;
  }

  async erase(process: string, seqs: readonly number[]): Promise<void> {
    await this.#group.settled();
    const stream = await this.#stream(process);
    if (!stream || seqs.length === 0) return;
    const rows = await this.#ask<{ seq: number; body: string }>(
      `SELECT seq, body FROM journal WHERE stream = $1 AND seq = ANY ($2) AND NOT starts_with(body, '{"erased"')`,
      [stream.id, seqs],
    );
    for (const { seq, body } of rows) {
      const values = [stream.id, seq, erasedBody(sha256(body))];
      await this.#ask('UPDATE journal SET body = $3 WHERE stream = $1 AND seq = $2', values);
    }
  }

  async graft(process: string, from: Head, entries: readonly JournalEntry[]): Promise<void> {
    const stored = storedFrom(from, entries, await lifeIn(this, process));
    await this.#group.graft(process, from, stored, () => this.#beginAfter(process, from));
  }

  async cut(process: string, after: number): Promise<void> {
    await this.#group.forget(process);
    this.#keys.clear();
    await this.#ask('SELECT cut_stream($1, $2, $3)', [this.#scope(process), process, after]);
  }

  /** Where a stream ends is read again with the next `open`: another node has written it meanwhile. */
  forget(process: string): Promise<void> {
    return this.#group.forget(process);
  }

  /** Keys of entries of another journal, also of those that were trimmed there. */
  async addKeys(process: string, keys: readonly (readonly [key: string, seq: number])[]): Promise<void> {
    const stream = await this.#stream(process);
    if (!stream) return;
    for (let from = 0; from < keys.length; from += rowsToTrimAtOnce) {
      const some = keys.slice(from, from + rowsToTrimAtOnce);
      await this.#ask(
        `INSERT INTO journal_keys (stream, digest, key, seq)
         SELECT $1, sha256(k.key), k.key, k.seq FROM unnest($2::bytea[], $3::bigint[]) AS k(key, seq) ON CONFLICT DO NOTHING`,
        [stream.id, some.map(([key]) => Buffer.from(key)), some.map(([, seq]) => seq)],
      );
    }
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    return this.#group.onDurable(listener);
  }

  async check(): Promise<string[]> {
    const rows = await this.#ask<{ name: string; seq: number; found: number | null; holes: number; keys: number }>(
      `SELECT s.name, s.seq, j.last AS found, s.seq - s.trimmed_seq - j.kept AS holes,
         (SELECT count(*) FROM journal_keys k WHERE k.stream = s.id AND (k.seq > s.seq OR k.digest <> sha256(k.key))) AS keys
       FROM streams s, LATERAL (SELECT count(*) AS kept, max(seq) AS last FROM journal WHERE stream = s.id) j
       WHERE s.node IN ('', $1) AND s.seq > 0`,
      [this.#node],
    );
    return rows.flatMap(({ name, seq, found, holes, keys }) => [
      ...(found === seq ? [] : [`The journal of "${name}" should end at entry ${seq}, and ends at ${found ?? 0}.`]),
      ...(holes === 0 ? [] : [`${holes} entries of "${name}" are missing.`]),
      ...(keys === 0 ? [] : [`${keys} keys of "${name}" are damaged.`]),
    ]);
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  #scope(process: string): string {
    return process.startsWith('@') ? this.#node : '';
  }

  async #stream(process: string): Promise<StreamRow | undefined> {
    const [row] = await this.#ask<StreamRow>(
      `SELECT id, seq, hash, epoch, turn, trimmed_seq AS "trimmedSeq", trimmed_hash AS "trimmedHash" FROM streams
       WHERE node = $1 AND name = $2`,
      [this.#scope(process), process],
    );
    return row;
  }

  async #head(process: string): Promise<StreamHead> {
    const doubt = this.#doubtful.get(process);
    if (doubt !== undefined) await this.#takeNextTurn(process, doubt);
    const { seq = 0, hash = firstHash, epoch = 0, turn = 0 } = (await this.#stream(process)) ?? {};
    this.#turns.set(process, turn);
    return { seq, hash, epoch };
  }

  async #beginAfter(process: string, { seq, hash }: Head): Promise<void> {
    await this.#ask(
      `INSERT INTO streams AS s (node, name, seq, hash, trimmed_seq, trimmed_hash) VALUES ($1, $2, $3, $4, $3, $4)
       ON CONFLICT (node, name) DO UPDATE SET seq = $3, hash = $4, trimmed_seq = $3, trimmed_hash = $4 WHERE s.seq = 0`,
      [this.#scope(process), process, seq, hash],
    );
  }

  /** P2. */
  async #takeNextTurn(process: string, { epoch, after }: { epoch: number; after: number }): Promise<void> {
    const turn = this.#turns.get(process) ?? 0;
    await this.#ask('SELECT take_turn($1, $2, $3, $4, $5)', [this.#scope(process), process, epoch, turn, after]);
    this.#doubtful.delete(process);
  }

  async #fence(process: string, epoch: number): Promise<void> {
    const rows = await this.#ask(
      `INSERT INTO streams AS s (node, name, epoch) VALUES ($1, $2, $3)
       ON CONFLICT (node, name) DO UPDATE SET epoch = $3 WHERE s.epoch <= $3 RETURNING id`,
      [this.#scope(process), process, epoch],
    );
    if (rows.length === 0) throw staleEpoch(process, epoch, (await this.#stream(process))?.epoch ?? 0);
  }

  async #write(batches: readonly NumberedBatch[]): Promise<void> {
    for (const [scope, group] of Map.groupBy(batches, ({ process }) => this.#scope(process))) {
      await this.#writeTo(scope, group);
    }
    for (const { process, entries } of batches) {
      for (const { key, seq } of entries) if (key !== undefined) this.#know(process, key, seq);
    }
  }

  async #writeTo(scope: string, batches: readonly NumberedBatch[]): Promise<void> {
    const json = batchesJson(batches, (process) => this.#turns.get(process) ?? 0);
    try {
      await this.#ask('SELECT append_batches($1, $2)', [scope, json]);
    } catch (thrown) {
      if (isUnreachable(thrown)) for (const batch of batches) this.#doubt(batch);
      throw refusalOf(thrown, batches);
    }
  }

  #doubt({ process, epoch, entries }: NumberedBatch): void {
    const [first] = entries;
    if (first && !this.#doubtful.has(process)) this.#doubtful.set(process, { epoch, after: first.seq - 1 });
  }

  #know(process: string, key: string, seq: number): void {
    this.#keys.set(`${process}\n${key}`, seq);
    if (this.#keys.size <= maxKnownKeys) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }

  /** Asks until the server answers, or patience ends: one that is started again is back in a moment. */
  async #ask<T extends Record<string, unknown>>(sql: string, values: readonly unknown[]): Promise<T[]> {
    for (const begun = performance.now(); ; ) {
      try {
        return await this.#postgres.query<T>(sql, values);
      } catch (thrown) {
        if (!isUnreachable(thrown) || performance.now() - begun > this.#patienceMs) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, tryAgainMs));
      }
    }
  }
}

/** What `append_batches` raises, in our words. */
function refusalOf(thrown: unknown, batches: readonly NumberedBatch[]): unknown {
  if (!(thrown instanceof RuntimeError)) return thrown;
  const { sqlstate, detail } = thrown.details;
  if (typeof sqlstate !== 'string' || !sqlstate.startsWith('AR00')) return thrown;
  const { process, epoch, seq, key } = JSON.parse(String(detail)) as Record<'process' | 'key', string> &
    Record<'epoch' | 'seq', number>;
  const batch = batches.find((one) => one.process === process) as NumberedBatch;
  if (sqlstate === 'AR001') return staleEpoch(process, batch.epoch, epoch);
  if (sqlstate === 'AR003') return keyTaken(process, Buffer.from(key, 'hex').toString(), seq);
  const known = (batch.entries[0]?.seq ?? 1) - 1;
  return new RuntimeError(
    'JOURNAL_SHARED',
    `The journal of "${process}" is at ${seq}, not where this node left it (${known}): two are using it.`,
    { process, known, found: seq },
  );
}
