import { asError } from '../../shared/errors.ts';
import type { ElectronParts } from './electron-parts.ts';

/** What finds, fetches and installs an update. */
export interface Updater {
  /** The newer version at the feed; null when this is the newest. @throws what keeps it from being known. */
  find(feed: string): Promise<string | null>;
  /** Fetches what `find` found, and checks it. */
  fetch(): Promise<void>;
  /** Ends the app, puts the new version in place and starts it. Only after the node has come to rest. */
  install(): void;
}

export interface UpdateParts {
  dialog: Pick<ElectronParts['dialog'], 'showMessageBox'>;
  /** Null where the app cannot update itself, such as one that was not installed. */
  openUpdater: (() => Promise<Updater>) | null;
  feed(): string | null;
  settingsFile: string;
  backup(): Promise<unknown>;
  /** Brings the node to rest; the app can quit at once afterwards. */
  rest(): Promise<void>;
  tell(call: { title: string; body: string; clicked: () => void }): void;
}

/** The first look is made when the start is over. */
const firstLookMs = 60_000;
const betweenLooksMs = 6 * 3_600_000;

/** A feed must be one that nobody on the way can change: https, or this computer. */
export function isSafeFeed(feed: string): boolean {
  if (!URL.canParse(feed)) return false;
  const { protocol, hostname } = new URL(feed);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
}

/**
 * Updates, which are off until a feed is set. Nothing is installed before the person agreed and a backup is made; a
 * backup that fails ends it there.
 */
export class Updates {
  readonly #parts: UpdateParts;
  #updater: Promise<Updater> | null = null;
  #told: string | null = null;
  #isBusy = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: UpdateParts) {
    this.#parts = parts;
  }

  /** Looks from time to time, and tells of each version once. */
  start(): void {
    const look = async () => {
      const found = await this.#find().catch(() => null);
      if (found && found !== this.#told) {
        this.#told = found;
        const body = 'Click to see what happens next. Nothing is installed by itself.';
        this.#parts.tell({ title: `Agent Runtime ${found} is there`, body, clicked: () => void this.#offer(found) });
      }
      this.#plan(look, betweenLooksMs);
    };
    this.#plan(look, firstLookMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** The person wants to know now. */
  async look(): Promise<void> {
    const { openUpdater, settingsFile } = this.#parts;
    const feed = this.#parts.feed();
    if (!openUpdater)
      return this.#say(
        'This copy does not update itself',
        'Only an installed app does that was made for a feed of updates.',
      );
    if (!feed) {
      const how = `Put "updateFeed": "https://…" into ${settingsFile}, with the address where releases are published.`;
      return this.#say('Updates are off', how);
    }
    if (!isSafeFeed(feed)) return this.#say('Updates are off', `${feed} is no https address.`);
    try {
      const found = await this.#find();
      if (found) await this.#offer(found);
      else await this.#say('This is the newest version', '');
    } catch (thrown) {
      await this.#say('The update could not be looked for', asError(thrown).message);
    }
  }

  async #find(): Promise<string | null> {
    const { openUpdater } = this.#parts;
    const feed = this.#parts.feed();
    if (!openUpdater || !feed || !isSafeFeed(feed)) return null;
    this.#updater ??= openUpdater();
    return (await this.#updater).find(feed);
  }

  async #offer(version: string): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const { response } = await this.#parts.dialog.showMessageBox({
        type: 'question',
        message: `Update to Agent Runtime ${version}?`,
        detail: 'A backup of everything is made first. Then runs are brought to rest, and the app starts again.',
        buttons: ['Update', 'Later'],
        defaultId: 0,
        cancelId: 1,
      });
      if (response === 0) await this.#install();
    } catch (thrown) {
      await this.#say('The update was not installed', asError(thrown).message);
    } finally {
      this.#isBusy = false;
    }
  }

  async #install(): Promise<void> {
    const updater = await this.#updater;
    await updater?.fetch();
    await this.#parts.backup();
    await this.#parts.rest();
    updater?.install();
  }

  async #say(message: string, detail: string): Promise<void> {
    await this.#parts.dialog.showMessageBox({ type: 'info', message, detail, buttons: ['OK'] });
  }

  #plan(look: () => Promise<void>, afterMs: number): void {
    this.#timer = setTimeout(() => void look(), afterMs);
    this.#timer.unref?.();
  }
}
