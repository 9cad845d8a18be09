import { existsSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { asError, RuntimeError } from '../../shared/errors.ts';

export type Database = Sqlite.Database;
export type Statement = Sqlite.Statement;

/** "AgRt" in ASCII: tells our files from other SQLite databases. */
const applicationId = 0x41675274;

export interface Migration {
  /** What it brings, for the log. */
  title: string;
  sql: string;
}

/**
 * Opens a database with the settings that its promises rest on, and brings its tables up to date in one transaction.
 * `beforeMigration` is called with the path when an existing file is about to be changed, to make a copy of it.
 *
 * @throws RuntimeError `JOURNAL_TOO_NEW` for a file of a newer program, `JOURNAL_CORRUPT` for a damaged or foreign one.
 */
export function openDatabase(
  path: string,
  migrations: readonly Migration[],
  beforeMigration?: (path: string, version: number) => void,
): Database {
  const isNew = path === ':memory:' || !existsSync(path);
  try {
    const db = new Sqlite(path, { timeout: 5_000 });
    setPragmas(db);
    const version = Number(db.pragma('user_version', { simple: true }));
    const id = Number(db.pragma('application_id', { simple: true }));
    if (!isNew && id !== applicationId && (id !== 0 || version !== 0)) {
      db.close();
      throw new RuntimeError('JOURNAL_CORRUPT', `${path} is a database of another program.`, { path });
    }
    if (version > migrations.length) {
      db.close();
      throw new RuntimeError(
        'JOURNAL_TOO_NEW',
        `${path} was written by a newer Agent Runtime (format ${version}; this one knows ${migrations.length}).`,
        { path, version },
      );
    }
    if (version < migrations.length) {
      if (!isNew && version > 0) beforeMigration?.(path, version);
      migrate(db, migrations, version);
    }
    if (!isNew) payOwed(db);
    return db;
  } catch (thrown) {
    if (thrown instanceof RuntimeError) throw thrown;
    throw storageError(thrown, path);
  }
}

/** A file of this name says that a database holds remains of what was deleted, and has to be written anew. */
export const owedPath = (path: string) => `${path}.write-anew`;

function payOwed(db: Database): void {
  const owed = owedPath(db.name);
  if (!existsSync(owed)) return;
  try {
    db.exec('VACUUM');
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // It needs as much room again as the database has; without it, it is tried again when it is opened next.
    return;
  }
  rmSync(owed, { force: true });
}

function setPragmas(db: Database): void {
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  db.pragma('foreign_keys = ON');
  db.pragma('busy_timeout = 5000');
  db.pragma('wal_autocheckpoint = 1000');
  db.pragma('journal_size_limit = 67108864');
  db.pragma('cell_size_check = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('mmap_size = 0');
  if (Number(db.pragma('synchronous', { simple: true })) !== 2) {
    throw new RuntimeError('INTERNAL', 'SQLite does not keep synchronous=FULL.');
  }
}

function migrate(db: Database, migrations: readonly Migration[], from: number): void {
  db.transaction(() => {
    for (const { sql } of migrations.slice(from)) db.exec(sql);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/** An error of SQLite as one of ours. */
export function storageError(thrown: unknown, path: string): RuntimeError {
  const error = asError(thrown);
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_FULL') || code.startsWith('SQLITE_IOERR') || code === 'ENOSPC') {
    return new RuntimeError(
      'DISK_FULL',
      `${path} could not be written: ${error.message}.`,
      { path, sqlite: code },
      { cause: error },
    );
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new RuntimeError(
      'JOURNAL_CORRUPT',
      `${path} is damaged: ${error.message}.`,
      { path, sqlite: code },
      { cause: error },
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new RuntimeError(
      'HOST_ALREADY_RUNNING',
      `${path} is in use by another program.`,
      { path, sqlite: code },
      { cause: error },
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${path} cannot be opened for writing: ${error.message}.`,
      { path, sqlite: code },
      { cause: error },
    );
  }
  return new RuntimeError('INTERNAL', `SQLite refused: ${error.message}.`, { path, sqlite: code }, { cause: error });
}

/** What SQLite itself finds damaged in the file, one sentence each. It reads every page; it cannot tell changed text. */
export function checkDatabase(db: Database): string[] {
  try {
    const found = db.pragma('integrity_check(20)') as { integrity_check: string }[];
    return found.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (thrown) {
    return [storageError(thrown, db.name).message];
  }
}
