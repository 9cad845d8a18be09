import type { Dirent } from 'node:fs';
import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, parse, relative, resolve, sep } from 'node:path';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { ownFilesFolder } from '../../store/own-files.ts';
import type { PathPatterns } from './glob.ts';

/** Beyond this a folder is not watched: each look at it would take seconds. */
const maxEntries = 100_000;

/** The absolute path that settings mean: `~` is the home folder. */
export function watchFolder(watchPath: string): string {
  return resolve(watchPath.replace(/^~(?=$|[/\\])/, () => homedir()));
}

/**
 * Refuses folders whose changes are nobody's business or everybody's: the root of a drive, the home folder and what it
 * lies in, and whatever holds or lies in the data folder, as each event would change it again.
 * @throws RuntimeError `WATCH_TOO_BROAD`
 */
export function refuseBroad(folder: string, dataDir: string | undefined): void {
  const refuse = (what: string) =>
    new RuntimeError('WATCH_TOO_BROAD', `${folder} ${what}; watch a folder of your own in it.`, { folder });
  if (parse(folder).root === folder) throw refuse('is the root of a drive');
  if (folder === homedir()) throw refuse('is the home folder');
  if (holds(folder, homedir())) throw refuse('holds the home folder');
  if (dataDir === undefined) return;
  if (holds(folder, resolve(dataDir))) throw refuse('holds the data folder of this node');
  // What templates bring along is the person's own, though it lies there.
  if (holds(join(resolve(dataDir), ownFilesFolder), folder)) return;
  if (holds(resolve(dataDir), folder)) throw refuse('lies in the data folder of this node');
}

/** Whether `path` is `folder` or lies in it. */
function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !parse(way).root);
}

/**
 * Makes the folder if it is missing, and gives its path without links.
 * @throws RuntimeError `WATCH_TOO_BROAD`, `REQUEST_INVALID` when it cannot be a folder
 */
export async function prepareFolder(watchPath: string, dataDir: string | undefined): Promise<string> {
  const folder = watchFolder(watchPath);
  refuseBroad(folder, dataDir);
  let real: string;
  try {
    await mkdir(folder, { recursive: true });
    real = await realpath(folder);
  } catch (thrown) {
    throw new RuntimeError('REQUEST_INVALID', `watch_path ${folder} cannot be watched: ${asError(thrown).message}.`, {
      folder,
    });
  }
  // A link may lead to what its name hides.
  refuseBroad(real, dataDir);
  return real;
}

/** Which folder stands at the path now; null when none does. */
export async function folderIdentity(folder: string): Promise<string | null> {
  try {
    const stats = await stat(folder, { bigint: true });
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : null;
  } catch {
    return null;
  }
}

/** Whether the part of the tree is looked at at all. `path` is relative to the folder. */
export function isSeen(path: string, patterns: PathPatterns): boolean {
  return patterns.hidden || !path.split('/').some((name) => name.startsWith('.'));
}

/**
 * All files below the folder that the patterns match, as paths relative to it. Links are not followed, and folders that
 * cannot be read are passed over. Rejects when the folder itself cannot be read.
 * @throws RuntimeError `WATCH_TOO_BROAD` at more than `most` files and folders
 */
export async function findFiles(
  folder: string,
  patterns: PathPatterns,
  recursive: boolean,
  most = maxEntries,
): Promise<string[]> {
  const found: string[] = [];
  const folders = [''];
  let seen = 0;
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of await entriesOf(folder, at)) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (!isSeen(path, patterns)) continue;
      if (++seen > most) throw tooMany(folder, most);
      if (entry.isDirectory() && recursive) folders.push(path);
      else if (entry.isFile() && patterns.matches(path)) found.push(path);
    }
  }
  return found;
}

async function entriesOf(folder: string, at: string): Promise<Dirent[]> {
  try {
    return await readdir(join(folder, at), { withFileTypes: true });
  } catch (thrown) {
    if (at === '') throw thrown;
    return [];
  }
}

function tooMany(folder: string, most: number): RuntimeError {
  return new RuntimeError(
    'WATCH_TOO_BROAD',
    `${folder} holds more than ${most.toLocaleString('en')} files and folders; watch a part of it.`,
    { folder, most },
  );
}
