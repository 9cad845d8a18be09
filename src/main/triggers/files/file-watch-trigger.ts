import { join, relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { FileWatchTrigger as FileWatchSettings } from '../../../shared/config/trigger-config.ts';
import { asError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Trigger, TriggerHost } from '../trigger.ts';
import { changeKey, type FileChange, planChanges } from './file-changes.ts';
import { filePayload } from './file-payload.ts';
import { sameContent, sameFile, stateOf, untouched } from './file-state.ts';
import { type PathPatterns, readPatterns } from './glob.ts';
import { KnownFiles } from './known-files.ts';
import { type Settled, Settling } from './settling.ts';
import { findFiles, folderIdentity, isSeen, prepareFolder, refuseBroad, watchFolder } from './watch-root.ts';

/** Changes told at once; what they store shares its writes. */
const atOnce = 16;
/** A look at the whole folder costs at most a hundredth of the time. */
const rescanMs = 60_000;
const rescanShare = 100;
/** After so many changes in one go the system may have dropped some: the folder is looked at again soon. */
const burst = 100;
const burstRescanMs = 1_000;
const returnPollMs = 1_000;
const readyMs = 30_000;

/**
 * Wakes with changes of files below a folder.
 *
 * F1. What the system says about changes is only a reason to look. What changed is found by comparing the folder with
 *     what the host remembers; so a lost notice costs time, not a file, and nothing that happened while nobody looked
 *     is missed.
 * F2. A file is told about when it has settled, with the content it has then.
 * F3. A change is remembered after its event is stored. In between a crash may find it again, and its key is the same.
 * F4. A folder that is gone may be a drive that was pulled out: nothing in it counts as deleted until it is back.
 */
export class FileWatchTrigger implements Trigger {
  readonly type = 'file_watch';
  readonly id: string;
  readonly #settings: FileWatchSettings;
  readonly #host: TriggerHost;
  readonly #dataDir: string | undefined;
  readonly #patterns: PathPatterns;
  readonly #known: KnownFiles;
  #settling: Settling;
  #root = '';
  /** Which folder is watched; another one may take its path. Null while it is gone. */
  #identity: string | null = null;
  #watcher: FSWatcher | undefined;
  #running = false;
  #failures = 0;
  #scanning: Promise<void> | undefined;
  #undoRescan = () => {};
  #undoPoll = () => {};

  /** @throws RuntimeError `PATTERN_UNSAFE`, `WATCH_TOO_BROAD` */
  constructor(settings: FileWatchSettings & { id: string }, host: TriggerHost, dataDir?: string) {
    this.id = settings.id;
    this.#settings = settings;
    this.#host = host;
    this.#dataDir = dataDir;
    this.#patterns = readPatterns(settings.watchPatterns);
    refuseBroad(watchFolder(settings.watchPath), dataDir);
    this.#known = new KnownFiles(settings.id, host);
    this.#settling = this.#newSettling();
  }

  nextFiring(): null {
    return null;
  }

  summary(): string {
    const { watchPath, watchPatterns, watchEvents } = this.#settings;
    const gone = this.#running && this.#identity === null ? '; waits for the folder to come back' : '';
    return `${watchEvents.join(', ')}: ${watchPatterns.join(' ')} in ${watchPath}${gone}`;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#root = await prepareFolder(this.#settings.watchPath, this.#dataDir);
    // Before anything watches it: a folder that is too large is refused, not half watched.
    await findFiles(this.#root, this.#patterns, this.#settings.recursive);
    this.#running = true;
    this.#settling = this.#newSettling();
    try {
      const { about } = await this.#known.load(this.#root);
      for (const path of [...this.#known.paths()]) if (!this.#concerns(path)) this.#known.forget(path);
      await this.#arm(JSON.stringify(about) === JSON.stringify(this.#about()) ? 'tell' : 'learn');
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#undoRescan();
    this.#undoPoll();
    await Promise.all([this.#settling.close(), this.#scanning, this.#watcher?.close()]);
    this.#watcher = undefined;
  }

  #newSettling(): Settling {
    return new Settling({
      clock: this.#host.clock,
      settleMs: this.#settings.watchDebounceSeconds * 1_000,
      look: (path) => stateOf(join(this.#root, path)),
      onSettled: (settled) => this.#tellAll(settled),
      onError: (error) => this.#log(`It will look again: ${error.message}`),
    });
  }

  #about() {
    const { watchPatterns, recursive } = this.#settings;
    return { folder: this.#root, patterns: watchPatterns, recursive };
  }

  /** `learn`: files that are not known are what was there before, and told about only if the settings say so. */
  async #arm(unknown: 'tell' | 'learn'): Promise<void> {
    this.#identity = await folderIdentity(this.#root);
    if (this.#identity === null) return this.#awaitReturn();
    await this.#watch();
    await this.#scan(unknown === 'learn' && !this.#settings.initialScan);
    if (unknown === 'learn') {
      this.#known.setAbout(this.#about());
      await this.#known.save();
    }
    await this.#settling.idle();
    this.#rescanIn(rescanMs);
  }

  async #watch(): Promise<void> {
    const { watch } = await import('chokidar');
    const watcher = watch(this.#root, {
      ignoreInitial: true,
      followSymlinks: false,
      // Settling is ours: it also covers what happened before, and it knows of renames.
      atomic: false,
      ignorePermissionErrors: true,
      ...(this.#settings.recursive ? {} : { depth: 0 }),
      ignored: (path, stats) => this.#ignores(path, stats?.isFile()),
    });
    this.#watcher = watcher;
    const touch = (path: string) => this.#touch(this.#relative(path));
    watcher.on('add', touch).on('change', touch).on('unlink', touch);
    watcher.on('unlinkDir', (path) => this.#folderGone(this.#relative(path)));
    watcher.on('error', (thrown) => this.#log(`Some changes will be noticed later: ${asError(thrown).message}`));
    await new Promise<void>((done) => {
      const undo = this.#host.clock.after(readyMs, done);
      watcher.once('ready', () => {
        undo();
        done();
      });
    });
  }

  #relative(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }

  #ignores(path: string, isFile: boolean | undefined): boolean {
    const name = this.#relative(path);
    if (name === '' || name.startsWith('..')) return false;
    return !isSeen(name, this.#patterns) || (isFile === true && !this.#patterns.matches(name));
  }

  #concerns(path: string): boolean {
    if (!this.#settings.recursive && path.includes('/')) return false;
    return isSeen(path, this.#patterns) && this.#patterns.matches(path);
  }

  #touch(path: string, how?: { delayMs?: number; restedCounts?: boolean }): void {
    if (this.#running && this.#identity !== null && this.#concerns(path)) this.#settling.touch(path, how);
  }

  #folderGone(folder: string): void {
    if (folder === '') void this.#checkRoot();
    else this.#rescanIn(burstRescanMs);
  }

  /** Looks at every file, and touches those that are not as they were known. */
  async #scan(learn: boolean): Promise<void> {
    const files = await findFiles(this.#root, this.#patterns, this.#settings.recursive);
    const there = new Set(files);
    for (const path of this.#known.paths()) if (!there.has(path)) this.#touch(path, { restedCounts: true });
    await inParallel(files, atOnce, async (path) => {
      if (!this.#concerns(path)) return;
      const state = await stateOf(join(this.#root, path));
      const known = this.#known.get(path);
      if (!state || (known && untouched(known, state))) return;
      if (known ? sameContent(known, state) : learn) this.#known.set(path, state);
      else this.#touch(path, { restedCounts: true });
    });
  }

  #rescanIn(ms: number): void {
    this.#undoRescan();
    if (!this.#running || this.#identity === null) return;
    this.#undoRescan = this.#host.clock.after(ms, () => {
      this.#scanning ??= this.#rescan().finally(() => {
        this.#scanning = undefined;
      });
    });
  }

  async #rescan(): Promise<void> {
    const began = this.#host.clock.elapsed();
    try {
      if (await this.#checkRoot()) await this.#scan(false);
    } catch (thrown) {
      this.#log(`It could not be looked through: ${asError(thrown).message}`);
    }
    this.#rescanIn(Math.max(rescanMs, rescanShare * (this.#host.clock.elapsed() - began)));
  }

  /** Whether the folder is the one that is watched. Where it is not, watching begins anew when there is one. */
  async #checkRoot(): Promise<boolean> {
    if (this.#identity === null) return false;
    if ((await folderIdentity(this.#root)) === this.#identity) return true;
    this.#lost();
    return false;
  }

  #lost(): void {
    if (!this.#running || this.#identity === null) return;
    this.#identity = null;
    this.#log('The folder is gone; watching goes on when it is back.');
    this.#settling.clear();
    this.#undoRescan();
    this.#awaitReturn();
  }

  #awaitReturn(): void {
    this.#undoPoll();
    if (!this.#running) return;
    this.#undoPoll = this.#host.clock.after(returnPollMs, () => {
      this.#scanning ??= this.#return().finally(() => {
        this.#scanning = undefined;
        if (this.#identity === null) this.#awaitReturn();
      });
    });
  }

  async #return(): Promise<void> {
    if ((await folderIdentity(this.#root)) === null || !this.#running) return;
    await this.#watcher?.close();
    try {
      await this.#arm('tell');
      this.#log('The folder is back.');
    } catch (thrown) {
      this.#identity = null;
      this.#log(`The folder is back, but cannot be watched: ${asError(thrown).message}`);
    }
  }

  async #tellAll(settled: Settled): Promise<void> {
    if ([...settled.values()].includes(null) && !(await this.#checkRoot())) return;
    const gone = await this.#goneSources(settled);
    const moving = (state: Parameters<typeof sameFile>[0]) => this.#settling.holds((seen) => sameFile(seen, state));
    const plan = planChanges(settled, this.#known, gone, moving);
    for (const { path, state } of plan.same) {
      if (!untouched(this.#known.get(path) ?? null, state)) this.#known.set(path, state);
    }
    for (const path of plan.later) this.#touch(path);
    const failed: Failed[] = [];
    for (let from = 0; from < plan.changes.length && this.#running; from += atOnce) {
      failed.push(...(await this.#tell(plan.changes.slice(from, from + atOnce))));
    }
    this.#failures = failed.length > 0 ? this.#failures + 1 : 0;
    for (const { path } of failed) this.#touch(path, { delayMs: backoffMs(this.#failures, 1_000, 30_000) });
    if (failed[0]) this.#log(`${failed.length} changes will be told later: ${failed[0].reason}`);
    await this.#known.save();
    if (plan.changes.length >= burst) this.#rescanIn(burstRescanMs);
  }

  /** Known paths from which files of the batch may have come, and where nothing is any more. */
  async #goneSources(settled: Settled): Promise<Set<string>> {
    const gone = new Set<string>();
    await inParallel([...settled], atOnce, async ([path, state]) => {
      if (!state || this.#known.get(path)) return;
      for (const source of this.#known.pathsOf(state)) {
        if (!settled.has(source) && (await stateOf(join(this.#root, source))) === null) gone.add(source);
      }
    });
    return gone;
  }

  /** Files are read side by side; what they say is handed on in order. Gives what was not stored, to be told later. */
  async #tell(changes: readonly FileChange[]): Promise<Failed[]> {
    const failed: Failed[] = [];
    const wanted = (change: FileChange) => this.#settings.watchEvents.includes(change.event);
    const payloads = await Promise.all(
      changes.map(async (change) =>
        wanted(change) ? await filePayload(this.#root, change, this.#settings.contentPreview) : null,
      ),
    );
    await Promise.all(
      changes.map(async (change, index) => {
        const payload = payloads[index] ?? null;
        // Where there is none although it is wanted, somebody has written to the file again.
        if (wanted(change) && !payload) return this.#touch(change.path);
        try {
          if (payload) await this.#wake(change, payload);
          this.#remember(change);
        } catch (thrown) {
          failed.push({ path: change.path, reason: asError(thrown).message });
        }
      }),
    );
    return failed;
  }

  async #wake(change: FileChange, payload: JsonObject): Promise<void> {
    await this.#host.wake({
      trigger: this.id,
      kind: 'file_watch',
      dedupeKey: changeKey(this.id, change),
      payload,
      metadata: { watch_path: this.#root },
      taint: ['file'],
    });
  }

  #remember({ event, path, state, from }: FileChange): void {
    if (from !== undefined) this.#known.forget(from);
    if (event === 'deleted') this.#known.forget(path);
    else this.#known.set(path, state);
  }

  #log(message: string): void {
    this.#host.log(`File watch "${this.id}" on ${this.#settings.watchPath}: ${message}`, { trigger: this.id });
  }
}

interface Failed {
  path: string;
  reason: string;
}

/** `work` on each, at most `most` at a time. */
async function inParallel<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
