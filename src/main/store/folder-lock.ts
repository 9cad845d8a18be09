import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { asError, RuntimeError } from '../../shared/errors.ts';

export interface FolderLock {
  release(): void;
}

/**
 * Keeps a folder to one program. The lock is a transaction on a file of its own, so the operating system lets go of it
 * when the program ends, however it ends.
 *
 * @throws RuntimeError `HOST_ALREADY_RUNNING`, `DATA_DIR_UNSAFE`.
 */
export function lockFolder(folder: string): FolderLock {
  makePrivate(folder);
  let db: Sqlite.Database;
  try {
    // The file never holds anything, so what stands in it is damage; emptying it takes the lock from nobody.
    writeFileSync(join(folder, 'lock'), '', { mode: 0o600 });
    db = new Sqlite(join(folder, 'lock'), { timeout: 0 });
  } catch (thrown) {
    throw new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${folder} cannot be written: ${asError(thrown).message}.`,
      { folder },
      { cause: thrown },
    );
  }
  try {
    // No journal file: nothing is ever written, so a crash leaves nothing behind to recover.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    db.close();
    const code = (thrown as { code?: string }).code ?? '';
    if (code.startsWith('SQLITE_BUSY'))
      throw new RuntimeError('HOST_ALREADY_RUNNING', `A node runs on ${folder} already.`, { folder });
    throw new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${folder} cannot be locked: ${asError(thrown).message}.`,
      { folder, sqlite: code },
      { cause: thrown },
    );
  }
  return { release: () => db.close() };
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${folder} cannot be made: ${asError(thrown).message}.`,
      { folder },
      { cause: thrown },
    );
  }
  const found = statSync(folder);
  if (!found.isDirectory()) throw new RuntimeError('DATA_DIR_UNSAFE', `${folder} is no folder.`, { folder });
  if (process.platform === 'win32') return;
  if (process.getuid && found.uid !== process.getuid())
    throw new RuntimeError('DATA_DIR_UNSAFE', `${folder} belongs to another user.`, { folder });
  if (found.mode & 0o022)
    throw new RuntimeError('DATA_DIR_UNSAFE', `${folder} can be written by others; run: chmod 700 ${folder}`, {
      folder,
    });
}
