import { mkdirSync, statSync, truncateSync } from 'node:fs';
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
  const path = join(folder, 'lock');
  try {
    return lockFile(path);
  } catch (thrown) {
    if (!sqliteCode(thrown).startsWith('SQLITE_NOTADB')) throw refusal(folder, thrown);
  }
  // It never holds anything, so this is damage. Whoever held the lock would have been met before the damage was.
  try {
    truncateSync(path);
    return lockFile(path);
  } catch (thrown) {
    throw refusal(folder, thrown);
  }
}

/** How long a node that is just ending is waited for. */
const lockPatienceMs = 3_000;

/** The lock of the data folder; a node that is told to end, or whose starter is gone, gives it back in a moment. */
export async function lockWhenFree(folder: string): Promise<FolderLock> {
  for (const begun = performance.now(); ; ) {
    try {
      return lockFolder(folder);
    } catch (thrown) {
      const taken = thrown instanceof RuntimeError && thrown.code === 'HOST_ALREADY_RUNNING';
      if (!taken || performance.now() - begun > lockPatienceMs) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function lockFile(path: string): FolderLock {
  const db = new Sqlite(path, { timeout: 0 });
  try {
    // No journal file: nothing is ever written, so a crash leaves nothing behind to recover.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    db.close();
    throw thrown;
  }
  return { release: () => void db.close() };
}

function refusal(folder: string, thrown: unknown): RuntimeError {
  const sqlite = sqliteCode(thrown);
  if (sqlite.startsWith('SQLITE_BUSY')) {
    return new RuntimeError('HOST_ALREADY_RUNNING', `A node runs on ${folder} already.`, { folder });
  }
  const text = `${folder} cannot be locked: ${asError(thrown).message}.`;
  return new RuntimeError('DATA_DIR_UNSAFE', text, { folder, sqlite }, { cause: thrown });
}

function sqliteCode(thrown: unknown): string {
  return String((thrown as { code?: unknown }).code ?? '');
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
