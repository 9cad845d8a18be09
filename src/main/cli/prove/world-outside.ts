import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this computer that counts what agents did to it: the one thing that no restart can take back. */
export class WorldOutside implements AsyncDisposable {
  /** How often each thing was done. */
  readonly done = new Map<string, number>();
  #host = '';
  readonly #server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk));
    request.on('end', () => {
      this.done.set(body, (this.done.get(body) ?? 0) + 1);
      // Long enough that kills fall between the deed and its answer.
      setTimeout(() => response.end('done'), 5);
    });
  });

  static async open(): Promise<WorldOutside> {
    const world = new WorldOutside();
    world.#server.listen(0, '127.0.0.1');
    await once(world.#server, 'listening');
    world.#host = `127.0.0.1:${(world.#server.address() as AddressInfo).port}`;
    return world;
  }

  get host(): string {
    return this.#host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
