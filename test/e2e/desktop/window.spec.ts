import { expect, test } from '@playwright/test';
import { cannotRun, type Launched, launch, newDataDir, preload, removeDataDir } from './desktop-app.ts';

test.skip(cannotRun !== '', cannotRun);

let desktop: Launched;
const complaints: string[] = [];

test.beforeAll(async () => {
  desktop = await launch(newDataDir());
  desktop.page.on('pageerror', (error) => complaints.push(String(error)));
  desktop.page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});

test.afterAll(async () => {
  await desktop.quit();
  removeDataDir(desktop.dataDir);
});

test('the window shows the app, loaded without a complaint', async () => {
  await desktop.page.reload();
  await expect(desktop.page).toHaveTitle(/Agent Runtime$/);
  await expect(desktop.page.getByRole('navigation').first()).toBeVisible();
  await expect(desktop.page.getByText('Inbox').first()).toBeVisible();
  expect(complaints).toEqual([]);
});

test('no screen breaks the policy of the page', async () => {
  const manifest = 'version: "1.0"\nname: shown\nmodel: script\nscript: "export default async function run() {}"\n';
  await desktop.call('createProcess', { manifest });
  const screens = [
    'now',
    'agents',
    'map',
    'runs',
    'inbox',
    'schedule',
    'memory',
    'tools',
    'costs',
    'cluster',
    'templates',
    'settings',
    'new',
  ];
  const tabs = ['', '/runs', '/design', '/manifest', '/triggers', '/context', '/journal'].map(
    (tab) => `agents/shown${tab}`,
  );
  for (const screen of [...screens, ...tabs]) {
    await desktop.page.evaluate(`location.hash = '#/${screen}'`);
    await expect(desktop.page.getByRole('main').first()).toBeVisible();
    await desktop.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    expect({ screen, complaints }).toEqual({ screen, complaints: [] });
  }
  // The editor is loaded when it is first shown, and brings styles of its own.
  await desktop.page.evaluate("location.hash = '#/agents/shown/manifest'");
  await expect(desktop.page.locator('.cm-editor').first()).toBeVisible();
  expect(complaints).toEqual([]);
});

test('the page is served by the app itself, under its policy', async () => {
  const url = await desktop.app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.getURL());
  expect(url).toMatch(/^app:\/\/agent-runtime\//);
  const policy = await desktop.page.evaluate(
    "fetch('/index.html').then((page) => page.headers.get('content-security-policy'))",
  );
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("require-trusted-types-for 'script'");
  const missing = await desktop.page.evaluate("fetch('/../package.json').then((page) => page.status)");
  expect(missing).toBe(404);
});

test('a script that is not the app’s own does not run', async () => {
  const refused = await desktop.page.evaluate(`(() => {
    const refusals = [];
    const script = document.createElement('script');
    for (const [property, value] of [['src', 'https://example.com/foreign.js'], ['textContent', 'globalThis.ran = 1']]) {
      try {
        script[property] = value;
      } catch (error) {
        refusals.push(error.name);
      }
    }
    document.body.append(script);
    return [refusals, typeof globalThis.ran];
  })()`);
  expect(refused).toEqual([['TypeError', 'TypeError'], 'undefined']);
});

test('the page has two functions of the runtime and nothing of Node or Electron', async () => {
  const found = await desktop.page.evaluate(
    '[Object.keys(agentRuntime), typeof require, typeof process, typeof globalThis.Buffer]',
  );
  expect(found).toEqual([['call', 'watch'], 'undefined', 'undefined', 'undefined']);
});

test('an operation goes to the node and back, and so does its refusal', async () => {
  expect(await desktop.call('node')).toMatchObject({ desktop: true, dataDir: desktop.dataDir });
  const refusal = await desktop.page.evaluate(() => agentRuntime.call('getProcess', { name: 'nobody' }));
  expect(refusal).toMatchObject({ ok: false, error: { code: 'PROCESS_NOT_FOUND' } });
  const misspelt = await desktop.page.evaluate(() => agentRuntime.call('listProceses', {}));
  expect(misspelt).toMatchObject({ ok: false, error: { code: 'ROUTE_NOT_FOUND' } });
});

test('what happens on the node reaches the page as notices', async () => {
  await desktop.page.evaluate(() => {
    const heard: { kind: string }[] = [];
    Object.assign(globalThis, { heard, stop: agentRuntime.watch(null, (notice) => heard.push(notice as never)) });
  });
  const manifest = 'version: "1.0"\nname: quiet\nmodel: script\nscript: "export default async () => 1"\n';
  await desktop.call('createProcess', { manifest });
  await expect.poll(() => desktop.page.evaluate('heard.map(({ kind }) => kind)')).toContain('process.changed');
  await desktop.page.evaluate('stop()');
});

test('a window that is not the app’s own is refused, though it shows the app’s page', async () => {
  const reply = await desktop.app.evaluate(async ({ BrowserWindow }, preload) => {
    const foreign = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    await foreign.loadURL('app://agent-runtime/');
    const said: unknown = await foreign.webContents.executeJavaScript("agentRuntime.call('node', {})");
    foreign.destroy();
    return said;
  }, preload);
  expect(reply).toMatchObject({ ok: false, error: { code: 'ORIGIN_NOT_ALLOWED' } });
});

test('a page of another origin is refused, in the app’s own window too', async () => {
  const reply = await desktop.app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    await contents?.loadURL('data:text/html,<p>Not the app</p>');
    const said: unknown = await contents?.executeJavaScript("agentRuntime.call('node', {})");
    await contents?.loadURL('app://agent-runtime/');
    return said;
  });
  expect(reply).toMatchObject({ ok: false, error: { code: 'ORIGIN_NOT_ALLOWED' } });
});

test('the page goes nowhere else and opens no window', async () => {
  const { app, page } = desktop;
  await expect(page.getByRole('navigation').first()).toBeVisible();
  await app.evaluate(() => {
    recorded.answer = 1;
  });
  await page.evaluate("void (location.href = 'https://example.com/')");
  await expect.poll(() => app.evaluate(() => recorded.dialogs.length)).toBe(1);
  expect(await page.evaluate("window.open('https://example.com/other') === null")).toBe(true);
  await expect.poll(() => app.evaluate(() => recorded.dialogs.length)).toBe(2);
  expect(await app.evaluate(() => recorded.opened)).toEqual([]);
  const url = await app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.getURL());
  expect(url).toMatch(/^app:\/\/agent-runtime\//);
  expect(app.windows()).toHaveLength(1);
});

test('the page gets no permission but to copy text', async () => {
  const state = (name: string) =>
    desktop.page.evaluate(`navigator.permissions.query({ name: '${name}' }).then((it) => it.state)`);
  await expect.poll(() => state('geolocation')).toBe('denied');
  expect(await state('camera')).toBe('denied');
  expect(await state('notifications')).toBe('denied');
});

test('keys that are changed in the window are those of the menu, also after the next start', async () => {
  const keysOf = (id: string) =>
    desktop.app.evaluate(({ Menu }, wanted) => {
      const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
      return item ? (item.accelerator ?? 'none') : 'no such item';
    }, id);
  expect([await keysOf('new-agent'), await keysOf('screen-map')]).toEqual(['CmdOrCtrl+N', 'CmdOrCtrl+3']);
  const { page } = desktop;
  await page.evaluate("location.hash = '/settings/keys'");
  await page.getByRole('button', { name: 'Change the keys of New agent:' }).press('Enter');
  await page.keyboard.press('Control+3');
  await expect.poll(() => keysOf('new-agent')).toBe('CmdOrCtrl+3');
  // Nothing else has them any more: the map is left with those that work in browsers, too.
  expect(await keysOf('screen-map')).toBe('Alt+3');
  expect(await desktop.quit()).toBe(0);
  desktop = await launch(desktop.dataDir);
  expect(await keysOf('new-agent')).toBe('CmdOrCtrl+3');
});
