import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SafeStorage } from 'electron';
import { describe, expect, test } from 'vitest';
import { together } from '../../../src/main/desktop/attention.ts';
import { launchWish, routeOf } from '../../../src/main/desktop/deep-links.ts';
import { fitBounds } from '../../../src/main/desktop/fit-bounds.ts';
import { openKeychain } from '../../../src/main/desktop/keychain.ts';
import { originOf } from '../../../src/main/desktop/main-window.ts';
import { menuTemplate, screens } from '../../../src/main/desktop/menu.ts';
import { checkNatives } from '../../../src/main/desktop/natives.ts';
import { openSettings } from '../../../src/main/desktop/settings.ts';
import { autostartEntry } from '../../../src/main/desktop/start-at-login.ts';
import { trayLines } from '../../../src/main/desktop/tray-icon.ts';
import { windowFileList } from '../../../src/main/transport/http/window-files.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 1280, height: 1000 };

describe('where the window opens', () => {
  test.each([
    ['where it was', { x: 10, y: 20, width: 600, height: 500 }, [screen], { x: 10, y: 20, width: 600, height: 500 }],
    [
      'where it was, on another screen',
      { x: 2000, y: 5, width: 600, height: 500 },
      [screen, second],
      { x: 2000, y: 5, width: 600, height: 500 },
    ],
    [
      'in the middle when that screen is gone',
      { x: 2000, y: 5, width: 600, height: 500 },
      [screen],
      { x: 320, y: 110, width: 1280, height: 820 },
    ],
    [
      'in the middle when its title bar is above the screen',
      { x: 10, y: -90, width: 600, height: 500 },
      [screen],
      { x: 320, y: 110, width: 1280, height: 820 },
    ],
    ['in the middle the first time', null, [screen], { x: 320, y: 110, width: 1280, height: 820 }],
    [
      'no larger than the screen',
      null,
      [{ x: 0, y: 0, width: 1024, height: 700 }],
      { x: 0, y: 0, width: 1024, height: 700 },
    ],
  ])('%s', (_fact, saved, areas, wanted) => expect(fitBounds(saved, areas)).toEqual(wanted));
});

describe('links', () => {
  test.each([
    ['agentruntime://agent/digest/runs/run_1', '/agents/digest/runs/run_1'],
    ['agentruntime://agents/digest', '/agents/digest'],
    ['agentruntime://inbox', '/inbox'],
    ['agentruntime://inbox/', '/inbox'],
    ['agentruntime:inbox', '/inbox'],
    ['agentruntime://now?x=<script>', '/now'],
    [
      'agentruntime://install-server?name=x&url=https%3A%2F%2Fa.example',
      `/tools/install?link=${encodeURIComponent('agentruntime://install-server?name=x&url=https%3A%2F%2Fa.example')}`,
    ],
    [`agentruntime://install-server?config=${'a'.repeat(8_000)}`, null],
    [
      'agentruntime://cluster/join?at=192.168.1.20%3A7421&code=12345678',
      `/cluster?join=${encodeURIComponent('agentruntime://cluster/join?at=192.168.1.20%3A7421&code=12345678')}`,
    ],
    ['agentruntime://cluster/join?at=<script>&code=12345678', '/cluster/join'],
    ['agentruntime://agent/"><script>', '/agents/%22%3E%3Cscript%3E'],
    ['agentruntime://agent/javascript:alert(1)', null],
    ['https://example.com/inbox', null],
    ['javascript:alert(1)', null],
    [`agentruntime://${'a'.repeat(1_000)}`, null],
    ['inbox', null],
  ])('%s leads to %s', (link, route) => expect(routeOf(link)).toBe(route));

  test('a start says which link or file it is about', () => {
    expect(launchWish(['app', '--hidden'], '/home/me')).toEqual({ route: null, manifest: null, isHidden: true });
    expect(launchWish(['app', 'agentruntime://inbox'], '/')).toMatchObject({ route: '/inbox', manifest: null });
    expect(launchWish(['app', '.', 'my/digest.agent'], '/home/me')).toMatchObject({
      route: null,
      manifest: '/home/me/my/digest.agent',
    });
    expect(launchWish(['app', '--load=x.agent', 'agentruntime://agent/x.agent'], '/').manifest).toBeNull();
  });
});

test('origins are told apart for schemes of our own too', () => {
  expect(originOf('app://agent-runtime/index.html#/inbox')).toBe('app://agent-runtime');
  expect(originOf('app://agent-runtime.example/x')).toBe('app://agent-runtime.example');
  expect(originOf('data:text/html,app://agent-runtime')).toBe('null');
});

test('the tray says how the node fares', () => {
  const noon = new Date(2026, 10, 22, 12, 0).getTime();
  expect(trayLines(null, noon)).toEqual(['Starting…']);
  expect(trayLines({ running: 0, needsYou: 0, nextFiringAt: null }, noon)).toEqual([
    'No agent is running',
    'Nothing waits for you',
    'Nothing is planned',
  ]);
  const busy = trayLines({ running: 2, needsYou: 1, nextFiringAt: noon + 300_000 }, noon);
  expect(busy.slice(0, 2)).toEqual(['2 agents running', '1 thing needs you']);
  expect(busy[2]).toMatch(/^Next: 12:05/);
  const spent = trayLines({ running: 0, needsYou: 0, nextFiringAt: null, spentTodayUsd: 1.5 }, noon);
  expect(spent).toContain('Spent today: $1.50');
  const tomorrow = trayLines({ running: 1, needsYou: 2, nextFiringAt: noon + 86_400_000 }, noon)[2];
  expect(tomorrow).toContain('23');
});

test('menu ids and shortcuts are each used once, and every item can be read', () => {
  const commands = {
    ...{ show: () => {}, pauseAll: () => {}, resumeAll: () => {}, openManifest: () => {}, quit: () => {} },
    setKeys: () => {},
    ...{ setKeepRunning: () => {}, setStartAtLogin: () => {}, runNow: () => {}, saveDiagnostics: () => {} },
    lookForUpdate: () => {},
  };
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const states = { keepRunning: true, startAtLogin: false, pausedUntil: null, keys: {} };
    const template = menuTemplate(commands, states, platform);
    const items = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    const ids = items.flatMap(({ id }) => id ?? []);
    const shortcuts = items.flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(shortcuts).size).toBe(shortcuts.length);
    expect(ids).toEqual(expect.arrayContaining(['pause-all', 'resume-all', 'screen-inbox', 'settings']));
    expect(items.filter(({ label, role, type }) => !label && !role && type !== 'separator')).toEqual([]);
  }
});

test('the menu has the screens of the window, in its order', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../src/renderer/frame/screens.ts'), 'utf8');
  const inWindow = [...source.matchAll(/\{ id: '\w+', text: '(\w+)'/g)].map(([, text]) => text);
  expect([...screens, 'Settings']).toEqual(inWindow);
});

test('many calls at once become one', () => {
  const call = (key: string) => ({ key, title: `${key} waits`, body: '', route: `/inbox/${key}` });
  expect(together([call('a'), call('b')])).toHaveLength(2);
  expect(together(['a', 'b', 'c', 'd'].map(call))).toMatchObject([{ title: '4 things need you', route: '/inbox' }]);
});

test('an autostart entry quotes as its format asks', () => {
  expect(autostartEntry('/opt/Agent Runtime/agent-runtime')).toContain(
    'Exec="/opt/Agent Runtime/agent-runtime" --hidden\n',
  );
  expect(autostartEntry('/a$b"c%d')).toContain('Exec="/a\\\\$b\\\\"c%%d" --hidden\n');
});

test('settings survive, and a damaged file counts as none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  openSettings(folder).set({ keepRunning: false });
  expect(openSettings(folder).get()).toMatchObject({ keepRunning: false, bounds: null });
  writeFileSync(join(folder, 'desktop.json'), '{ "keepRunning": "no", "bounds": { "x": 1');
  expect(openSettings(folder).get()).toMatchObject({ keepRunning: true, bounds: null });
  writeFileSync(join(folder, 'desktop.json'), '{ "startAtLogin": true, "bounds": { "x": "left" } }');
  expect(openSettings(folder).get()).toMatchObject({ startAtLogin: true, bounds: null });
  rmSync(folder, { recursive: true });
});

test('the pages are the files of one folder and nothing above it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  mkdirSync(join(folder, 'pages/assets'), { recursive: true });
  for (const name of ['pages/index.html', 'pages/assets/a.js', 'pages/assets/a.js.map', 'token']) {
    writeFileSync(join(folder, name), name);
  }
  expect([...windowFileList(join(folder, 'pages')).map(([path]) => path)].sort()).toEqual([
    '/',
    '/assets/a.js',
    '/index.html',
  ]);
  rmSync(folder, { recursive: true });
});

test('a native library that is not the one that was packed is refused', () => {
  const resources = mkdtempSync(join(tmpdir(), 'resources-'));
  const library = join(resources, 'app.asar.unpacked/node_modules/better-sqlite3/prebuilds/linux-x64.node');
  mkdirSync(dirname(library), { recursive: true });
  mkdirSync(join(resources, 'app.asar/out'), { recursive: true });
  writeFileSync(library, 'as packed');
  const hash = createHash('sha256').update('as packed').digest('hex');
  const name = 'node_modules/better-sqlite3/prebuilds/linux-x64.node';
  writeFileSync(join(resources, 'app.asar/out/natives.json'), JSON.stringify({ [name]: hash }));
  checkNatives(resources, 'linux');
  writeFileSync(library, 'another');
  expect(() => checkNatives(resources, 'linux')).toThrow(`${name} is not the file that came with Agent Runtime.`);
  writeFileSync(library, 'as packed');
  writeFileSync(join(dirname(library), 'more.node'), 'added');
  expect(() => checkNatives(resources, 'linux')).toThrow('more.node');
  rmSync(resources, { recursive: true });
});

describe('a keychain', () => {
  const storage = (backend: string, isThere = true) =>
    ({
      isAsyncEncryptionAvailable: async () => isThere,
      getSelectedStorageBackend: () => backend,
      encryptStringAsync: async (text: string) => Buffer.from(text),
      decryptStringAsync: async (bytes: Buffer) => ({ result: bytes.toString(), shouldReEncrypt: false }),
    }) as unknown as SafeStorage;

  test('that protects nothing is refused', async () => {
    const refusal = { code: 'KEYCHAIN_UNAVAILABLE' };
    await expect(openKeychain(storage('basic_text'), 'linux')).rejects.toMatchObject(refusal);
    await expect(openKeychain(storage('gnome_libsecret', false), 'linux')).rejects.toMatchObject(refusal);
    await expect(openKeychain(storage('basic_text'), 'darwin')).resolves.toBeDefined();
  });

  test('carries any bytes', async () => {
    const keychain = await openKeychain(storage('kwallet6'), 'linux');
    const key = Uint8Array.from({ length: 32 }, (_none, index) => 255 - index);
    expect(Uint8Array.from((await keychain.open(await keychain.seal(key))).key)).toEqual(key);
  });
});
