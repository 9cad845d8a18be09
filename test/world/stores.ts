import { join } from 'node:path';
import type { Journal } from '../../src/main/journal/journal.ts';
import { JsonlJournal } from '../../src/main/journal/jsonl-journal.ts';
import { MemoryJournal } from '../../src/main/journal/memory-journal.ts';
import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { FollowedModels } from '../../src/main/journal/tables/followed-models.ts';
import { ReadModels } from '../../src/main/journal/tables/read-models.ts';
import type { Clock } from '../../src/main/lib/clock.ts';
import { type Database, openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { postgresDatabase } from './postgres-server.ts';

export type StoreKind = 'memory' | 'jsonl' | 'sqlite' | 'postgres';
export const storeKinds: readonly StoreKind[] = ['memory', 'jsonl', 'sqlite'];

/** A journal with the read models beside it, as a node has them. */
export interface Store {
  readonly journal: Journal;
  readonly database: Database;
  /** Makes durable what was appended, and lets go. What is kept can be opened again. */
  close(): Promise<void>;
}

/** A place that keeps a journal from one program to the next. */
export class Shelf {
  readonly kind: StoreKind;
  readonly #folder: string;
  readonly #memory: MemoryJournal;

  constructor(kind: StoreKind, folder: string, clock: Clock) {
    this.kind = kind;
    this.#folder = folder;
    this.#memory = new MemoryJournal(clock);
  }

  async open(clock: Clock): Promise<Store> {
    if (this.kind === 'sqlite') {
      const database = openDatabase(join(this.#folder, 'runtime.db'), runtimeMigrations);
      const journal = new SqliteJournal(database, new ReadModels(database), clock);
      return {
        journal,
        database,
        async close() {
          await journal.close();
          database.close();
        },
      };
    }
    if (this.kind === 'postgres') return this.#openPostgres(clock);
    const database = openDatabase(':memory:', runtimeMigrations);
    const models = new ReadModels(database);
    const isMemory = this.kind === 'memory';
    const journal = isMemory
      ? this.#memory
      : await JsonlJournal.open(join(this.#folder, 'journal'), { clock, segmentBytes: 64 << 10 });
    await models.rebuild(journal);
    const unfollow = models.follow(journal);
    return {
      journal,
      database,
      async close() {
        // Memory is this test's disk: it stays, once what was appended in this turn has been written.
        if (isMemory) await new Promise(setImmediate);
        else await journal.close();
        unfollow();
        database.close();
      },
    };
  }

  async #openPostgres(clock: Clock): Promise<Store> {
    const database = openDatabase(join(this.#folder, 'runtime.db'), runtimeMigrations);
    const postgres = await Postgres.open(await postgresDatabase(this.#folder));
    const inner = await PostgresJournal.open(postgres, { node: 'n1', clock, patienceMs: 300 });
    const journal = new FollowedModels(database, new ReadModels(database)).wrap(inner, () => true);
    return {
      journal,
      database,
      async close() {
        await journal.close();
        await postgres.close();
        database.close();
      },
    };
  }
}
