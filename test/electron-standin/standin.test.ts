import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../world/until.ts';
import { chromiumHint, findChromium } from './find-chromium.ts';

interface Fixture {
  version: string;
  echo(value: unknown): Promise<unknown>;
  fail(): Promise<unknown>;
  nobody(): Promise<unknown>;
  count(upTo: number, listener: (number: number) => void): () => void;
}
/** In the page. */
declare const fixture: Fixture;
/** In the fixture's main process. */
declare const seen: {
  second: { words: string[] }[];
  navigations: string[];
  opened: string[];
  frames: { origin: string; isMain: boolean }[];
};

const here = dirname(fileURLToPath(import.meta.url));
const app = join(here, 'fixture');
const chromium = findChromium();
if (!chromium) console.warn(`SKIPPED: the tests of the Electron stand-in need a Chromium: ${chromiumHint}.`);

const userData = mkdtempSync(join(tmpdir(), 'standin-test-'));
const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: here } as Record<string, string>;
const args = [app, `--user-data-dir=${userData}`];
let electron: ElectronApplication;
let page: Page;

describe.skipIf(!chromium)('the Electron stand-in', () => {
  beforeAll(async () => {
    // Playwright asks the real electron package for its executable, in this process.
    process.env['ELECTRON_OVERRIDE_DIST_PATH'] = here;
    electron = await _electron.launch({ args, env });
    page = await electron.firstWindow();
    await page.waitForFunction("document.querySelector('#via')?.textContent");
  });

  afterAll(async () => {
    await electron?.close();
    rmSync(userData, { recursive: true, force: true, maxRetries: 5 });
  });

  test('a window shows a page that the app serves under its own scheme', async () => {
    expect(await page.textContent('#via')).toBe('object');
    const url = await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL());
    expect(url).toBe('app://fixture/index.html');
  });

  test('the app knows its name, version and folders', async () => {
    const facts = await electron.evaluate(({ app }) => [app.getName(), app.getVersion(), app.getPath('userData')]);
    expect(facts).toEqual(['Stand-in Fixture', '1.2.3', userData]);
  });

  test('values cross from page to main process and back as they are', async () => {
    const back = await page.evaluate(async () => {
      const sent = {
        when: new Date(5),
        map: new Map([[1, new Set(['a'])]]),
        none: undefined,
        big: 7n,
        nan: Number.NaN,
      };
      const value = (await fixture.echo({ ...sent, $t: 'mine', bytes: new Uint8Array([1, 2, 255]) })) as typeof sent & {
        $t: string;
        bytes: Uint8Array;
      };
      const { when, map, big, nan, $t, bytes } = value;
      return [when.getTime(), [...(map.get(1) ?? [])], 'none' in value, String(big), String(nan), $t, [...bytes]];
    });
    expect(back).toEqual([5, ['a'], true, '7', 'NaN', 'mine', [1, 2, 255]]);
    const frames = await electron.evaluate(() => seen.frames);
    expect(frames).toContainEqual({ origin: 'app://fixture', isMain: true });
  });

  test('of an error in the main process only the message comes back', async () => {
    const said = await page.evaluate(() => fixture.fail().catch((error: Error) => error.message));
    expect(said).toBe("Error invoking remote method 'fail': TypeError: as asked");
    const nobody = await page.evaluate(() => fixture.nobody().catch((error: Error) => error.message));
    expect(nobody).toContain("No handler registered for 'nobody'");
    const uncloned = await page.evaluate(() => fixture.echo({ f() {} }).catch((error: Error) => error.message));
    expect(uncloned).toContain('An object could not be cloned');
  });

  test('callbacks cross the bridge, and a returned function ends them', async () => {
    const heard = await page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const numbers: number[] = [];
          const stop = fixture.count(3, (number) => {
            numbers.push(number);
            if (number === 3) {
              stop();
              resolve(numbers);
            }
          });
        }),
    );
    expect(heard).toEqual([1, 2, 3]);
  });

  test('the page shares no objects with the preload and cannot change what it was given', async () => {
    const facts = await page.evaluate(() => {
      const scope = globalThis as unknown as Record<string, unknown>;
      const isFrozen = Object.isFrozen(fixture) && !Reflect.set(scope, 'fixture', 1);
      return { isFrozen, preload: typeof scope['onlyInPreload'], require: typeof scope['require'] };
    });
    expect(facts).toEqual({ isFrozen: true, preload: 'undefined', require: 'undefined' });
  });

  test('the content security policy of the app holds', async () => {
    const violated = await page.evaluate(`new Promise((resolve) => {
      addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }));
    })`);
    expect(violated).toBe('script-src-elem');
  });

  test('a permission that the app denies is denied', async () => {
    await until(async () => (await page.evaluate('Notification.permission')) === 'denied');
    const state = await page.evaluate("navigator.permissions.query({ name: 'geolocation' }).then((it) => it.state)");
    expect(state).toBe('denied');
  });

  test('a navigation that the app prevents does not happen', async () => {
    await page.evaluate("location.href = 'https://example.com/away'");
    await until(async () => (await electron.evaluate(() => seen.navigations)).length > 0);
    expect(await electron.evaluate(() => seen.navigations)).toEqual(['https://example.com/away']);
    expect(await page.textContent('#via')).toBe('object');
  });

  test('new windows that the page wants are put to the app, and none opens', async () => {
    await page.evaluate("void window.open('https://example.com/other')");
    await page.evaluate(`
      const link = Object.assign(document.createElement('a'), { href: '/linked', target: '_blank', textContent: 'Go' });
      document.body.append(link);
    `);
    await page.getByText('Go').click();
    await until(async () => (await electron.evaluate(() => seen.opened)).length === 2);
    expect(await electron.evaluate(() => seen.opened)).toEqual(['https://example.com/other', 'app://fixture/linked']);
    expect(electron.windows()).toHaveLength(1);
  });

  test('window state is kept, and sizes reach the page', async () => {
    const window = await electron.browserWindow(page);
    expect(await window.evaluate((it) => [it.isVisible(), ...it.getSize()])).toEqual([true, 640, 480]);
    await window.evaluate((it) => it.setSize(500, 400));
    await until(async () => (await page.evaluate('innerWidth')) === 500);
  });

  test('a second start reaches the first and ends', async () => {
    const second = spawn(join(here, 'electron'), [...args, 'agentruntime://inbox'], { env, stdio: 'ignore' });
    expect(await new Promise((resolve) => second.on('exit', resolve))).toBe(0);
    const told = await until(async () => (await electron.evaluate(() => seen.second))[0]);
    expect(told.words).toContain('agentruntime://inbox');
  });

  test('a tray menu can be read and clicked through', async () => {
    const label = await electron.evaluate(() => {
      const { tray } = globalThis as unknown as { tray: { menu: Electron.Menu } };
      return tray.menu.getMenuItemById('inner')?.label;
    });
    expect(label).toBe('In');
  });

  test('the keychain stand-in seals and opens, asynchronously only', async () => {
    const facts = await electron.evaluate(async ({ safeStorage }) => {
      const sealed = await safeStorage.encryptStringAsync('a key');
      const { result } = await safeStorage.decryptStringAsync(sealed);
      let sync = 'works';
      try {
        safeStorage.encryptString('x');
      } catch {
        sync = 'refused';
      }
      return { result, hidden: !sealed.toString().includes('a key'), sync };
    });
    expect(facts).toEqual({ result: 'a key', hidden: true, sync: 'refused' });
  });

  test('a utility process answers', async () => {
    const doubled = await electron.evaluate(
      ({ utilityProcess }, path) =>
        new Promise((resolve) => {
          const child = utilityProcess.fork(path);
          child.on('message', (message) => {
            child.kill();
            resolve(message);
          });
          child.postMessage({ number: 21 });
        }),
      join(app, 'child.mjs'),
    );
    expect(doubled).toEqual({ doubled: 42 });
  });

  test('a renderer that crashes is told of', async () => {
    const reason = await electron.evaluate(
      ({ BrowserWindow }) =>
        new Promise((resolve) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents;
          contents?.once('render-process-gone', (_event, details) => resolve(details.reason));
          contents?.forcefullyCrashRenderer();
        }),
    );
    expect(reason).toBe('crashed');
  });

  test('closing the last window ends an app that does not care', async () => {
    const { process: main, ended } = { process: electron.process(), ended: electron.waitForEvent('close') };
    await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await ended;
    expect(main.exitCode).toBe(0);
  });
});
