import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Recorded } from '../../e2e/desktop/recorded.ts';
import { chromiumHint, findChromium } from '../../electron-standin/find-chromium.ts';
import { until } from '../../world/until.ts';
import { bundlePreload, type DesktopApp, launchDesktop, newProfile, startDesktopApp } from './desktop-app.ts';

/** In the app's main process. */
declare const smallNode: typeof import('./app/main.ts').smallNode;
declare const recorded: Recorded;

const chromium = findChromium();
if (!chromium) console.warn(`SKIPPED: the desktop's own tests need a Chromium: ${chromiumHint}.`);

let preload: string;
let desktop: DesktopApp;

const item = { id: 'itm_1', process: 'digest', title: 'May I?', question: 'Send the mail?' };

beforeAll(async () => {
  preload = await bundlePreload();
});
afterAll(() => rmSync(dirname(preload), { recursive: true, force: true }));

describe.skipIf(!chromium)('the life of the desktop', () => {
  beforeEach(async () => {
    desktop = await startDesktopApp(preload);
  });
  afterEach(() => desktop[Symbol.asyncDispose]());

  test('a page of another origin in the app’s window cannot call the node', async () => {
    const said = await desktop.electron.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      await contents?.loadURL('data:text/html,<p id="route">foreign</p>');
      const call = await contents?.executeJavaScript("agentRuntime.call('echo', {})");
      const watchersBefore = smallNode.watchers.size;
      await contents?.executeJavaScript('void agentRuntime.watch(null, () => {})');
      await contents?.executeJavaScript("agentRuntime.call('echo', {})");
      return { call, watches: smallNode.watchers.size - watchersBefore };
    });
    expect(said).toMatchObject({ call: { ok: false, error: { code: 'ORIGIN_NOT_ALLOWED' } }, watches: 0 });
  });

  test('closing the window keeps the node running, and says so once', async () => {
    await desktop.closeWindow();
    const told = () => desktop.electron.evaluate(() => recorded.notifications.map(({ title }) => title));
    await until(async () => (await told())[0] === 'Your agents keep running');
    expect(await desktop.electron.evaluate(() => smallNode.isClosing)).toBe(false);

    await desktop.opening(() => desktop.chooseTray('open'));
    await desktop.atRoute('none');
    await desktop.closeWindow();
    expect(await desktop.electron.evaluate(() => recorded.notifications.length)).toBe(1);
  });

  test('without keeping agents running, closing the window quits', async () => {
    await desktop.chooseMenu('keep-running');
    const ended = desktop.electron.waitForEvent('close');
    await desktop.closeWindow();
    await until(() => desktop.electron.evaluate(() => smallNode.isClosing));
    await desktop.electron.evaluate(() => smallNode.letClose());
    await ended;
  });

  test('quitting waits until the node has closed', async () => {
    const { electron } = desktop;
    const main = electron.process();
    const ended = electron.waitForEvent('close');
    await desktop.chooseTray('quit');
    await desktop.chooseTray('quit');
    await until(() => electron.evaluate(() => smallNode.isClosing));
    expect(main.exitCode).toBeNull();
    await electron.evaluate(() => smallNode.letClose());
    await ended;
    expect(main.exitCode).toBe(0);
  });

  test('what needs a person calls them, and a click leads to it', async () => {
    const { electron } = desktop;
    await desktop.closeWindow();
    await electron.evaluate((_electron, added) => {
      smallNode.lists['listInbox'] = [added];
      smallNode.tell('inbox.changed');
    }, item);
    await until(() => electron.evaluate(() => recorded.notifications.some(({ body }) => body === 'Send the mail?')));
    await until(async () => (await electron.evaluate(() => recorded.trayToolTip)).includes('1 thing needs you'));

    await desktop.opening(() => electron.evaluate(() => recorded.notifications.at(-1)?.emit('click', {} as never)));
    await desktop.atRoute('/inbox/itm_1');

    await electron.evaluate(() => smallNode.tell('inbox.changed'));
    await electron.evaluate(() => smallNode.tell('process.changed'));
    const titles = await electron.evaluate(() => recorded.notifications.map(({ title }) => title));
    expect(titles.filter((title) => title === 'digest: May I?')).toHaveLength(1);
  });

  test('the window comes back where it was', async () => {
    const { electron, profile } = desktop;
    const bounds = { x: 40, y: 60, width: 900, height: 640 };
    await electron.evaluate(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), bounds);
    await desktop.closeWindow();
    await desktop.opening(() => desktop.chooseTray('open'));
    const now = await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
    expect(now).toEqual(bounds);
    expect(JSON.parse(readFileSync(join(profile, 'desktop.json'), 'utf8'))).toMatchObject({ bounds });
  });

  test('a window whose renderer crashes is opened again', async () => {
    await desktop.opening(() =>
      desktop.electron.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
      }),
    );
    await desktop.atRoute('none');
  });
});

describe.skipIf(!chromium)('a start', () => {
  let profile: string;
  beforeEach(() => {
    profile = newProfile();
  });
  afterEach(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));

  test('of a hidden app opens no window until the tray does', async () => {
    const electron = await launchDesktop(preload, profile, ['--hidden']);
    await until(() => electron.evaluate(() => smallNode.gifts !== null));
    expect(electron.windows()).toEqual([]);
    const opened = electron.waitForEvent('window');
    await electron.evaluate(() => recorded.trayMenu?.getMenuItemById('open')?.click());
    await opened;
    await electron.evaluate(() => smallNode.letClose());
    await electron.close();
  });

  test('with a link begins where it leads', async () => {
    const electron = await launchDesktop(preload, profile, ['agentruntime://runs/run_7']);
    const page = await electron.firstWindow();
    await until(async () => (await page.textContent('#route')) === '/runs/run_7');
    await electron.evaluate(() => smallNode.letClose());
    await electron.close();
  });
});
