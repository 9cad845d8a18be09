import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';
import { type DesktopGifts, type DesktopNode, startDesktop } from '../../../../src/main/desktop/desktop.ts';
import { RuntimeError, toWire } from '../../../../src/shared/errors.ts';

/** The real desktop around a node that only remembers what it was asked, for `desktop.test.ts`. */
const root = join(import.meta.dirname, '../../../..');

const parts = {
  ...{ app, BrowserWindow, crashReporter, dialog, ipcMain, Menu, Notification, nativeImage, nativeTheme },
  ...{ powerMonitor, protocol, safeStorage, screen, session, shell, Tray, utilityProcess },
};

const lists: Record<string, unknown[]> = { listInbox: [], listProcesses: [] };
const watchers = new Set<(notice: unknown) => void>();
const closing = Promise.withResolvers<void>();

export const smallNode = {
  calls: [] as [string, unknown][],
  lists,
  watchers,
  clock: [] as string[],
  isClosing: false,
  letClose: closing.resolve,
  gifts: null as DesktopGifts | null,
  tell(kind: string) {
    for (const watcher of watchers) watcher({ kind });
  },
};

const node: DesktopNode = {
  url: null,
  async call(name, input) {
    smallNode.calls.push([name, input]);
    if (name === 'refuse')
      return { ok: false, error: toWire(new RuntimeError('ROUTE_NOT_FOUND', 'No such operation.')) };
    if (name in lists) return { ok: true, value: { items: lists[name], next: null } };
    if (name === 'validateManifest')
      return { ok: true, value: { valid: true, name: 'digest', problems: [], warnings: [] } };
    if (name === 'createProcess') return { ok: true, value: { name: 'digest' } };
    return { ok: true, value: { name, input } };
  },
  watch(after, listener) {
    watchers.add(listener);
    if (after !== null) listener({ kind: 'after', seq: after });
    return () => watchers.delete(listener);
  },
  summary: () => ({
    running: lists['listProcesses']?.length ?? 0,
    needsYou: lists['listInbox']?.length ?? 0,
    nextFiringAt: null,
  }),
  suspendClock: () => smallNode.clock.push('suspended'),
  resumeClock: () => smallNode.clock.push('resumed'),
  close: () => {
    smallNode.isClosing = true;
    return closing.promise;
  },
};

Object.assign(globalThis, { smallNode });

startDesktop(
  parts,
  async (gifts) => {
    smallNode.gifts = gifts;
    return node;
  },
  {
    dataDir: app.getPath('userData'),
    pagesDir: join(import.meta.dirname, 'pages'),
    preload: process.env['TEST_PRELOAD'] ?? '',
    iconsDir: join(root, 'resources/icons'),
    profileDir: null,
    developmentPage: null,
  },
);
