import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recorded } from '../../e2e/desktop/recorded.ts';
import { chromiumHint, findChromium } from '../../electron-standin/find-chromium.ts';
import { until } from '../../world/until.ts';
import { bundlePreload, type DesktopApp, startDesktopApp } from './desktop-app.ts';

/** In the app's main process. */
declare const smallNode: typeof import('./app/main.ts').smallNode;
declare const recorded: Recorded;

const chromium = findChromium();
if (!chromium) console.warn(`SKIPPED: the desktop's own tests need a Chromium: ${chromiumHint}.`);

const standin = join(import.meta.dirname, '../../electron-standin/electron');
let preload: string;
let desktop: DesktopApp;

describe.skipIf(!chromium)('the desktop', () => {
  beforeAll(async () => {
    preload = await bundlePreload();
    desktop = await startDesktopApp(preload);
  });
  afterAll(async () => {
    await desktop?.[Symbol.asyncDispose]();
    rmSync(dirname(preload), { recursive: true, force: true });
  });

  test('the page gets two functions and nothing else', async () => {
    const facts = await desktop.page.evaluate(() => ({
      keys: Object.keys(agentRuntime),
      require: typeof (globalThis as Record<string, unknown>)['require'],
      process: typeof (globalThis as Record<string, unknown>)['process'],
    }));
    expect(facts).toEqual({ keys: ['call', 'watch'], require: 'undefined', process: 'undefined' });
  });

  test('a call reaches the node, and an error comes back whole', async () => {
    const replies = await desktop.page.evaluate(async () => [
      await agentRuntime.call('echo', { a: [1] }),
      await agentRuntime.call('refuse', {}),
      await agentRuntime.call(7 as unknown as string, {}),
    ]);
    expect(replies).toMatchObject([
      { ok: true, value: { name: 'echo', input: { a: [1] } } },
      { ok: false, error: { code: 'ROUTE_NOT_FOUND', message: 'No such operation.' } },
      { ok: false, error: { code: 'REQUEST_INVALID' } },
    ]);
    const names = await desktop.electron.evaluate(() => smallNode.calls.map(([name]) => name));
    expect(names).not.toContain(7);
  });

  test('a watch brings notices until it is ended, or until the page goes', async () => {
    const { page, electron } = desktop;
    const watchers = () => electron.evaluate(() => smallNode.watchers.size);
    const before = await watchers();
    await page.evaluate(() => {
      const heard: unknown[] = [];
      Object.assign(globalThis, { heard, stop: agentRuntime.watch(41, (notice) => heard.push(notice)) });
      agentRuntime.watch(null, () => {});
    });
    await until(async () => (await watchers()) === before + 2);
    await electron.evaluate(() => smallNode.tell('run.changed'));
    await until(async () => (await page.evaluate('heard.length')) === 2);
    expect(await page.evaluate('heard')).toEqual([{ kind: 'after', seq: 41 }, { kind: 'run.changed' }]);

    await page.evaluate('stop()');
    await until(async () => (await watchers()) === before + 1);
    await page.reload();
    await until(async () => (await watchers()) === before);
  });

  test('a window that is not the app’s own cannot call the node', async () => {
    const reply = await desktop.electron.evaluate(async ({ BrowserWindow }, path) => {
      const { BrowserWindow: Window } = { BrowserWindow };
      const foreign = new Window({ show: false, webPreferences: { preload: path, sandbox: true } });
      await foreign.loadURL('app://agent-runtime/');
      const said = await foreign.webContents.executeJavaScript("agentRuntime.call('listInbox', {})");
      foreign.destroy();
      return said;
    }, preload);
    expect(reply).toMatchObject({ ok: false, error: { code: 'ORIGIN_NOT_ALLOWED' } });
  });

  test('pause and resume go to the node', async () => {
    await desktop.chooseTray('pause-all');
    await desktop.chooseMenu('resume-all');
    const calls = () => desktop.electron.evaluate(() => smallNode.calls.map(([name]) => name));
    await until(async () => (await calls()).includes('resumeAll'));
    expect(await calls()).toContain('pauseAll');
  });

  test('menu items lead to screens without loading the page again', async () => {
    const loadedAt = await desktop.page.evaluate('loadedAt');
    await desktop.chooseMenu('screen-inbox');
    await desktop.atRoute('/inbox');
    expect(await desktop.page.evaluate('loadedAt')).toBe(loadedAt);
  });

  test('a second start hands its link over and ends', async () => {
    const second = spawn(standin, [
      join(import.meta.dirname, 'app'),
      `--user-data-dir=${desktop.profile}`,
      'agentruntime://agent/digest/runs/run_1',
    ]);
    expect(await new Promise((resolve) => second.on('exit', resolve))).toBe(0);
    await desktop.atRoute('/agents/digest/runs/run_1');
    expect(desktop.electron.windows()).toHaveLength(1);
  });

  test('sleep stops the clock of the node, waking starts it', async () => {
    await desktop.electron.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('suspend');
      powerMonitor.emit('resume');
    });
    expect(await desktop.electron.evaluate(() => smallNode.clock)).toEqual(['suspended', 'resumed']);
  });

  test('links of the page open nothing by themselves, and https ones after a yes', async () => {
    const { electron, page } = desktop;
    await electron.evaluate(() => {
      recorded.answer = 1;
    });
    await page.evaluate("void window.open('https://example.com/no')");
    await until(async () => (await electron.evaluate(() => recorded.dialogs)).length === 1);
    await electron.evaluate(() => {
      recorded.answer = 0;
    });
    await page.evaluate("location.href = 'https://example.com/yes'");
    await until(async () => (await electron.evaluate(() => recorded.opened)).length === 1);
    expect(await electron.evaluate(() => recorded.opened)).toEqual(['https://example.com/yes']);
    await page.evaluate("void window.open('http://example.com/plain')");
    await until(() => electron.windows().length === 1);
    expect(await electron.evaluate(() => recorded.dialogs.length)).toBe(2);
    expect(await electron.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.getURL())).toMatch(/^app:/);
  });

  test('permissions are denied, but to copy text', async () => {
    await until(async () => (await desktop.page.evaluate('Notification.permission')) === 'denied');
    await desktop.page.evaluate("navigator.clipboard.writeText('copied')");
    const query = (name: string) =>
      desktop.page.evaluate(`navigator.permissions.query({ name: '${name}' }).then((it) => it.state)`);
    expect(await query('geolocation')).toBe('denied');
    expect(await query('camera')).toBe('denied');
    expect(await query('clipboard-read')).toBe('denied');
  });

  test('the system’s keychain seals a key', async () => {
    const back = await desktop.electron.evaluate(async () => {
      const keychain = await smallNode.gifts?.openKeychain();
      const sealed = await keychain?.seal(Uint8Array.of(1, 2, 3));
      const opened = sealed && (await keychain?.open(sealed));
      return opened && { key: [...opened.key], sealAgain: opened.sealAgain };
    });
    expect(back).toEqual({ key: [1, 2, 3], sealAgain: false });
  });

  test('a child of the desktop answers, and ends when it is killed', async () => {
    const facts = await desktop.electron.evaluate(
      (_electron, path) =>
        new Promise((resolve) => {
          const child = smallNode.gifts?.startChild(path, {});
          child?.onMessage((message) => {
            child.onExit(() => resolve(message));
            child.kill();
          });
          child?.send({ number: 4 });
        }),
      join(import.meta.dirname, '../../electron-standin/fixture/child.mjs'),
    );
    expect(facts).toEqual({ doubled: 8 });
  });

  test('starting at login is a switch', async () => {
    const entry = join(desktop.profile, 'config/autostart/agent-runtime.desktop');
    await desktop.chooseMenu('start-at-login');
    expect(readFileSync(entry, 'utf8')).toContain('--hidden');
    await desktop.chooseMenu('start-at-login');
    expect(existsSync(entry)).toBe(false);
  });

  test('an agent file is added after a yes and shown', async () => {
    const { electron, profile } = desktop;
    const file = join(profile, 'digest.agent');
    writeFileSync(file, 'name: digest\n');
    await electron.evaluate((_electron, path) => {
      recorded.files = [path];
    }, file);
    await desktop.chooseMenu('open-manifest');
    await desktop.atRoute('/agents/digest');
    const created = await electron.evaluate(() => smallNode.calls.find(([name]) => name === 'createProcess'));
    expect(created).toEqual(['createProcess', { manifest: 'name: digest\n' }]);
  });

  test('its files are served under the policy, and nothing else is', async () => {
    const answers = await desktop.page.evaluate(async () => {
      const ask = async (path: string, method = 'GET') => {
        const response = await fetch(path, { method });
        return [response.status, response.headers.get('content-security-policy')?.includes("default-src 'none'")];
      };
      return [await ask('/index.html'), await ask('/missing.html'), await ask('/index.html', 'POST')];
    });
    expect(answers).toEqual([
      [200, true],
      [404, true],
      [405, true],
    ]);
  });
});
