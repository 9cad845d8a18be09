import type { Writable } from 'node:stream';
import { frameOf, type Message } from './frames.ts';

/** More than this waiting to go out means that the other side does not read. */
const maxWaitingBytes = 64 * 1024 * 1024;

/** Sends messages in turns, a frame of each, as fast as the other side reads. */
export class OutgoingFrames {
  readonly #socket: Writable;
  #waiting: { message: Message; from: number }[] = [];
  #waitingBytes = 0;
  #blocked = false;

  constructor(socket: Writable) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
  }

  /** False when too much is waiting already; then it is not sent. */
  send(message: Message): boolean {
    if (this.#waitingBytes + message.content.length > maxWaitingBytes) return false;
    this.#waitingBytes += message.content.length;
    this.#waiting.push({ message, from: 0 });
    this.#pump();
    return true;
  }

  #pump(): void {
    while (!this.#blocked && this.#socket.writable) {
      const turn = this.#waiting.shift();
      if (!turn) return;
      const { frame, next } = frameOf(turn.message, turn.from);
      if (next === null) this.#waitingBytes -= turn.message.content.length;
      else this.#waiting.push({ message: turn.message, from: next });
      this.#blocked = !this.#socket.write(frame);
    }
  }
}
