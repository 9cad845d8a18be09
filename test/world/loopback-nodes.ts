import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type NodeChild, startNode } from './node-child.ts';
import { type AskOptions, Outside, requestTo, usualTimeoutMs } from './outside.ts';

const answerAfterMs = 3;

/** Node programs on this computer, and the world outside of them. They are numbered from 1. */
export class LoopbackNodes extends Outside {
  readonly #folders: readonly string[];
  readonly #children = new Map<number, NodeChild>();
  readonly #server: Server;

  private constructor(folders: readonly string[], server: Server) {
    super();
    this.#folders = folders;
    this.#server = server;
  }

  static async start(folders: readonly string[]): Promise<LoopbackNodes> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk));
      request.on('end', async () => {
        const { what } = JSON.parse(body) as { what: string };
        // All call from one computer, so which of them it was is not known here.
        nodes.effects.push({ node: null, at: Date.now(), key: String(request.headers['idempotency-key']), what });
        await pause(answerAfterMs);
        response.end('{}');
      });
    });
    const nodes = new LoopbackNodes(folders, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    for (const number of nodes.numbers) await nodes.restart(number);
    return nodes;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get numbers(): readonly number[] {
    return this.#folders.map((_, index) => index + 1);
  }

  child(number: number): NodeChild {
    const found = this.#children.get(number);
    if (found) return found;
    throw new Error(`there is no node ${number}`);
  }

  async restart(number: number): Promise<void> {
    this.#children.set(number, await startNode(this.#folders[number - 1] as string));
  }

  async call<T>(
    node: number,
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, timeoutMs = usualTimeoutMs }: AskOptions = {},
  ): Promise<{ status: number; body: T }> {
    const { url, ...init } = requestTo(this.child(node), path, body, headers);
    const response = await fetch(url, { ...init, method, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : null) as T };
  }

  async close(): Promise<void> {
    for (const child of this.#children.values()) await child.kill();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
