import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./door-program.ts', import.meta.url));
/** The same on every computer: each has a loopback of its own. */
const port = 9_377;

/** What an agent did to the world outside. */
export interface HeardEffect {
  /** Epoch ms, by the clock of the machine that all the computers are on. */
  at: number;
  /** The key of the call. */
  key: string;
  body: string;
}

export interface Asked {
  id: number;
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
}

type Said = { effect: HeardEffect } | { id: number; status: number; body: string } | { id: number; error: string };

/** A door into a computer of a test network: what is outside of its node, and stays when the node or its cable does not. */
export class Door {
  /** Where agents on that computer find it. */
  static readonly address = `127.0.0.1:${port}`;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (said: Said) => void>();
  readonly #onEffect: (effect: HeardEffect) => void;
  #last = 0;

  private constructor(child: ChildProcess, onEffect: (effect: HeardEffect) => void) {
    this.#child = child;
    this.#onEffect = onEffect;
  }

  /** `prefix`: what a command line begins with to run on that computer. */
  static async open(prefix: readonly string[], onEffect: (effect: HeardEffect) => void): Promise<Door> {
    const [command = '', ...rest] = [...prefix, process.execPath];
    const child = spawn(command, [...rest, program, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const door = new Door(child, onEffect);
    const ready = Promise.withResolvers<void>();
    child.once('exit', (code) => ready.reject(new Error(`the door ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"ready"')) ready.resolve();
      else door.#hear(JSON.parse(line) as Said);
    });
    await ready.promise;
    return door;
  }

  /** One HTTP request from there. @throws when there was no answer. */
  async ask(request: Omit<Asked, 'id'>): Promise<{ status: number; body: string }> {
    const id = ++this.#last;
    const answered = new Promise<Said>((resolve) => this.#waiting.set(id, resolve));
    this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    const said = await answered;
    if ('status' in said) return said;
    throw new Error('error' in said ? said.error : 'no answer');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }

  #hear(said: Said): void {
    if ('effect' in said) {
      this.#onEffect(said.effect);
      return;
    }
    this.#waiting.get(said.id)?.(said);
    this.#waiting.delete(said.id);
  }
}
