import { type ChildProcess, spawn } from 'node:child_process';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { RuntimeError } from '../../../../shared/errors.ts';
import { isJsonObject } from '../../../../shared/json.ts';
import { defaultPatience, markerName, type StopPatience, signalGroup, stopGroup } from '../process-group.ts';
import type { LogRing } from './log-ring.ts';
import type { ServerSpec } from './server-spec.ts';

/** Longer lines are no answers any more. */
const maxLineBytes = 8 * 1024 * 1024;
/** Lines that are no messages: some programs greet on stdout, but not for ever. */
const maxStrayLines = 1_000;

/** All that a program sees of our environment. Windows programs do not start without the second row. */
const passedOn = ['PATH', 'HOME', 'LANG'];
const passedOnWindows = ['SystemRoot', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'];

export interface StdioOptions {
  name: string;
  spec: ServerSpec;
  env: Readonly<Record<string, string | undefined>>;
  marker: string;
  log: LogRing;
  patience?: StopPatience;
}

/**
 * A server as a child in a process group of its own, one JSON message per line. The SDK's own transport ends only the
 * program itself and leaves what it started; this one ends the group.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: StdioOptions;
  #child: ChildProcess | undefined;
  #line: Buffer[] = [];
  #lineBytes = 0;
  #strayLines = 0;
  #isOver = false;
  #stopping: Promise<void> | undefined;
  #failure: RuntimeError | undefined;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why the connection had to be ended, where the server is to blame. */
  get failure(): RuntimeError | undefined {
    return this.#failure;
  }

  get sawStrayLines(): boolean {
    return this.#strayLines > 0;
  }

  /** @throws RuntimeError MCP_COMMAND_REFUSED when the program cannot be started. */
  async start(): Promise<void> {
    const { spec, marker, name } = this.#options;
    const child = spawn(spec.command ?? '', spec.args, {
      env: { ...this.#environment(), ...spec.env, [markerName]: marker },
      cwd: spec.cwd,
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
    });
    this.#child = child;
    this.#listen(child);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(
        new RuntimeError(
          'MCP_COMMAND_REFUSED',
          `The program of server "${name}" could not be started: ${cause.message}.`,
          { server: name },
          { cause },
        ),
      ),
    );
    await promise;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new RuntimeError('MCP_UNAVAILABLE', `Server "${this.#options.name}" has ended.`);
    // Not awaited: a server that does not read is noticed by the deadline of the call.
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the server and all it started. */
  async close(): Promise<void> {
    if (!this.#child) return;
    this.#stopping ??= stopGroup(this.#child, this.#options.marker, this.#options.patience ?? defaultPatience);
    await this.#stopping;
    this.#isOver = true;
  }

  /** Without waiting, for the end of our own process. Its number is another's once the group has ended. */
  killNow(): void {
    if (!this.#isOver && this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
  }

  #environment(): Record<string, string> {
    const names = process.platform === 'win32' ? [...passedOn, ...passedOnWindows] : passedOn;
    return Object.fromEntries(
      names.flatMap((name) => (this.#options.env[name] === undefined ? [] : [[name, this.#options.env[name]]])),
    );
  }

  #listen(child: ChildProcess): void {
    const { log } = this.#options;
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
    child.stdin?.on('error', () => {});
    child.once('exit', (code, signal) => {
      log.write(`[ended: ${signal ?? `code ${code}`}]\n`);
      // What it wrote before its end is still in the pipe, which a child of its own may keep open.
      const ended = () => {
        clearTimeout(timer);
        child.stdout?.off('end', ended);
        this.#ended();
      };
      const timer = setTimeout(ended, 100);
      child.stdout?.once('end', ended);
    });
  }

  #ended(): void {
    void this.close();
    const tell = this.onclose;
    delete this.onclose;
    tell?.();
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, at));
      from = at + 1;
      const line = Buffer.concat(this.#line).toString();
      this.#line = [];
      this.#lineBytes = 0;
      this.#take(line);
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(piece: Buffer): void {
    this.#lineBytes += piece.length;
    if (this.#failure || this.#lineBytes > maxLineBytes) {
      this.#line = [];
      this.#fail(`wrote a line of more than ${maxLineBytes} bytes`);
    } else if (piece.length > 0) this.#line.push(piece);
  }

  #take(line: string): void {
    if (line.trim() === '' || this.#failure) return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      message = undefined;
    }
    if (isJsonObject(message) && message['jsonrpc'] === '2.0') {
      this.onmessage?.(message as unknown as JSONRPCMessage);
      return;
    }
    this.#options.log.write(`[no message on stdout: ${line.slice(0, 200)}]\n`);
    if (++this.#strayLines > maxStrayLines) this.#fail(`wrote ${maxStrayLines} lines to stdout that are no messages`);
  }

  #fail(what: string): void {
    if (this.#failure) return;
    this.#failure = new RuntimeError('MCP_PROTOCOL_ERROR', `Server "${this.#options.name}" ${what}, so it was ended.`, {
      server: this.#options.name,
    });
    this.onerror?.(this.#failure);
    this.#ended();
  }
}
