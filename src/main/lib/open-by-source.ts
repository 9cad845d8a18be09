import type { Socket } from 'node:net';

/** How many connections of each source are open. */
export class OpenBySource {
  readonly #counts = new Map<string, number>();

  of(source: string): number {
    return this.#counts.get(source) ?? 0;
  }

  /** Counts it until it is closed. */
  add(source: string, socket: Socket): void {
    this.#counts.set(source, this.of(source) + 1);
    socket.once('close', () => {
      const left = this.of(source) - 1;
      if (left > 0) this.#counts.set(source, left);
      else this.#counts.delete(source);
    });
  }
}
