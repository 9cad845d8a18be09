import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { CounterBy, gauge } from '../diagnostics/metrics.ts';
import { ConnectionGate } from './connection-gate.ts';
import { sendProblem } from './exchange.ts';
import { answerMalformed } from './malformed-request.ts';
import type { FaultLog } from './problem.ts';
import { hasBody } from './request-body.ts';

export interface ListenerOptions {
  clock: Clock;
  log: FaultLog;
  /** Answers a request, or throws why not. */
  route(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** How every server of ours is made: finite headers, and nobody who takes for ever to send them. */
export const serverLimits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 500,
  requireHostHeader: false,
} as const;

/** How long answers may take to go out when the server closes. */
const drainMs = 3_000;

/** What stands around the routes of a server: the limits of connections, refusals, the count of answers, an end in order. */
export class Listener {
  readonly gate: ConnectionGate;
  readonly #options: ListenerOptions;
  readonly #answers = new CounterBy('agent_runtime_http_answers_total', 'Answers by HTTP status.', 'status');
  readonly #refusals = new CounterBy('agent_runtime_http_refusals_total', 'Refusals by code.', 'code');
  /** Connections on which an answer has begun. */
  readonly #answering = new WeakSet<Socket>();
  #closing = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.gate = new ConnectionGate(options.clock);
  }

  /** Has a server answer. `connection` is the event that brings what HTTP is spoken on. */
  attach(server: Server, connection: 'connection' | 'secureConnection' = 'connection'): void {
    server.maxHeadersCount = 0;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    server.on('request', answer).on('checkContinue', answer);
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuseBytes(error, socket as Socket));
    this.gate.guard(server, connection);
  }

  /** Lets answers go out for a few seconds, and closes. */
  async close(servers: readonly Server[]): Promise<void> {
    this.#closing = true;
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.gate.close();
    for (const server of servers) server.closeIdleConnections();
    const disarm = this.#options.clock.after(drainMs, () => {
      for (const server of servers) server.closeAllConnections();
    });
    await Promise.all(closed);
    disarm();
  }

  refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    this.#refusals.add(sendProblem(request, response, thrown, this.#options.log));
  }

  working(request: IncomingMessage): void {
    this.gate.note(request.socket, 'working');
  }

  metrics() {
    return [
      this.#answers.metric(),
      this.#refusals.metric(),
      gauge('agent_runtime_http_connections', 'Open connections.', this.gate.open),
    ];
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    this.gate.note(socket, hasBody(request) ? 'body' : 'working');
    this.#answering.add(socket);
    if (this.gate.crowded) response.shouldKeepAlive = false;
    response.once('close', () => {
      this.#answers.add(String(response.statusCode));
      this.#answering.delete(socket);
      this.gate.note(socket, 'idle');
      if (this.#closing) socket.destroySoon();
    });
    try {
      await this.#options.route(request, response);
    } catch (thrown) {
      this.refuse(request, response, thrown);
    }
  }

  #refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
    // Who speaks no TLS could not read an answer either.
    const unreadable = error.code === 'ECONNRESET' || /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/.test(error.code ?? '');
    if (unreadable || !socket.writable || this.#answering.has(socket)) {
      socket.destroy();
      return;
    }
    this.#refusals.add(answerMalformed(error.code, socket));
  }
}

/** @throws RuntimeError `PORT_TAKEN` */
export async function listenAt(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port, exclusive: true }, resolve);
  try {
    await promise;
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portTaken(host, port) : thrown;
  }
}

export function portTaken(host: string, port: number): RuntimeError {
  return new RuntimeError('PORT_TAKEN', `Another program listens on ${host} port ${port} already.`, { port });
}
