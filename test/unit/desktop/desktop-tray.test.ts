import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Recorded } from '../../e2e/desktop/recorded.ts';
import { chromiumHint, findChromium } from '../../electron-standin/find-chromium.ts';
import { until } from '../../world/until.ts';
import { bundlePreload, type DesktopApp, startDesktopApp } from './desktop-app.ts';

/** In the app's main process. */
declare const smallNode: typeof import('./app/main.ts').smallNode;
declare const recorded: Recorded;

const chromium = findChromium();
if (!chromium) console.warn(`SKIPPED: the desktop's own tests need a Chromium: ${chromiumHint}.`);

let preload: string;
let desktop: DesktopApp;

const digest = {
  ...{ name: 'digest', state: 'running', tags: ['favourite'], nextFiring: Date.now() + 600_000, waiting: 0 },
  ...{ lastRun: null, triggers: [{ type: 'webhook', enabled: true, summary: '' }] },
};

const calls = () => desktop.electron.evaluate(() => smallNode.calls.map(([name]) => name));
const settings = () => JSON.parse(readFileSync(join(desktop.profile, 'desktop.json'), 'utf8'));

async function withAgents(agents: object[]): Promise<void> {
  await desktop.electron.evaluate((_electron, given) => {
    smallNode.lists['listProcesses'] = given;
    smallNode.tell('process.changed');
  }, agents);
  const items = () => desktop.electron.evaluate(() => recorded.trayMenu?.getMenuItemById('run-now') !== null);
  await until(items);
}

beforeAll(async () => {
  preload = await bundlePreload();
});
afterAll(() => rmSync(dirname(preload), { recursive: true, force: true }));

describe.skipIf(!chromium)('from the tray', () => {
  beforeEach(async () => {
    desktop = await startDesktopApp(preload);
  });
  afterEach(() => desktop[Symbol.asyncDispose]());

  test('a favourite is run, and the next firing has a name', async () => {
    await withAgents([digest]);
    await desktop.chooseTray('run-digest');
    await until(async () => (await calls()).includes('wakeProcess'));
    expect(await desktop.electron.evaluate(() => smallNode.calls.at(-1))).toEqual(['wakeProcess', { name: 'digest' }]);
  });

  test('all agents pause for an hour, which the tray says, and resuming ends that', async () => {
    await desktop.chooseTray('pause-hour');
    await until(async () => (await calls()).includes('pauseAll'));
    const toolTip = () => desktop.electron.evaluate(() => recorded.trayToolTip);
    await until(async () => (await toolTip()).includes('Paused until'));
    expect(settings().pausedUntil).toBeGreaterThan(Date.now() + 3_500_000);
    await desktop.chooseTray('resume-all');
    await until(async () => !(await toolTip()).includes('Paused until'));
    expect(settings().pausedUntil).toBeNull();
    expect(await calls()).toContain('resumeAll');
  });

  test('a pause that was ended in the window is no more told of, and nobody is resumed when its hour is over', async () => {
    const paused = { ...digest, state: 'suspended', stateReason: 'paused with all others' };
    await desktop.chooseTray('pause-hour');
    await until(() => settings().pausedUntil !== null);
    await withAgents([paused, { ...digest, name: 'new', stateReason: 'started' }]);
    expect(settings().pausedUntil).not.toBeNull();
    await withAgents([{ ...digest, stateReason: 'resumed' }]);
    await until(() => settings().pausedUntil === null);
    const toolTip = () => desktop.electron.evaluate(() => recorded.trayToolTip);
    await until(async () => !(await toolTip()).includes('Paused until'));
    expect(await calls()).not.toContain('resumeAll');
  });

  test('waking from sleep ends a pause whose time has passed meanwhile', async () => {
    await desktop.chooseTray('pause-hour');
    await until(async () => (await calls()).includes('pauseAll'));
    await desktop.electron.evaluate(({ powerMonitor }) => {
      const now = Date.now;
      Date.now = () => now() + 2 * 3_600_000;
      powerMonitor.emit('resume');
      Date.now = now;
    });
    await until(async () => (await calls()).includes('resumeAll'));
  });

  test('quitting says what will be missed, and is not done after a no', async () => {
    await withAgents([digest]);
    await desktop.electron.evaluate(() => {
      recorded.answer = 1;
    });
    await desktop.chooseTray('quit');
    const asked = () =>
      desktop.electron.evaluate(() => recorded.dialogs.map(({ message, detail }) => [message, detail]));
    await until(async () => (await asked()).length === 1);
    expect(await asked()).toEqual([['Quit Agent Runtime?', expect.stringContaining('• digest, at ')]]);
    expect(await desktop.electron.evaluate(() => smallNode.isClosing)).toBe(false);
    await desktop.electron.evaluate(() => {
      recorded.answer = 0;
    });
    await desktop.chooseTray('quit');
    await until(() => desktop.electron.evaluate(() => smallNode.isClosing));
  });

  test('the icon follows the theme of the system', async () => {
    const images = () => desktop.electron.evaluate(() => recorded.trayImages);
    const before = await images();
    await desktop.electron.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = 'dark';
    });
    expect(await images()).toBe(before + 1);
  });
});

describe.skipIf(!chromium)('from the menu', () => {
  beforeEach(async () => {
    desktop = await startDesktopApp(preload);
  });
  afterEach(() => desktop[Symbol.asyncDispose]());

  test('diagnostics are saved where the person says, and shown there', async () => {
    const path = join(desktop.profile, 'bundle.zip');
    await desktop.electron.evaluate((_electron, wanted) => {
      recorded.files = [wanted];
    }, path);
    await desktop.chooseMenu('save-diagnostics');
    await until(() => desktop.electron.evaluate(() => recorded.shown.length === 1));
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path).subarray(0, 2).toString()).toBe('PK');
    expect(await calls()).toContain('doctor');
  });

  test('a copy that was not installed says that it does not update itself', async () => {
    await desktop.chooseMenu('look-for-update');
    const asked = () => desktop.electron.evaluate(() => recorded.dialogs.map(({ message }) => message));
    await until(async () => (await asked()).includes('This copy does not update itself'));
  });
});
