import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { asError, RuntimeError } from '../../shared/errors.ts';
import { checkDatabase, type Database, storageError } from './database.ts';
import { syncFolder } from './sync-folder.ts';

/** Looks into a backup and throws what is wrong with it. */
export type BackupCheck = (db: Database) => Promise<void>;

/**
 * Copies a database that is in use to one file, looks whether the copy is sound, and gives it its name only then: a file
 * of that name is a backup that can be restored. Returns its size in bytes.
 * @throws RuntimeError `DISK_FULL`, `JOURNAL_CORRUPT`.
 */
export async function writeBackup(db: Database, path: string, check: BackupCheck): Promise<number> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) throw new RuntimeError('REQUEST_INVALID', `There is a file at ${path} already.`, { path });
  const part = `${path}.part`;
  rmSync(part, { force: true });
  try {
    await db.backup(part);
    await checkBackup(part, check);
    sync(part);
    renameSync(part, path);
    syncFolder(dirname(path));
    return statSync(path).size;
  } catch (thrown) {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(part + end, { force: true });
    throw thrown instanceof RuntimeError ? thrown : storageError(thrown, path);
  }
}

/** @throws RuntimeError `JOURNAL_CORRUPT` for a file that is no sound backup, or what `check` throws. */
export async function checkBackup(path: string, check: BackupCheck): Promise<void> {
  if (!existsSync(path)) throw new RuntimeError('REQUEST_INVALID', `There is no file at ${path}.`, { path });
  let db: Database | undefined;
  try {
    db = new Sqlite(path, { fileMustExist: true });
    // One file and nothing beside it.
    db.pragma('journal_mode = DELETE');
    const problems = checkDatabase(db);
    if (problems.length > 0) throw new RuntimeError('JOURNAL_CORRUPT', `${path} is damaged: ${problems[0]}`, { path });
    await check(db);
  } catch (thrown) {
    throw thrown instanceof RuntimeError ? thrown : storageError(thrown, path);
  } finally {
    db?.close();
  }
}

/** Copies a database that others may have open. @throws RuntimeError `DISK_FULL`, `JOURNAL_CORRUPT`. */
export async function copyDatabase(path: string, to: string): Promise<void> {
  const db = new Sqlite(path, { fileMustExist: true });
  try {
    await db.backup(to);
  } catch (thrown) {
    throw storageError(thrown, path);
  } finally {
    db.close();
  }
  await checkBackup(to, async () => {});
  sync(to);
}

/** A copy of a database that is about to be changed by a newer program. */
export function copyBeforeMigration(path: string, folder: string, version: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, `before-format-${version}.db`);
  const part = `${copy}.part`;
  rmSync(part, { force: true });
  const db = new Sqlite(path);
  try {
    db.prepare('VACUUM INTO ?').run(part);
  } catch (thrown) {
    throw storageError(thrown, path);
  } finally {
    db.close();
  }
  sync(part);
  renameSync(part, copy);
  syncFolder(folder);
}

/**
 * Puts a checked backup in the place of the database of a folder whose node does not run. What was there is kept beside
 * it; `aside` gives the ending. Marks of what was written since say nothing any more, and are put aside as well.
 */
export function putInPlace(backup: string, dataDir: string, aside: string): void {
  const live = join(dataDir, 'runtime.db');
  const fresh = `${live}.restoring`;
  try {
    copyFileSync(backup, fresh);
    sync(fresh);
    moveAside(dataDir, ['runtime.db', 'runtime.db-wal', 'runtime.db-shm', 'journal.hwm'], aside);
    renameSync(fresh, live);
    syncFolder(dataDir);
  } catch (thrown) {
    throw new RuntimeError(
      'DISK_FULL',
      `${backup} could not be put in place: ${asError(thrown).message}`,
      { backup },
      { cause: thrown },
    );
  }
}

/** Keeps files and folders beside where they were; `aside` gives the ending. */
export function moveAside(dataDir: string, names: readonly string[], aside: string): void {
  for (const name of names) {
    const path = join(dataDir, name);
    if (existsSync(path)) renameSync(path, `${path}.${aside}`);
  }
}

export function sync(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
