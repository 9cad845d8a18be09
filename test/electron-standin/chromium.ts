import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { chromiumHint, findChromium } from './find-chromium.ts';

export type CdpParams = Record<string, unknown>;
export type CdpListener = (method: string, params: CdpParams) => void;

interface Waiting {
  method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-search-engine-choice-screen',
  '--password-store=basic',
  '--no-startup-window',
];

/**
 * The Chromium that shows the windows, spoken to over the DevTools protocol.
 *
 * Our own commands travel through a pipe, so that Chromium ends when this process does, however it does. The port is
 * for Playwright, which reads its address from stderr as it does with Electron.
 */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #sessions = new Map<string, CdpListener>();
  #lastId = 0;
  #received = '';

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#commands = child.stdio[3] as Writable;
    this.#commands.on('error', () => {});
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#receive(text));
  }

  static async start(profileDir: string, extraSwitches: string[]): Promise<Chromium> {
    const path = findChromium();
    if (!path) throw new Error(`The Electron stand-in needs a Chromium: ${chromiumHint}.`);
    const display = process.env['STANDIN_HEADFUL'] ? [] : ['--headless=new'];
    const own = ['--remote-debugging-port=0', '--remote-debugging-pipe', `--user-data-dir=${profileDir}`];
    const child = spawn(path, [...extraSwitches, ...switches, ...display, ...own], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    });
    const address = await addressOf(child);
    const chromium = new Chromium(child);
    await chromium.send('Target.setDiscoverTargets', { discover: true });
    process.stderr.write(`DevTools listening on ${address}\n`);
    return chromium;
  }

  /** `session` names the page the command is for; without one it is for the browser. */
  send<T>(method: string, params: CdpParams = {}, session?: string): Promise<T> {
    const id = ++this.#lastId;
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId: session })}\0`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve: (result) => resolve(result as T), reject });
    });
  }

  /** Hears what happens in one page, or with '' in the browser. */
  listen(session: string, listener: CdpListener): void {
    this.#sessions.set(session, listener);
  }

  /** At once: a Chromium that is asked to end goes on writing to its profile for a while. */
  stop(): void {
    this.#process.kill('SIGKILL');
  }

  #receive(text: string): void {
    const parts = (this.#received + text).split('\0');
    this.#received = parts.pop() ?? '';
    for (const part of parts) this.#take(JSON.parse(part));
  }

  #take(message: {
    id?: number;
    sessionId?: string;
    method?: string;
    params?: CdpParams;
    result?: unknown;
    error?: { message: string };
  }): void {
    if (message.id === undefined) {
      this.#sessions.get(message.sessionId ?? '')?.(message.method ?? '', message.params ?? {});
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting?.resolve(message.result);
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000);
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(said);
      if (found?.[1]) resolve(found[1]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code} before it listened: ${said}`)));
  });
}
