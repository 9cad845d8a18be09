import { hash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { RuntimeError } from '../../shared/errors.ts';

export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * Refuses a file that others may read or write. Windows has no such mode; there the profile folder is private.
 * @throws RuntimeError `DATA_DIR_UNSAFE`, with the command that mends it.
 */
export function checkPrivate(file: string): void {
  if (process.platform === 'win32') return;
  const { mode, uid } = statSync(file);
  const me = process.getuid?.() ?? uid;
  if (uid !== me && me !== 0) {
    throw new RuntimeError(
      'DATA_DIR_UNSAFE',
      `${file} belongs to another user (${uid}): use a data folder of your own.`,
    );
  }
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  throw new RuntimeError('DATA_DIR_UNSAFE', `${file} may be read by others (mode ${octal}): run chmod 600 '${file}'.`, {
    file,
    mode: octal,
  });
}

/** Writes the file whole or not at all, for its owner alone; leaves one that is there as it is. */
export function writeNewPrivateFile(file: string, text: string): void {
  if (statSync(file, { throwIfNoEntry: false })) return;
  const temporary = writeBeside(file, text);
  try {
    linkSync(temporary, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Puts a new file in the place of the old one at once, for its owner alone. */
export function replacePrivateFile(file: string, text: string): void {
  renameSync(writeBeside(file, text), file);
}

function writeBeside(file: string, text: string): string {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return temporary;
}
