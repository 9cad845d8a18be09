import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { build } from 'vite';
import type { Bridge } from '../../../src/shared/bridge.ts';
import type { Recorded } from '../../e2e/desktop/recorded.ts';
import { until } from '../../world/until.ts';

const root = join(import.meta.dirname, '../../..');
const standin = join(root, 'test/electron-standin');

/** In a page. */
declare global {
  var agentRuntime: Bridge;
}

export interface DesktopApp {
  electron: ElectronApplication;
  page: Page;
  profile: string;
  /** Clicks in the application menu. */
  chooseMenu(id: string): Promise<void>;
  /** Clicks in the menu of the tray. */
  chooseTray(id: string): Promise<void>;
  closeWindow(): Promise<void>;
  /** Waits for the window that `action` opens. */
  opening(action: () => Promise<unknown>): Promise<void>;
  /** Waits until the page shows the route. */
  atRoute(route: string): Promise<unknown>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The preload as the build makes it: one CommonJS file. */
export async function bundlePreload(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'preload-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir,
      ssr: true,
      rolldownOptions: {
        input: join(root, 'src/preload/index.ts'),
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: 'index.cjs' },
      },
    },
  });
  return join(outDir, 'index.cjs');
}

/** Starts the desktop around the small node of `app/`, with a recorder of what shows outside windows. */
export function launchDesktop(preload: string, profile: string, args: string[] = []): Promise<ElectronApplication> {
  // Playwright asks the electron package, in this process, where its executable is.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = standin;
  const recorder = ['-r', join(root, 'test/e2e/desktop/recorder.cjs')];
  return _electron.launch({
    args: [...recorder, join(import.meta.dirname, 'app'), `--user-data-dir=${profile}`, ...args],
    env: { ...process.env, TEST_PRELOAD: preload, XDG_CONFIG_HOME: join(profile, 'config') } as Record<string, string>,
  });
}

/** The desktop with its window open, in a profile of its own. */
export async function startDesktopApp(preload: string): Promise<DesktopApp> {
  const profile = newProfile();
  const electron = await launchDesktop(preload, profile);
  const app: DesktopApp = {
    electron,
    page: await electron.firstWindow(),
    profile,
    chooseMenu: (id) =>
      electron.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), id),
    chooseTray: (id) =>
      electron.evaluate((_electron, wanted) => recorded.trayMenu?.getMenuItemById(wanted)?.click(), id),
    async closeWindow() {
      const closed = app.page.waitForEvent('close');
      await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      await closed;
    },
    async opening(action) {
      const opened = electron.waitForEvent('window');
      await action();
      app.page = await opened;
    },
    atRoute: (route) => until(async () => (await app.page.textContent('#route')) === route),
    async [Symbol.asyncDispose]() {
      await electron.evaluate(() => smallNode.letClose()).catch(() => {});
      await electron.close().catch(() => {});
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await app.atRoute('none');
  return app;
}

export function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'desktop-test-'));
}

/** What `app/main.ts` leaves in its main process for tests. */
declare const recorded: Recorded;
declare const smallNode: typeof import('./app/main.ts').smallNode;
