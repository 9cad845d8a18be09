import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line between two programs that can be cut: bytes then wait, as they do when packets are lost, and nothing closes. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #cut = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (near) => proxy.#join(near, connect(port, '127.0.0.1')));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  cut(): void {
    this.#cut = true;
    for (const [near, far] of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  heal(): void {
    this.#cut = false;
    for (const [near, far] of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  async close(): Promise<void> {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((closed) => this.#server.close(closed));
  }

  #join(near: Socket, far: Socket): void {
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as [Socket, Socket]]) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => {});
      from.once('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
      from.once('end', () => to.end());
      if (this.#cut) from.pause();
    }
  }
}
