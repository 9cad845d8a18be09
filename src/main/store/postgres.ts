import type { Pool, PoolClient } from 'pg';
import { asError, RuntimeError } from '../../shared/errors.ts';

export type Row = Record<string, unknown>;
/** Asks within one transaction. */
export type Query = <T extends Row>(sql: string, values?: readonly unknown[]) => Promise<T[]>;

/** Two of them listen. */
const connections = 5;
const connectTimeoutMs = 3_000;
/** The server gives a statement up after as long; the client waits a little longer, should the server be gone. */
const statementTimeoutMs = 5_000;
const answerTimeoutMs = 7_000;
const idleMs = 30_000;
const listenAgainMs = 1_000;

/** Where commits are not waited for, ours are, for this transaction; what is set more strictly stays. */
export const keptOnCommit = `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** `bigint`, which the client gives as text since it may be larger than a number; ours are counters and times. */
const bigintOid = 20;

/**
 * Connections to one PostgreSQL server, the primary. What goes wrong is a RuntimeError: `DATABASE_UNREACHABLE` when the
 * server is away, restarting or too slow (whether the question was carried out is unknown then), `DATABASE_REFUSED` when
 * it does not let us in, `DISK_FULL`. Anything else carries the `sqlstate` and the server's `detail`.
 */
export class Postgres {
  /** Server and database, without the password. */
  readonly name: string;
  readonly #pool: Pool;
  readonly #listening = new Set<() => void>();

  private constructor(pool: Pool, name: string) {
    this.#pool = pool;
    this.name = name;
    // A connection that ends while nobody uses it is replaced by the next question.
    pool.on('error', () => {});
    // One that ends while somebody has it says so to the next question; told to nobody, it would end this program, also
    // in the moment before whoever waited for it hears that it is there.
    pool.on('connect', (client: PoolClient) => client.on('error', () => {}));
  }

  /** @throws RuntimeError as above, and `DATABASE_REFUSED` for a standby or a server that is too old. */
  static async open(url: string): Promise<Postgres> {
    const { Pool, types } = await import('pg');
    const name = databaseName(url);
    const pool = new Pool({
      connectionString: url,
      application_name: 'agent-runtime',
      max: connections,
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: answerTimeoutMs,
      allowExitOnIdle: true,
      types: { getTypeParser: (oid, format) => (oid === bigintOid ? Number : types.getTypeParser(oid, format)) },
    });
    const postgres = new Postgres(pool, name);
    try {
      await postgres.#assertUsable();
    } catch (thrown) {
      await postgres.close();
      throw thrown;
    }
    return postgres;
  }

  async query<T extends Row>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.#with((client) => this.#ask<T>(client, sql, values));
  }

  /** READ COMMITTED. When `work` throws, nothing of it is kept. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.#with(async (client) => {
      const query: Query = (sql, values = []) => this.#ask(client, sql, values);
      await query(`BEGIN; ${keptOnCommit}`);
      try {
        const result = await work(query);
        await query('COMMIT');
        return result;
      } catch (thrown) {
        if (!isUnreachable(thrown)) await query('ROLLBACK');
        throw thrown;
      }
    });
  }

  /** Calls back for each NOTIFY, as long as there is a connection. Some are missed: it is a hint. Returns what undoes it. */
  listen(channel: string, heard: (payload: string) => void): () => void {
    const stopped = new AbortController();
    const stop = (): void => {
      this.#listening.delete(stop);
      stopped.abort();
    };
    this.#listening.add(stop);
    void this.#listenOn(channel, heard, stopped.signal);
    return stop;
  }

  async close(): Promise<void> {
    for (const stop of this.#listening) stop();
    await this.#pool.end();
  }

  async #listenOn(channel: string, heard: (payload: string) => void, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      try {
        await this.#with(async (client) => {
          const ended = Promise.withResolvers<void>();
          const hear = (told: { channel: string; payload?: string }): void => {
            if (told.channel === channel) heard(told.payload ?? '');
          };
          client.on('notification', hear);
          client.once('end', ended.resolve);
          stopped.addEventListener('abort', () => ended.resolve(), { once: true });
          await this.#ask(client, `LISTEN ${channel}`, []);
          if (!stopped.aborted) await ended.promise;
          client.off('notification', hear);
          // So that no connection goes back that still listens.
          throw new RuntimeError('DATABASE_UNREACHABLE', `${this.name} is not listened to any more.`);
        });
      } catch {
        if (stopped.aborted) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, listenAgainMs);
          timer.unref();
          stopped.addEventListener('abort', () => [clearTimeout(timer), resolve()], { once: true });
        });
      }
    }
  }

  async #with<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (thrown) {
      throw this.#errorOf(thrown);
    }
    let isSound = true;
    try {
      return await work(client);
    } catch (thrown) {
      isSound = !isUnreachable(thrown);
      throw thrown;
    } finally {
      client.release(!isSound);
    }
  }

  async #ask<T extends Row>(client: PoolClient, sql: string, values: readonly unknown[]): Promise<T[]> {
    try {
      const { rows } = await client.query(sql, values);
      return rows as T[];
    } catch (thrown) {
      throw this.#errorOf(thrown);
    }
  }

  async #assertUsable(): Promise<void> {
    const [facts] = await this.query<{ version: number; standby: boolean; fsync: string; encoding: string }>(
      `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
         current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding`,
    );
    const { version = 0, standby, fsync, encoding } = facts ?? {};
    const refuse = (why: string): never => {
      throw new RuntimeError('DATABASE_REFUSED', `${this.name} ${why}.`, { database: this.name });
    };
    if (version < 130_000) refuse('is older than PostgreSQL 13');
    if (standby) refuse('is a standby; the primary is needed');
    if (fsync !== 'on') refuse('runs with fsync off, so nothing it takes is safe');
    if (encoding !== 'UTF8') refuse(`holds texts in ${encoding}; UTF8 is needed`);
  }

  #errorOf(thrown: unknown): RuntimeError {
    if (thrown instanceof RuntimeError) return thrown;
    const error = asError(thrown) as Error & { code?: string; detail?: string };
    const sqlstate = error.code ?? '';
    const details = { database: this.name, sqlstate, detail: error.detail ?? '' };
    const says = error.message || sqlstate;
    const say = (code: 'DATABASE_UNREACHABLE' | 'DATABASE_REFUSED' | 'DISK_FULL' | 'INTERNAL', text: string) =>
      new RuntimeError(code, text, details, { cause: error });
    if (sqlstate.startsWith('53100')) return say('DISK_FULL', `${this.name} has no room left: ${says}.`);
    if (isAway(sqlstate, error.message)) {
      return say('DATABASE_UNREACHABLE', `${this.name} cannot be reached: ${says}.`);
    }
    if (/^(28|3D|42501)/.test(sqlstate)) return say('DATABASE_REFUSED', `${this.name} refuses: ${says}.`);
    return say('INTERNAL', `${this.name} refused: ${says}.`);
  }
}

/** Whether it is unknown what became of a question. */
export function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.code === 'DATABASE_UNREACHABLE';
}

/**
 * 08: connection; 25006: it has become a standby; 40: rolled back, to be tried again; 53300: too many connections;
 * 57: the server is told to end, starts, or gave the statement up.
 */
function isAway(sqlstate: string, message: string): boolean {
  if (/^(08|25006|40|53300|57)/.test(sqlstate)) return true;
  if (/^E[A-Z_]+$/.test(sqlstate)) return true;
  return sqlstate === '' && /terminat|timeout|timed out|not queryable|closed|ended/i.test(message);
}

/** Server and database of an address, without the password. @throws RuntimeError `REQUEST_INVALID` */
export function databaseName(url: string): string {
  const { protocol, hostname, port, pathname } = URL.parse(url) ?? {};
  if (protocol === 'postgres:' || protocol === 'postgresql:')
    return `PostgreSQL at ${hostname || 'localhost'}:${port || 5432}${pathname}`;
  throw new RuntimeError('REQUEST_INVALID', 'The address of a database looks like postgres://user@host/name.');
}
