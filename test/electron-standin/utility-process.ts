import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

type Stdio = 'pipe' | 'ignore' | 'inherit';

interface ForkOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  execArgv?: string[];
  stdio?: Stdio | [Stdio, Stdio, Stdio];
  serviceName?: string;
}

/** Electron's UtilityProcess over a child of plain Node. The child has `process.parentPort`. */
export class UtilityProcess extends EventEmitter {
  pid: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: ChildProcess;

  constructor(modulePath: string, args: string[], options: ForkOptions) {
    super();
    const port = fileURLToPath(new URL('./utility-port.ts', import.meta.url));
    const { stdio = 'inherit', execArgv = [], cwd, env } = options;
    // Electron's utility processes ignore the flags of Node's permission model (measured by others on Electron 42).
    const known = execArgv.filter((flag) => !/^--(permission|allow-)/.test(flag));
    const [, stdout, stderr] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
    this.#child = fork(modulePath, args, {
      execPath: process.env['STANDIN_NODE'] ?? process.execPath,
      execArgv: [...known, '--import', port],
      serialization: 'advanced',
      stdio: ['ignore', stdout, stderr, 'ipc'],
      ...(cwd && { cwd }),
      ...(env && { env }),
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.on('error', (error) => this.emit('error', 'FatalError', '', String(error)));
    this.#child.on('exit', (code) => {
      this.pid = undefined;
      this.emit('exit', code ?? 1);
    });
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object);
  }

  kill(): boolean {
    return this.#child.kill();
  }
}
