import type { Chromium } from './chromium.ts';
import { IpcMain } from './ipc-main.ts';
import { Permissions } from './permissions.ts';
import { Schemes } from './schemes.ts';
import type { WebContents } from './web-contents.ts';
import type { Window } from './window.ts';

/** One call that the stand-in could only take note of, since there is no system behind it. */
export interface NotedCall {
  readonly what: string;
  readonly args: readonly unknown[];
}

/** What the parts of one stand-in share: one per started app. */
export class World {
  /** Command line switches, as `app.commandLine` knows them. */
  readonly switches = new Map<string, string>();
  readonly ipc = new IpcMain();
  readonly schemes = new Schemes();
  readonly permissions = new Permissions();
  readonly contents = new Map<number, WebContents>();
  readonly windows = new Map<number, Window>();
  readonly noted: NotedCall[] = [];
  /** Where the app's package.json lies, and what it says. */
  appPath = process.cwd();
  appPackage: Record<string, unknown> = {};
  isReady = false;
  focused: Window | null = null;
  #chromium: Chromium | null = null;
  #lastId = 0;

  get chromium(): Chromium {
    if (!this.#chromium) throw new Error('Windows cannot be made before the app is ready.');
    return this.#chromium;
  }

  started(chromium: Chromium): void {
    this.#chromium = chromium;
  }

  stop(): void {
    this.#chromium?.stop();
  }

  nextId(): number {
    return ++this.#lastId;
  }

  contentsOfTarget(targetId: string): WebContents | undefined {
    return [...this.contents.values()].find((contents) => contents.targetId === targetId);
  }

  /** A function that notes its calls under `what` and gives `result`. */
  noting<A extends unknown[], R>(what: string, result: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.noted.push({ what, args });
      return result(...args);
    };
  }
}
