import { hash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { RuntimeError } from '../../shared/errors.ts';
import type { FolderIs } from '../../shared/folder-is.ts';
import { isJsonObject } from '../../shared/json.ts';
import { lockFolder } from './folder-lock.ts';

export interface Whereabouts {
  /** A person said that it is a copy: it needs an identity of its own. */
  isCopy: boolean;
  /** What of its past is missing, in one sentence; null: nothing that is known of. */
  lost: string | null;
}

interface Inside {
  id: string;
  nonce: string;
  /** The nonce before, in case the program died between writing both files. */
  before: string | null;
  machine: string | null;
}

interface Outside {
  nonce: string;
  folder: string;
  at: number;
}

const fileName = 'folder.json';
const forgottenAfterMs = 365 * 86_400_000;

export interface WhereaboutsOptions {
  /** Where the user's programs keep what must not travel with the data; null: nowhere, and nothing is noticed. */
  stateDir: string | null;
  says?: FolderIs | undefined;
  machine?: string | null;
  now: number;
}

/**
 * Notices that a data folder stands twice: every start draws a nonce that is kept in the folder and, with its place, in
 * the user's state folder. Of two folders with one past, the one that started last has the nonce; the other differs, and
 * may not start while the first one is there. Two of them never run at once.
 * @throws RuntimeError `FOLDER_COPIED` until a person says which of them this is.
 */
export function settleWhereabouts(dataDir: string, options: WhereaboutsOptions): Whereabouts {
  const { stateDir, says, machine = machineId(), now } = options;
  if (stateDir === null || !isFolder(stateDir)) return { isCopy: false, lost: null };
  const here = realpathSync(dataDir);
  const inside = readJson<Inside>(join(dataDir, fileName));
  const outside = inside && readJson<Outside>(outsideOf(stateDir, inside.id));
  const doubt = inside ? doubtOf(inside, outside, here, machine) : null;
  if (doubt !== null && !says) throw refusal(dataDir, doubt);
  const isCopy = doubt !== null && says === 'copy';
  const lost = doubt === null ? lossOf(dataDir, inside, inside ? outside : lastHere(stateDir, here)) : null;
  const kept = isCopy ? undefined : inside;
  const next: Inside = { id: kept?.id ?? drawn(), nonce: drawn(), before: kept?.nonce ?? null, machine };
  writeWhole(join(dataDir, fileName), next);
  writeWhole(outsideOf(stateDir, next.id), { nonce: next.nonce, folder: here, at: now } satisfies Outside);
  return { isCopy, lost };
}

/** Why it cannot be told what this folder is; null where it can. */
function doubtOf(inside: Inside, outside: Outside | undefined, here: string, machine: string | null): string | null {
  if (!outside) {
    const isForeign = inside.machine !== null && machine !== null && inside.machine !== machine;
    return isForeign ? 'it comes from another computer, where it may still be in use' : null;
  }
  const { folder, at } = outside;
  if (folder === here || readJson<Inside>(join(folder, fileName))?.id !== inside.id) return null;
  if (isBehind(inside, outside))
    return `the same node has started from ${folder} since (${new Date(at).toISOString()})`;
  return isInUse(folder) ? `the same node runs from ${folder}` : null;
}

/** What a folder lacks that nobody else has either: it was emptied, or an older copy of it was put in its place. */
function lossOf(dataDir: string, inside: Inside | undefined, outside: Outside | undefined): string | null {
  if (!outside) return null;
  const at = new Date(outside.at).toISOString();
  if (isEmpty(dataDir)) return `A node began here at ${at}, and nothing of its journal is left.`;
  if (!inside || !isBehind(inside, outside)) return null;
  return `This folder is older than what ran from ${outside.folder} at ${at}: what was written there is not here.`;
}

function isBehind({ nonce, before }: Inside, outside: Outside): boolean {
  return outside.nonce !== nonce && outside.nonce !== before;
}

function isInUse(folder: string): boolean {
  try {
    lockFolder(folder).release();
    return false;
  } catch (thrown) {
    return thrown instanceof RuntimeError && thrown.code === 'HOST_ALREADY_RUNNING';
  }
}

function refusal(dataDir: string, doubt: string): RuntimeError {
  return new RuntimeError(
    'FOLDER_COPIED',
    `${dataDir} is a copy of a data folder, or the other one is: ${doubt}. Start with --folder-is copy to give this one an identity of its own (nothing runs before you say so), or with --folder-is moved if the other one is not used any more.`,
    { folder: dataDir, choices: ['copy', 'moved'] },
  );
}

/** What is known of the node that last began in this place; forgets places of which nothing was heard for a year. */
function lastHere(stateDir: string, folder: string): Outside | undefined {
  let newest: Outside | undefined;
  for (const name of readdirSync(stateDir)) {
    const path = join(stateDir, name);
    const outside = readJson<Outside>(path);
    if (!outside) continue;
    if (outside.folder === folder && (!newest || outside.at > newest.at)) newest = outside;
    if (outside.folder === folder || Date.now() - outside.at > forgottenAfterMs) rmSync(path, { force: true });
  }
  return newest;
}

const outsideOf = (stateDir: string, id: string) => join(stateDir, `${id}.json`);
const drawn = () => randomBytes(16).toString('hex');
const isEmpty = (dataDir: string) => !existsSync(join(dataDir, 'runtime.db')) && !existsSync(join(dataDir, 'journal'));

function isFolder(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isJsonObject(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

function writeWhole(path: string, value: object): void {
  try {
    writeFileSync(`${path}.part`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.part`, path);
  } catch {
    // A full disk is no reason not to start; what stands there is as it was.
  }
}

/** The same as long as this system is installed; null where it does not say. Only a hash of it is kept. */
function machineId(): string | null {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const text = readFileSync(path, 'utf8').trim();
      if (text) return hash('sha256', `agent-runtime\n${text}`);
    } catch {
      // Not on this system.
    }
  }
  return null;
}
