import type { Duplex } from 'node:stream';
import { fromWire, RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';

/** Nothing that is said in a pairing is longer. */
const maxLineBytes = 4_096;
const maxLinesWaiting = 8;

/** One JSON object per line, read one at a time and never more than a few ahead. */
export class Lines {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #waiting: JsonObject[] = [];
  #rest = '';
  #next: PromiseWithResolvers<JsonObject> | undefined;
  #ended: RuntimeError | undefined;

  constructor(socket: Duplex, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')));
    socket.on('error', () => this.#end(failed('the connection broke')));
    socket.on('close', () => this.#end(failed('the other side hung up')));
    socket.on('end', () => this.#end(failed('the other side hung up')));
  }

  say(line: JsonObject): void {
    // Escaped to ASCII, so that a chunk may end anywhere.
    const text = JSON.stringify(line).replace(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    if (!this.#ended) this.#socket.write(`${text}\n`);
  }

  /** The next line. @throws RuntimeError `PAIRING_FAILED`, or what the other side refuses with. */
  async hear(timeoutMs: number): Promise<JsonObject> {
    const line = this.#waiting.shift() ?? (await this.#wait(timeoutMs));
    if (line['refused'] !== undefined) throw fromWire(line['refused']);
    return line;
  }

  /** Tells the other side why, and hangs up. */
  refuse(error: RuntimeError): void {
    this.say({ refused: toWire(error) as unknown as Json });
    this.close();
  }

  close(): void {
    this.#end(failed('it was over'));
    this.#socket.end();
    const disarm = this.#clock.after(500, () => this.#socket.destroy());
    this.#socket.once('close', disarm);
  }

  async #wait(timeoutMs: number): Promise<JsonObject> {
    if (this.#ended) throw this.#ended;
    const next = Promise.withResolvers<JsonObject>();
    this.#next = next;
    const disarm = this.#clock.after(timeoutMs, () => next.reject(failed('the other side took too long')));
    try {
      return await next.promise;
    } finally {
      disarm();
      this.#next = undefined;
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLineBytes || this.#waiting.length + lines.length > maxLinesWaiting) {
      this.#end(failed('the other side says too much'));
      this.#socket.destroy();
      return;
    }
    for (const line of lines) this.#heard(line);
  }

  #heard(text: string): void {
    let line: unknown;
    try {
      line = text.length > maxLineBytes ? null : JSON.parse(text);
    } catch {
      line = null;
    }
    if (!isJsonObject(line)) {
      this.#end(failed('what the other side says cannot be read'));
      this.#socket.destroy();
    } else if (this.#next) this.#next.resolve(line);
    else this.#waiting.push(line);
  }

  #end(reason: RuntimeError): void {
    this.#ended ??= reason;
    this.#next?.reject(reason);
  }
}

export function failed(why: string): RuntimeError {
  return new RuntimeError('PAIRING_FAILED', `Not paired: ${why}.`);
}
