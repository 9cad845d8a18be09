import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';
import { JsonlJournal } from '../../journal/jsonl-journal.ts';
import { verifyChain } from '../../journal/replay.ts';
import { copyDatabase, moveAside, sync } from '../../store/backup-file.ts';
import { syncFolder } from '../../store/sync-folder.ts';

/** What a backup of journals in JSON lines holds, and how each file must read. */
interface Contents {
  format: 1;
  files: { name: string; bytes: number; sha256: string }[];
}

const contentsFile = 'backup.json';
const memoryFile = 'memory.db';
/** Of the lock that opening a journal makes. */
const noPart = /^lock/;

export const isFolderBackup = (path: string) => existsSync(join(path, contentsFile));

/**
 * Writes a folder with the journal as it is at this moment and with what is remembered, looks whether its chains hold, and
 * gives it its name only then. Memory is copied last: what it has already, it knows by its id. Returns its size in bytes.
 * @throws RuntimeError `DISK_FULL`, `JOURNAL_CORRUPT`, `REQUEST_INVALID`.
 */
export async function writeFolderBackup(journal: JsonlJournal, dataDir: string, path: string): Promise<number> {
  if (existsSync(path)) throw new RuntimeError('REQUEST_INVALID', `There is something at ${path} already.`, { path });
  const part = `${path}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, 'journal'), { recursive: true, mode: 0o700 });
  try {
    await journal.copyTo(join(part, 'journal'));
    await checkChains(join(part, 'journal'));
    const memory = join(dataDir, memoryFile);
    if (existsSync(memory)) await copyDatabase(memory, join(part, memoryFile));
    const contents: Contents = { format: 1, files: [] };
    for (const name of filesIn(part)) contents.files.push({ name, ...(await readingOf(join(part, name))) });
    writeFileSync(join(part, contentsFile), JSON.stringify(contents), { mode: 0o600 });
    sync(join(part, contentsFile));
    syncFolder(join(part, 'journal'));
    syncFolder(part);
    renameSync(part, path);
    syncFolder(dirname(path));
    return contents.files.reduce((sum, { bytes }) => sum + bytes, 0);
  } catch (thrown) {
    rmSync(part, { recursive: true, force: true });
    throw thrown;
  }
}

/** @throws RuntimeError `JOURNAL_CORRUPT` for a folder in which not every byte is as it was written. */
export async function checkFolderBackup(path: string): Promise<void> {
  for (const { name, bytes, sha256 } of contentsOf(path)) {
    const file = join(path, name);
    const found = existsSync(file) ? await readingOf(file) : undefined;
    if (found?.bytes === bytes && found.sha256 === sha256) continue;
    throw new RuntimeError('JOURNAL_CORRUPT', `${file} is not as it was backed up.`, { path: file });
  }
}

/** The same as `putInPlace`, for a checked folder. */
export function putFolderInPlace(backup: string, dataDir: string, aside: string): void {
  const fresh = join(dataDir, 'journal.restoring');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  for (const { name } of contentsOf(backup)) {
    if (dirname(name) !== 'journal') continue;
    copyFileSync(join(backup, name), join(fresh, basename(name)));
    sync(join(fresh, basename(name)));
  }
  syncFolder(fresh);
  moveAside(dataDir, ['journal', 'journal.hwm', memoryFile, `${memoryFile}-wal`, `${memoryFile}-shm`], aside);
  if (existsSync(join(backup, memoryFile))) {
    copyFileSync(join(backup, memoryFile), join(dataDir, memoryFile));
    sync(join(dataDir, memoryFile));
  }
  renameSync(fresh, join(dataDir, 'journal'));
  syncFolder(dataDir);
}

function contentsOf(path: string): Contents['files'] {
  try {
    return (JSON.parse(readFileSync(join(path, contentsFile), 'utf8')) as Contents).files;
  } catch {
    throw new RuntimeError('JOURNAL_CORRUPT', `${join(path, contentsFile)} cannot be read.`, { path });
  }
}

async function checkChains(folder: string): Promise<void> {
  const journal = await JsonlJournal.open(folder);
  try {
    if (journal.tornTail) throw new RuntimeError('JOURNAL_CORRUPT', `The copy in ${folder} ends in half a line.`);
    for (const process of await journal.processes()) {
      const { ok, problem } = await verifyChain(journal, process);
      if (!ok)
        throw new RuntimeError('JOURNAL_CORRUPT', `The journal of "${process}" is damaged: ${problem}`, { process });
    }
  } finally {
    await journal.close();
  }
  for (const name of readdirSync(folder)) if (noPart.test(name)) rmSync(join(folder, name));
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(folder, name)).isFile() && !noPart.test(basename(name))).sort();
}

async function readingOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { bytes: statSync(path).size, sha256: hash.digest('hex') };
}
