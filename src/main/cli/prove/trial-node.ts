import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { RuntimeError } from '../../../shared/errors.ts';
import { type ConnectedRuntime, connect } from '../../transport/http-client.ts';
import { headlessProgram } from '../headless-program.ts';

/** A real node of its own on a folder of its own, to be killed. */
export class TrialNode {
  readonly folder: string;
  #child: ChildProcess | undefined;
  #api: ConnectedRuntime | undefined;
  #url = '';

  constructor(folder: string) {
    this.folder = folder;
  }

  /** What it runs as, to be asked. Only between `start` and `kill`. */
  get api(): ConnectedRuntime {
    if (!this.#api) throw new RuntimeError('NODE_UNREACHABLE', 'The node of the trial does not run now.');
    return this.#api;
  }

  /** @throws RuntimeError `NODE_UNREACHABLE` when it ends before it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [headlessProgram(), '--data-dir', this.folder, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      // What the person's own node goes by is not for this one.
      env: { PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'] ?? '' },
    });
    this.#child = child;
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, 'exit').then(([code]) => {
      throw new RuntimeError('NODE_UNREACHABLE', `The node of the trial ended with ${code} before it was ready.`);
    });
    ended.catch(() => {});
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    const { url, tokenFile } = JSON.parse(line) as { url: string; tokenFile: string };
    this.#url = url;
    this.#api = connect(url, readFileSync(tokenFile, 'utf8').trim());
  }

  /** Ends it in the middle of whatever it does, as a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it in order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Nothing of it moves for so long, as when a computer sleeps. Windows knows no such signal: nothing happens there. */
  async freeze(ms: number): Promise<void> {
    if (process.platform === 'win32') return;
    this.#child?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child?.kill('SIGCONT');
  }

  /** Sends a webhook until it is acknowledged, whatever becomes of the node meanwhile. Gives how often it was sent. */
  async deliver(path: string, id: string, signal: AbortSignal): Promise<number> {
    for (let sent = 1; ; sent++) {
      signal.throwIfAborted();
      try {
        const answer = await fetch(`${this.#url}/hooks/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-delivery': id },
          body: JSON.stringify({ id }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
        });
        await answer.arrayBuffer();
        if (answer.status === 202) return sent;
      } catch {
        // Killed, or not there yet: it is sent again, as senders of webhooks do.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#api?.close();
    this.#api = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(how);
    await gone;
  }
}
