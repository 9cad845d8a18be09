import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { CheckedTarget, EgressGuard } from '../web/egress-guard.ts';
import { sendPinned } from '../web/pinned-request.ts';

/** Tells an answer of the proxy from one of the server that was asked for. */
export const refusedHeader = 'x-agent-runtime-proxy';

/** What one user of the proxy may reach, and what it tried beyond that. */
export interface ProxyPass {
  readonly username: string;
  readonly password: string;
  /** Hosts that were refused, with the port, since it was last asked. */
  takeRefused(): string[];
  /** Ends its connections too. */
  revoke(): void;
}

interface Holder {
  password: string;
  guard: EgressGuard;
  refused: Set<string>;
  sockets: Set<Duplex>;
}

const maxRefusedShown = 50;

/**
 * The only way out of a browser: a proxy on loopback that knows each page by its credentials and connects to the
 * addresses that the guard has checked. A browser that looks names up by itself could be led elsewhere after the check.
 */
export class EgressProxy {
  readonly #server = createServer((request, response) => void this.#forward(request, response));
  readonly #holders = new Map<string, Holder>();

  private constructor() {
    this.#server.on(
      'connect',
      (request: IncomingMessage, socket: Socket, head: Buffer) => void this.#tunnel(request, socket, head),
    );
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async open(): Promise<EgressProxy> {
    const proxy = new EgressProxy();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    await promise;
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  admit(guard: EgressGuard): ProxyPass {
    const username = randomBytes(9).toString('base64url');
    const holder: Holder = {
      password: randomBytes(18).toString('base64url'),
      guard,
      refused: new Set(),
      sockets: new Set(),
    };
    this.#holders.set(username, holder);
    const revoke = () => {
      this.#holders.delete(username);
      for (const socket of holder.sockets) socket.destroy();
    };
    const takeRefused = () => {
      const taken = [...holder.refused];
      holder.refused.clear();
      return taken;
    };
    return { username, password: holder.password, takeRefused, revoke };
  }

  async close(): Promise<void> {
    for (const { sockets } of this.#holders.values()) for (const socket of sockets) socket.destroy();
    this.#holders.clear();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `CONNECT host:port`: https and web sockets. */
  async #tunnel(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const holder = this.#holderOf(request);
    if (!holder)
      return void socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="agent"\r\n\r\n',
      );
    holder.sockets.add(socket);
    socket.once('close', () => holder.sockets.delete(socket));
    const place = request.url ?? '';
    try {
      const { addresses, url } = await holder.guard.check(`${place.endsWith(':80') ? 'http' : 'https'}://${place}/`);
      const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
      const upstream = await connectToFirst(addresses, port);
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      pipeline(socket, upstream, () => {});
      pipeline(upstream, socket, () => {});
    } catch (thrown) {
      note(holder, place, thrown);
      socket.end(`HTTP/1.1 ${isRefusal(thrown) ? '403 Forbidden' : '502 Bad Gateway'}\r\n\r\n`);
    }
  }

  /** Requests of plain http, which name the whole address. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const holder = this.#holderOf(request);
    if (!holder) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="agent"' }).end();
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const target: CheckedTarget = await holder.guard.check(request.url ?? '');
      const {
        'proxy-authorization': _own,
        'proxy-connection': _hop,
        connection: _connection,
        ...headers
      } = request.headers;
      const answer = await sendPinned({
        method: request.method ?? 'GET',
        target,
        headers: headers as Record<string, string>,
        body: request,
        signal: abort.signal,
      });
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    } catch (thrown) {
      note(holder, URL.parse(request.url ?? '')?.host ?? '', thrown);
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(isRefusal(thrown) ? 403 : 502, { 'content-type': 'text/plain', [refusedHeader]: '1' })
          .end(asError(thrown).message);
    }
  }

  #holderOf(request: IncomingMessage): Holder | undefined {
    const [scheme, credentials = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
    const [username = '', password] = Buffer.from(credentials, 'base64').toString().split(':');
    const holder = this.#holders.get(username);
    return scheme === 'Basic' && holder?.password === password ? holder : undefined;
  }
}

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof RuntimeError && thrown.code === 'POLICY_EGRESS_DENIED';

function note(holder: Holder, place: string, thrown: unknown): void {
  if (isRefusal(thrown) && holder.refused.size < maxRefusedShown) holder.refused.add(place);
}

async function connectToFirst(addresses: readonly string[], port: number): Promise<Socket> {
  let last: unknown;
  for (const host of addresses) {
    const socket = connect({ host, port, timeout: 10_000 });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket
      .once('connect', resolve)
      .once('error', reject)
      .once('timeout', () => socket.destroy(new RuntimeError('FETCH_FAILED', 'timed out')));
    try {
      await promise;
      socket.setTimeout(0);
      socket.on('error', () => socket.destroy());
      return socket;
    } catch (thrown) {
      last = thrown;
      socket.destroy();
    }
  }
  throw last;
}
