import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindowConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { appScheme, pagesOrigin, servePages } from '../../../src/main/desktop/app-pages.ts';
import type { ElectronParts } from '../../../src/main/desktop/electron-parts.ts';
import { externalLinks } from '../../../src/main/desktop/external-links.ts';
import { lockDown } from '../../../src/main/desktop/lock-down.ts';
import { MainWindow } from '../../../src/main/desktop/main-window.ts';
import { windowHeaders } from '../../../src/main/transport/http/window-files.ts';
import { bridgeChannels } from '../../../src/shared/bridge.ts';

/** Every item of what a window may not do, each by the code that forbids it. */

const root = join(import.meta.dirname, '../../..');

function linesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|html)$/.test(name))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .flatMap((line) => (pattern.test(line) && !/^\s*(\*|\/\/)/.test(line) ? [`${path}: ${line.trim()}`] : [])),
    );
}

const filesOf = (lines: string[]) => [...new Set(lines.map((line) => line.split(': ')[0]))];

test('the one window is isolated, sandboxed and without Node', () => {
  let options: BrowserWindowConstructorOptions | undefined;
  const contents = Object.assign(new EventEmitter(), {});
  class Window extends EventEmitter {
    webContents = contents;
    constructor(given: BrowserWindowConstructorOptions) {
      super();
      options = given;
    }
    loadURL = async () => {};
  }
  const display = { id: 1, workArea: { x: 0, y: 0, width: 1000, height: 800 } };
  const electron = {
    BrowserWindow: Window,
    nativeTheme: { shouldUseDarkColors: false },
    screen: { getPrimaryDisplay: () => display, getAllDisplays: () => [display] },
  } as unknown as ElectronParts;
  const settings = { get: () => ({ bounds: null, isMaximized: false }) as never, set: () => {} };
  new MainWindow(electron, { page: `${pagesOrigin}/`, preload: '/preload.cjs', icon: '' }, settings).show();
  expect(options?.webPreferences).toEqual({
    preload: '/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
  });
  expect(filesOf(linesIn('src', /new (?:electron\.)?(?:BrowserWindow|BrowserView|WebContentsView)\(/))).toEqual([
    'src/main/desktop/main-window.ts',
  ]);
  expect(
    linesIn('src', /enableRemoteModule|@electron\/remote|allowRunningInsecureContent|experimentalFeatures/),
  ).toEqual([]);
});

test('pages come over app:// from a fixed map, and nothing over file://', async () => {
  expect(appScheme.privileges).not.toHaveProperty('bypassCSP');
  expect(linesIn('src/main', /loadFile\(|pathToFileURL|['"`]file:\/\//)).toEqual([]);
  let serve: ((request: Request) => Promise<Response>) | undefined;
  const protocol = { handle: (_scheme: string, handler: typeof serve) => (serve = handler) };
  servePages(protocol as never, new Map([['/index.html', join(root, 'src/renderer/index.html')]]));
  const status = async (url: string, method = 'GET') => (await serve?.(new Request(url, { method })))?.status;
  expect(await status('app://agent-runtime/index.html')).toBe(200);
  for (const url of [
    'app://agent-runtime/',
    'app://agent-runtime/../package.json',
    'app://agent-runtime/%2e%2e/package.json',
    'app://agent-runtime//etc/passwd',
    'app://other/index.html',
  ])
    expect([url, await status(url)]).toEqual([url, 404]);
  expect(await status('app://agent-runtime/index.html', 'POST')).toBe(405);
});

test('the policy of the page allows its own files and nothing else', () => {
  const policy = Object.fromEntries(
    (windowHeaders['Content-Security-Policy'] ?? '').split('; ').map((line) => {
      const [name = '', ...values] = line.split(' ');
      return [name, values.join(' ')];
    }),
  );
  expect(policy).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'frame-ancestors': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'require-trusted-types-for': "'script'",
  });
});

describe('a page', () => {
  /** The listeners that `lockDown` leaves behind, and the links that were offered. */
  function locked() {
    const app = new EventEmitter();
    const session = Object.assign(new EventEmitter(), {
      ask: null as unknown as (contents: unknown, permission: string, answer: (yes: boolean) => void) => void,
      check: null as unknown as (contents: unknown, permission: string) => boolean,
      device: null as unknown as () => boolean,
      setPermissionRequestHandler: (handler: never) => void (session.ask = handler),
      setPermissionCheckHandler: (handler: never) => void (session.check = handler),
      setDevicePermissionHandler: (handler: never) => void (session.device = handler),
    });
    const offered: string[] = [];
    lockDown(
      { app, session: { defaultSession: session } } as unknown as Parameters<typeof lockDown>[0],
      (url) => url.startsWith(`${pagesOrigin}/`),
      (url) => offered.push(url),
    );
    const contents = Object.assign(new EventEmitter(), {
      open: null as unknown as (details: { url: string }) => { action: string },
      setWindowOpenHandler: (handler: never) => void (contents.open = handler),
      getURL: () => `${pagesOrigin}/index.html`,
    });
    app.emit('web-contents-created', {}, contents);
    const prevented = (event: string, details: object) => {
      let is = false;
      contents.emit(event, Object.assign(details, { preventDefault: () => (is = true) }));
      return is;
    };
    return { contents, session, offered, prevented };
  }

  test('opens no window', () => {
    const { contents, offered } = locked();
    for (const url of ['https://example.com', `${pagesOrigin}/index.html`, 'about:blank'])
      expect(contents.open({ url })).toEqual({ action: 'deny' });
    expect(offered).toContain('https://example.com');
  });

  test('goes nowhere else, neither as a whole nor in a frame, and embeds nothing', () => {
    const { prevented } = locked();
    for (const url of ['https://example.com/', 'file:///etc/passwd', 'data:text/html,x', 'app://other/'])
      for (const isMainFrame of [true, false]) {
        expect(prevented('will-frame-navigate', { url, isMainFrame })).toBe(true);
        expect(prevented('will-redirect', { url, isMainFrame })).toBe(true);
      }
    expect(prevented('will-frame-navigate', { url: `${pagesOrigin}/#/inbox`, isMainFrame: true })).toBe(false);
    expect(prevented('will-attach-webview', {})).toBe(true);
  });

  test('gets no permission but to copy text, and no device', () => {
    const { contents, session } = locked();
    const all = [
      ...[
        'camera',
        'clipboard-read',
        'display-capture',
        'fileSystem',
        'fullscreen',
        'geolocation',
        'hid',
        'idle-detection',
      ],
      ...[
        'keyboardLock',
        'media',
        'mediaKeySystem',
        'microphone',
        'midi',
        'midiSysex',
        'notifications',
        'openExternal',
      ],
      ...['pointerLock', 'serial', 'speaker-selection', 'storage-access', 'top-level-storage-access', 'usb', 'unknown'],
    ];
    const asked = (page: unknown, permission: string) => {
      let answer: boolean | undefined;
      session.ask(page, permission, (yes) => (answer = yes));
      return [answer, session.check(page, permission)];
    };
    for (const permission of all)
      expect([permission, ...asked(contents, permission)]).toEqual([permission, false, false]);
    expect(asked(contents, 'clipboard-sanitized-write')).toEqual([true, true]);
    expect(asked({ getURL: () => 'https://example.com' }, 'clipboard-sanitized-write')).toEqual([false, false]);
    expect(session.device()).toBe(false);
  });

  test('downloads nothing but what it made itself', () => {
    const { session } = locked();
    const prevented = (url: string) => {
      let is = false;
      session.emit('will-download', { preventDefault: () => (is = true) }, { getURL: () => url });
      return is;
    };
    expect(prevented('https://example.com/x.exe')).toBe(true);
    expect(prevented('blob:https://example.com/1')).toBe(true);
    expect(prevented(`blob:${pagesOrigin}/1`)).toBe(false);
  });
});

test('links leave for a browser only as https, after a yes, and one question at a time', async () => {
  const opened: string[] = [];
  const asked: string[] = [];
  let answer = Promise.withResolvers<{ response: number; checkboxChecked: boolean }>();
  const offer = externalLinks({
    dialog: {
      showMessageBox: ({ detail }: { detail: string }) => {
        asked.push(detail);
        return answer.promise;
      },
    } as never,
    shell: { openExternal: async (url: string) => void opened.push(url) } as never,
  });
  for (const link of [
    'http://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://x/y',
    'ms-settings:',
    'x',
  ])
    await offer(link);
  expect(asked).toEqual([]);
  const first = offer('https://example.com/a');
  await offer('https://example.com/b');
  expect(asked).toEqual(['https://example.com/a']);
  answer.resolve({ response: 1, checkboxChecked: false });
  await first;
  expect(opened).toEqual([]);
  answer = Promise.withResolvers();
  answer.resolve({ response: 0, checkboxChecked: false });
  await offer('https://example.com/c');
  expect(opened).toEqual(['https://example.com/c']);
  expect(filesOf(linesIn('src', /openExternal\(|openPath\(/))).toEqual(['src/main/desktop/external-links.ts']);
});

test('pages and the app speak over four channels, which one file of each side knows', () => {
  expect(Object.keys(bridgeChannels)).toEqual(['call', 'watch', 'unwatch', 'notices']);
  expect(filesOf(linesIn('src', /ipcMain\.(handle|on|handleOnce|once)\(/))).toEqual(['src/main/transport/ipc.ts']);
  expect(filesOf(linesIn('src', /ipcRenderer\./))).toEqual(['src/preload/index.ts']);
  for (const [path, calls] of [
    ['src/preload/index.ts', /ipcRenderer\.\w+\(\s*/g],
    ['src/main/transport/ipc.ts', /ipcMain\.\w+\(\s*/g],
  ] as const) {
    const text = readFileSync(join(root, path), 'utf8');
    const channels = [...text.matchAll(calls)].map(
      ({ index, 0: call }) => text.slice(index + call.length).split(/\W/)[0],
    );
    expect(new Set(channels)).toEqual(new Set(['bridgeChannels']));
  }
});

test('what models and others write is shown as text: no markup is made of it, and nothing is loaded for it', () => {
  expect(
    linesIn('src/renderer', /dangerouslySetInnerHTML|\.innerHTML|outerHTML|insertAdjacentHTML|document\.write/),
  ).toEqual([]);
  expect(linesIn('src/renderer', /<(iframe|webview|object|embed|video|audio)\b/)).toEqual([]);
  const images = linesIn('src/renderer', /<img\b/);
  expect(images.filter((line) => !/src=\{\w*icon\w*\}/i.test(line))).toEqual([]);
  expect(linesIn('src/renderer', /href=\{?['"`]https?:/)).toEqual([]);
});

test('the fuses of the binary, and what is packed beside it, are as they should be', () => {
  const { electronFuses, asar, publish } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(electronFuses).toMatchObject({
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
  expect({ asar, publish }).toEqual({ asar: true, publish: null });
  // `npm run pack` reads the same fuses back from the binary.
  const check = readFileSync(join(root, 'scripts/check-package.mjs'), 'utf8');
  for (const name of Object.keys(electronFuses).filter((key) => key !== 'resetAdHocDarwinSignature'))
    expect(check.toLowerCase()).toContain(`${name.toLowerCase()}: ${electronFuses[name]}`);
});

test('without the fuse that lets the app be Node, its children are utility processes', () => {
  expect(linesIn('src/main/desktop', /child_process/)).toEqual([]);
  expect(linesIn('src/main', /startChild: utilityChild|startChild, openKeychain/).length).toBeGreaterThan(0);
});

test('what is read from the packed archive is read by what Electron offers there', () => {
  const lines = linesIn('src/main', /\bcp(Sync)?\(|\bopendir|recursive: true, withFileTypes/);
  // Beside the archive, not in it.
  expect(filesOf(lines)).toEqual(['src/main/desktop/natives.ts']);
});

test('crash reports stay on this computer', () => {
  expect(linesIn('src', /crashReporter\.start/)).toEqual([
    'src/main/desktop/desktop.ts: crashReporter.start({ uploadToServer: false });',
  ]);
});
