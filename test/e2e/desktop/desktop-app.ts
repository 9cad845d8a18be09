import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, expect, type Page } from '@playwright/test';
import type { Bridge } from '../../../src/shared/bridge.ts';
import { chromiumHint, findChromium } from '../../electron-standin/find-chromium.ts';
import type { Recorded } from './recorded.ts';

const root = join(import.meta.dirname, '../../..');

/** The built app; DESKTOP_APP_DIR names the files of a package (`npm run pack` leaves them in release/app). */
const appDir = process.env['DESKTOP_APP_DIR'] ? apart(resolve(root, process.env['DESKTOP_APP_DIR'])) : root;

export const preload = join(appDir, 'out/preload/index.cjs');

// Electron where it is installed, else the stand-in.
const hasElectron = existsSync(join(root, 'node_modules/electron/dist/version'));
if (!hasElectron) process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= join(root, 'test/electron-standin');

/** Why these tests cannot run here; empty where they can. */
export const cannotRun = whyNot();
if (cannotRun) console.warn(`SKIPPED: the desktop tests: ${cannotRun}`);

function whyNot(): string {
  if (!existsSync(join(appDir, 'out/main/index.js'))) return 'the app is not built: npm run build.';
  if (!hasElectron) return findChromium() ? '' : `there is no Electron and no Chromium: ${chromiumHint}.`;
  const hasDisplay = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  return hasDisplay ? '' : 'there is no display: run them under xvfb-run.';
}

declare global {
  /** In the app's pages. */
  var agentRuntime: Bridge;
  /** In the app's main process. */
  var recorded: Recorded;
}

export interface Launched {
  app: ElectronApplication;
  /** The window that was opened last. */
  page: Page;
  dataDir: string;
  /** An operation, asked by the page; throws what the node refuses. */
  call(name: string, input?: object): Promise<unknown>;
  /** An operation over HTTP, which works without a window. */
  http(method: string, path: string, body?: object): Promise<unknown>;
  /** Waits for the window that `action` opens. */
  opening(action: () => Promise<unknown>): Promise<void>;
  closeWindow(): Promise<void>;
  chooseTray(id: string): Promise<unknown>;
  quit(): Promise<number | null>;
}

/** A copy away from our own node_modules, in which a package would find what it lacks. */
function apart(packaged: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'agent-runtime-package-'));
  cpSync(packaged, copy, { recursive: true });
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
  return copy;
}

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'agent-runtime-desktop-'));
}

export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
}

function launchArgs(dataDir: string, more: string[]): string[] {
  return ['-r', join(import.meta.dirname, 'recorder.cjs'), appDir, `--data-dir=${dataDir}`, ...more];
}

/** Port 0: tests run beside whatever else runs here. */
const env = () => ({ ...process.env, AGENT_RUNTIME_PORT: '0' }) as Record<string, string>;

/** Starts the app and waits until its window is there and its node answers. */
export async function launch(dataDir: string, more: string[] = []): Promise<Launched> {
  const app = await _electron.launch({ args: launchArgs(dataDir, more), env: env() });
  const launched: Launched = {
    app,
    page: await app.firstWindow(),
    dataDir,
    call: (name, input = {}) => callFrom(launched.page, name, input),
    http: (method, path, body) => overHttp(dataDir, method, path, body),
    async opening(action) {
      const opened = app.waitForEvent('window');
      await action();
      launched.page = await opened;
      await ready(launched.page);
    },
    async closeWindow() {
      const closed = launched.page.waitForEvent('close');
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      await closed;
    },
    chooseTray: (id) => app.evaluate((_electron, wanted) => recorded.trayMenu?.getMenuItemById(wanted)?.click(), id),
    async quit() {
      const main = app.process();
      const ended = app.waitForEvent('close');
      await app.evaluate(({ app: electronApp }) => electronApp.quit()).catch(() => {});
      await ended;
      return main.exitCode;
    },
  };
  await ready(launched.page);
  return launched;
}

/** Starts the app once more on the same data, as a person would; it ends when the first one has taken over. */
export async function launchAgain(dataDir: string, more: string[] = []): Promise<number | null> {
  const executable = createRequire(import.meta.url)('electron') as unknown as string;
  const second = spawn(executable, launchArgs(dataDir, more), { env: env(), stdio: 'ignore' });
  return new Promise((done) => second.on('exit', done));
}

async function ready(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate('typeof agentRuntime').catch(() => 'no page yet'), { message: 'the preload has run' })
    .toBe('object');
  await callFrom(page, 'health', {});
}

async function callFrom(page: Page, name: string, input: object): Promise<unknown> {
  const reply = await page.evaluate(([called, given]) => agentRuntime.call(called, given), [name, input] as const);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`);
  return reply.value;
}

async function overHttp(dataDir: string, method: string, path: string, body?: object): Promise<unknown> {
  const { url } = JSON.parse(readFileSync(join(dataDir, 'node.json'), 'utf8')) as { url: string };
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim();
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** An agent without a model that asks a person once, and says what it heard. */
export const asker = `
version: "1.0"
name: asker
model: script
script: |
  export default async function run(event, agent) {
    const answer = await agent.ask('May I go on?');
    return 'They said: ' + answer;
  }
`;
