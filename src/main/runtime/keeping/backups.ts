import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { JsonlJournal } from '../../journal/jsonl-journal.ts';
import { verifyChain } from '../../journal/replay.ts';
import { SqliteJournal } from '../../journal/sqlite-journal.ts';
import type { ProcessParts } from '../../processes/parts.ts';
import { checkBackup, putInPlace, writeBackup } from '../../store/backup-file.ts';
import type { Database } from '../../store/database.ts';
import { lockFolder } from '../../store/folder-lock.ts';
import { runtimeMigrations } from '../../store/migrations.ts';
import { checkFolderBackup, isFolderBackup, putFolderInPlace, writeFolderBackup } from './folder-backup.ts';

const dayMs = 86_400_000;
const lookEveryMs = 3_600_000;
/** Not at once: a start has better things to do. */
const firstLookMs = 600_000;
const keptDays = 7;
const keptWeeks = 4;
const namePattern = /^runtime-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.(?:db|jsonl)$/;
/** Names the backup that the next start puts in place. */
const pendingFile = 'restore-at-start';
/** Says that a backup was put in place and not all about that is settled. */
const restoredFile = 'restored';

export interface BackupsOptions {
  database: Database;
  journal: Journal;
  dataDir: string;
  parts: Pick<ProcessParts, 'clock' | 'alarm' | 'log'>;
}

/** Backups of a node: one a day by itself, kept for seven days and four weeks, and whenever somebody asks. */
export class Backups {
  readonly folder: string;
  readonly #options: BackupsOptions;
  #disarm: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.folder = backupFolder(options.dataDir);
  }

  start(inMs = firstLookMs): void {
    const { clock, alarm, log } = this.#options.parts;
    if (!canBackUp(this.#options.journal) || this.#isClosed) return;
    this.#disarm = alarm.at(clock.now() + inMs, () => {
      const newest = Math.max(0, ...backupsIn(this.folder).map(({ at }) => at));
      const done = clock.now() - newest < dayMs ? Promise.resolve() : this.backUp().then(() => {});
      done
        .catch((thrown: unknown) => log('error', 'the daily backup failed', { reason: asError(thrown).message }))
        .finally(() => this.start(lookEveryMs));
    });
  }

  /** @throws RuntimeError `NOT_SUPPORTED`, `DISK_FULL`, `JOURNAL_CORRUPT`. */
  backUp(path?: string): Promise<{ path: string; bytes: number }> {
    const made = this.#running.then(() => this.#backUp(path));
    this.#running = made.catch(() => {});
    return made;
  }

  /** Has the next start put a backup in place. @throws RuntimeError what is wrong with the backup. */
  async stage(path: string): Promise<void> {
    this.#assertSupported();
    const file = resolve(path);
    await check(file);
    const { kind } = this.#options.journal;
    if (isFolderBackup(file) !== (kind === 'jsonl'))
      throw new RuntimeError('REQUEST_INVALID', `${file} is no backup of a node with a ${kind} journal.`, { path });
    writeFileSync(join(this.#options.dataDir, pendingFile), `${file}\n`, { mode: 0o600 });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#disarm?.();
    await this.#running;
  }

  async #backUp(path: string | undefined): Promise<{ path: string; bytes: number }> {
    this.#assertSupported();
    const { database, journal, dataDir, parts } = this.#options;
    const ending = journal.kind === 'jsonl' ? 'jsonl' : 'db';
    const file = path === undefined ? join(this.folder, `${backupName(parts.clock.now())}.${ending}`) : resolve(path);
    const bytes =
      journal instanceof JsonlJournal
        ? await writeFolderBackup(journal, dataDir, file)
        : await writeBackup(database, file, checkJournal);
    const old = surplus(backupsIn(this.folder), parts.clock.now());
    for (const name of old) rmSync(join(this.folder, name), { recursive: true, force: true });
    return { path: file, bytes };
  }

  #assertSupported(): void {
    const { journal } = this.#options;
    if (canBackUp(journal)) return;
    throw new RuntimeError(
      'NOT_SUPPORTED',
      journal.kind === 'postgres'
        ? 'The journals of this node are in a PostgreSQL database: back that up, by pg_dump or as it is served.'
        : `A ${journal.kind} journal is kept nowhere, so there is nothing to back up.`,
    );
  }
}

const canBackUp = (journal: Journal) => journal.kind === 'sqlite' || journal instanceof JsonlJournal;

export const backupFolder = (dataDir: string) => join(dataDir, 'backups');

/** Puts the backup in place that somebody asked for, if somebody did. Before the database is opened. */
export async function restoreIfStaged(dataDir: string, now: number): Promise<string | null> {
  const pending = join(dataDir, pendingFile);
  if (!existsSync(pending)) return null;
  const file = readFileSync(pending, 'utf8').trim();
  try {
    await restore(file, dataDir, now);
  } finally {
    // Also a backup that cannot be restored is not tried at each start.
    rmSync(pending, { force: true });
  }
  return file;
}

/** The folder must be locked, and nobody have its database open. @throws RuntimeError what is wrong with the backup. */
async function restore(file: string, dataDir: string, now: number): Promise<void> {
  await check(file);
  const aside = `replaced-${stamp(now)}`;
  // Before it is in place: killed in between, nothing of the present is taken for what it is not.
  noteRestore(dataDir, aside);
  try {
    if (isFolderBackup(file)) putFolderInPlace(file, dataDir, aside);
    else putInPlace(file, dataDir, aside);
  } catch (thrown) {
    forgetRestore(dataDir);
    throw thrown;
  }
}

/** Has the next start settle what the node thinks of others; `aside`: ending of the names of what was put aside. */
export function noteRestore(dataDir: string, aside: string): void {
  writeFileSync(join(dataDir, restoredFile), `${aside}\n`, { mode: 0o600 });
}

/** What `noteRestore` was told; undefined: nothing was restored, or all about it is settled. */
export function restoredAside(dataDir: string): string | undefined {
  const path = join(dataDir, restoredFile);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

export function forgetRestore(dataDir: string): void {
  rmSync(join(dataDir, restoredFile), { force: true });
}

/** The same for a folder that nobody uses. @throws RuntimeError `HOST_ALREADY_RUNNING` when a node does. */
export async function restoreStopped(file: string, dataDir: string, now: number): Promise<void> {
  const lock = lockFolder(dataDir);
  try {
    await restore(file, dataDir, now);
  } finally {
    lock.release();
  }
}

const check = (file: string) => (isFolderBackup(file) ? checkFolderBackup(file) : checkBackup(file, checkJournal));

/** @throws RuntimeError `JOURNAL_TOO_NEW`, `JOURNAL_CORRUPT`. */
async function checkJournal(db: Database): Promise<void> {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version === 0) throw new RuntimeError('JOURNAL_CORRUPT', `${db.name} holds no journal.`, { path: db.name });
  if (version > runtimeMigrations.length)
    throw new RuntimeError('JOURNAL_TOO_NEW', `${db.name} was written by a newer Agent Runtime.`, { version });
  // An older format is brought up to date when it is opened; its chain is checked with what reads it then.
  if (version < runtimeMigrations.length) return;
  const journal = new SqliteJournal(db);
  for (const process of await journal.processes()) {
    const { ok, problem } = await verifyChain(journal, process);
    if (!ok)
      throw new RuntimeError('JOURNAL_CORRUPT', `The journal of "${process}" in ${db.name} is damaged: ${problem}`, {
        process,
      });
  }
}

/** What a person can do whose database cannot be opened. */
export function wayOut(dataDir: string): string {
  const newest = backupsIn(backupFolder(dataDir)).sort((a, b) => b.at - a.at)[0];
  const aside = 'or move runtime.db away to begin with what the files of your agents say';
  return newest
    ? `Run: agent-runtime restore ${join(backupFolder(dataDir), newest.name)} (of ${new Date(newest.at).toISOString()}, what came later is lost), ${aside}.`
    : `There is no backup here: restore one from elsewhere with agent-runtime restore, ${aside}.`;
}

interface BackupName {
  name: string;
  at: number;
}

export function backupsIn(folder: string): BackupName[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const match = namePattern.exec(name);
    if (!match) return [];
    const [, year, month, day, hour, minute, second] = match;
    return [{ name, at: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }];
  });
}

const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
const backupName = (at: number) => `runtime-${stamp(at)}`;

/** Backups that need not be kept: beside the newest of each of the last seven days and of each of the last four weeks. */
export function surplus(backups: readonly BackupName[], now: number): string[] {
  const newestFirst = [...backups].sort((a, b) => b.at - a.at);
  const kept = new Set<string>();
  const keep = (spanMs: number, count: number) => {
    const seen = new Set<number>();
    for (const { name, at } of newestFirst) {
      const span = Math.floor((now - at) / spanMs);
      if (span >= count || seen.has(span)) continue;
      seen.add(span);
      kept.add(name);
    }
  };
  keep(dayMs, keptDays);
  keep(7 * dayMs, keptWeeks);
  const [newest] = newestFirst;
  if (newest) kept.add(newest.name);
  return newestFirst.filter(({ name }) => !kept.has(name)).map(({ name }) => name);
}
