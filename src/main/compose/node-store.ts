import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RuntimeError, toWire } from '../../shared/errors.ts';
import { crossingMigrations } from '../cluster/crossing/crossing-tables.ts';
import { Homes } from '../cluster/crossing/homes.ts';
import { SettingsTable } from '../cluster/crossing/settings-table.ts';
import { LeasedOwnership } from '../cluster/leases/ownership.ts';
import { DatabaseDesk } from '../cluster/postgres/database-desk.ts';
import { type DatabaseSetting, readDatabaseSetting } from '../cluster/postgres/database-setting.ts';
import { Departures } from '../cluster/postgres/departures.ts';
import type { PostgresLeases } from '../cluster/postgres/postgres-leases.ts';
import { PostgresOwners } from '../cluster/postgres/postgres-owners.ts';
import { openPostgresStore, patiently } from '../cluster/postgres/postgres-store.ts';
import type { KeyedJournal } from '../journal/grafting.ts';
import type { Journal } from '../journal/journal.ts';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import { SqliteJournal } from '../journal/sqlite-journal.ts';
import { ReadModels } from '../journal/tables/read-models.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { backupFolder, wayOut } from '../runtime/keeping/backups.ts';
import type { JournalPlace } from '../runtime/operations/database-operations.ts';
import { copyBeforeMigration } from '../store/backup-file.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { runtimeMigrations } from '../store/migrations.ts';
import type { Postgres } from '../store/postgres.ts';

/** The parts of a node that shares a database with others. */
export interface SharedStore {
  readonly postgres: Postgres;
  readonly journal: Journal;
  readonly leases: PostgresLeases;
  readonly departures: Departures;
  readonly ownership: LeasedOwnership;
  readonly owners: PostgresOwners;
  readonly isElsewhere: (process: string) => boolean;
}

export interface NodeStoreOptions {
  dataDir: string;
  kind: 'sqlite' | 'jsonl';
  node: string;
  log: Log;
}

/** What a node stands on: its journal, the tables that screens list, and who says what lives here. */
export interface NodeStore {
  readonly journal: Journal;
  readonly database: Database;
  /** Set where nodes share a database: there, leases say who owns what. */
  readonly shared?: SharedStore;
  readonly place: JournalPlace;
  /** After the runtime has closed. */
  close(): Promise<void>;
}

export async function openStore(options: NodeStoreOptions): Promise<NodeStore> {
  const { dataDir, node } = options;
  const setting = readDatabaseSetting(dataDir);
  const { database, models, journal, follow } = await openOwn(options);
  if (setting) {
    const shared = await openShared(options, setting, { database, models, journal });
    if (shared) return shared;
  }
  await follow();
  const elsewhere = () => elsewhereIn(dataDir);
  const place = new DatabaseDesk({ dataDir, node, clock: systemClock, journal, own: journal, elsewhere });
  return { journal, database, place, close: async () => {} };
}

interface OwnStore {
  database: Database;
  models: ReadModels;
  journal: KeyedJournal;
}

/** The journal in files of this node. `follow` brings the tables up to date where the journal does not write them. */
async function openOwn({ dataDir, kind, log }: NodeStoreOptions): Promise<OwnStore & { follow(): Promise<void> }> {
  if (kind === 'jsonl') {
    const database = openDatabase(':memory:', runtimeMigrations);
    const journal = await JsonlJournal.open(join(dataDir, 'journal'), {
      log: (message) => log.write('warn', message, {}),
    });
    const models = new ReadModels(database);
    const follow = async () => {
      await models.rebuild(journal);
      models.follow(journal);
    };
    return { database, models, journal, follow };
  }
  const database = openSound(dataDir);
  const models = new ReadModels(database);
  return { database, models, journal: new SqliteJournal(database, models), follow: async () => {} };
}

/** @throws RuntimeError `JOURNAL_CORRUPT` that says what can be done, `JOURNAL_TOO_NEW`. */
function openSound(dataDir: string): Database {
  try {
    return openDatabase(join(dataDir, 'runtime.db'), runtimeMigrations, (path, version) =>
      copyBeforeMigration(path, backupFolder(dataDir), version),
    );
  } catch (thrown) {
    const { code, message, details } = toWire(thrown);
    if (code !== 'JOURNAL_CORRUPT') throw thrown;
    throw new RuntimeError(code, `${message} ${wayOut(dataDir)}`, details ?? {}, { cause: thrown });
  }
}

async function openShared(
  { dataDir, node, log }: NodeStoreOptions,
  setting: DatabaseSetting,
  { database, models, journal: former }: OwnStore,
): Promise<NodeStore | undefined> {
  const store = await openPostgresStore({
    setting,
    dataDir,
    node,
    database,
    models,
    former,
    areTablesKept: former.kind === 'sqlite',
    elsewhere: elsewhereIn(dataDir),
    log: log.write,
  });
  if (!store) return undefined;
  const { leases } = store;
  const ownership = new LeasedOwnership({
    leases,
    holder: { node, session: randomUUID() },
    pausesAlways: true,
    log: log.write,
  });
  const lives = (process: string) => process.startsWith('@') || ownership.epoch(process) > 0;
  const journal = store.follow(lives);
  const departures = new Departures(store.postgres, node);
  const parts = { ownership, departures, node, isDrained: isDrainedIn(dataDir) };
  const owners = new PostgresOwners({ ...parts, name: hostname(), leases, journal: store.journal, clock: systemClock });
  await patiently(() => owners.begin(), log.write);
  const place = new DatabaseDesk({ dataDir, node, clock: systemClock, journal, elsewhere: () => new Set() });
  const { postgres } = store;
  const isElsewhere = (process: string) => !lives(process);
  return {
    journal,
    database,
    shared: { postgres, journal, leases, departures, ownership, owners, isElsewhere },
    place,
    async close() {
      await store.close();
      // It holds a lock of its own where it is in files.
      await former.close();
    },
  };
}

/** What a node that was in a cluster without a shared database knows of where its processes went. */
function elsewhereIn(dataDir: string): ReadonlySet<string> {
  return inCrossing(dataDir, new Set(), (db) => {
    const homes = new Homes(db, systemClock).all();
    return new Set(homes.flatMap(({ process, place }) => (place === 'elsewhere' ? process : [])));
  });
}

function isDrainedIn(dataDir: string): boolean {
  return inCrossing(dataDir, false, (db) => new SettingsTable(db).get('drained') === true);
}

function inCrossing<T>(dataDir: string, none: T, look: (db: Database) => T): T {
  const path = join(dataDir, 'crossing.db');
  if (!existsSync(path)) return none;
  const db = openDatabase(path, crossingMigrations);
  try {
    return look(db);
  } finally {
    db.close();
  }
}
