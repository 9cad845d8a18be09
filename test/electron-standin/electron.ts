/**
 * A stand-in for Electron's main-process module: what `import … from 'electron'` gives when an app is started by the
 * `electron` beside this file. Used in tests where no Electron binary is to be had; see README.md for what it shows and
 * what it cannot. As with Electron itself there is one of everything per process.
 */

import { EventEmitter } from 'node:events';
import { App } from './app.ts';
import { dialogOf, shellOf } from './dialogs.ts';
import { preventable } from './events.ts';
import { sessionOf } from './session.ts';
import { clipboardOf, safeStorageOf } from './storage.ts';
import { nativeThemeOf, powerMonitorOf, screenOf } from './system.ts';
import { UtilityProcess } from './utility-process.ts';
import type { WebContents as Contents } from './web-contents.ts';
import { Window, type WindowOptions } from './window.ts';
import { World } from './world.ts';

export { Menu, MenuItem } from './menu.ts';
export { nativeImage } from './native-image.ts';
export { Notification } from './notification.ts';
export { Tray } from './tray.ts';

const world = new World();

export const app = new App(world);
export const ipcMain = world.ipc;
export const protocol = world.schemes;
export const session = sessionOf(world);
export const dialog = dialogOf(world);
export const shell = shellOf(world);
export const safeStorage = safeStorageOf(app);
export const clipboard = clipboardOf();
export const screen = screenOf();
export const nativeTheme = nativeThemeOf();
export const powerMonitor = powerMonitorOf();
export const autoUpdater = new EventEmitter();
export const crashReporter = { start: world.noting('crashReporter.start', (_options: object) => {}) };
export const net = { fetch: (input: string, init?: RequestInit) => fetch(input, init), isOnline: () => true };

export const webContents = {
  getAllWebContents: () => [...world.contents.values()],
  fromId: (id: number) => world.contents.get(id),
  fromDevToolsTargetId: (targetId: string) => world.contentsOfTarget(targetId),
  getFocusedWebContents: () => world.focused?.webContents ?? null,
};

export const utilityProcess = {
  fork: (modulePath: string, args: string[] = [], options = {}) => new UtilityProcess(modulePath, args, options),
};

export class BrowserWindow extends Window {
  constructor(options: WindowOptions = {}) {
    super(world, owner, options);
  }

  static getAllWindows(): Window[] {
    return [...world.windows.values()];
  }

  static fromId(id: number): Window | null {
    return world.windows.get(id) ?? null;
  }

  static fromWebContents(contents: Contents | undefined): Window | null {
    return contents?.window ?? null;
  }

  static getFocusedWindow(): Window | null {
    return world.focused;
  }
}

const owner = {
  session: session.defaultSession,
  created(window: Window) {
    app.emit('browser-window-created', preventable(), window);
    app.emit('web-contents-created', preventable(), window.webContents);
  },
  closed: () => app.windowClosed(),
};

/** Not Electron's: what tests of the stand-in look at, and what its start needs. */
export const standin = world;
