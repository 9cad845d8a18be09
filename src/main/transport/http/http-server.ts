import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { operations } from '../../../shared/api.ts';
import { dispatch } from '../../../shared/dispatch.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { FailedAuthLimit } from '../access/failed-auth-limit.ts';
import { Logins } from '../access/logins.ts';
import { sessionFile } from '../access/session-file.ts';
import type { TokenStore } from '../access/token-store.ts';
import { CounterBy, gauge, metricsType, renderMetrics } from '../diagnostics/metrics.ts';
import type { CallOperation } from '../mcp/mcp-tools.ts';
import { NoticeStreams, parseCursor } from '../notices/notice-stream.ts';
import { apiPrefix } from './api-prefix.ts';
import { apiRoutes, type ExtraRoute, readJsonObject } from './api-routes.ts';
import { ConnectionGate } from './connection-gate.ts';
import { type AdmittedRequest, sendJson, sendProblem } from './exchange.ts';
import { bearerOf, checkScope, FrontDoor } from './front-door.ts';
import { answerMalformed } from './malformed-request.ts';
import { meantNode } from './meant-node.ts';
import type { FaultLog } from './problem.ts';
import { hasBody } from './request-body.ts';
import type { Served } from './served.ts';
import { answerWebhook, hooksPrefix } from './webhook-door.ts';
import { WindowFiles } from './window-files.ts';

export interface HttpServerOptions {
  served: Served;
  tokens: TokenStore;
  clock: Clock;
  log: FaultLog;
  /** The built window; null: none is served. */
  windowDir: string | null;
  /** Further names the server may be called by, such as a tunnel's `hooks.example.org`; with a port unless it is 80. */
  hosts?: readonly string[];
}

const mcpPath = '/mcp';
/** How long answers may take to go out when the server closes. */
const drainMs = 3_000;
const loopback4 = '127.0.0.1';
const loopback6 = '::1';

/** The HTTP side of a node, on loopback only: the API, the webhooks, the notices, the metrics and the window. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #gate: ConnectionGate;
  readonly #streams: NoticeStreams;
  readonly #logins: Logins;
  readonly #window: WindowFiles;
  readonly #app: Express;
  readonly #limit: FailedAuthLimit;
  readonly #answers = new CounterBy('agent_runtime_http_answers_total', 'Answers by HTTP status.', 'status');
  readonly #refusals = new CounterBy('agent_runtime_http_refusals_total', 'Refusals by code.', 'code');
  /** Connections on which an answer has begun. */
  readonly #answering = new WeakSet<Socket>();
  #servers: Server[] = [];
  #door: FrontDoor | undefined;
  #port = 0;
  #closing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#gate = new ConnectionGate(options.clock);
    this.#limit = new FailedAuthLimit(options.clock);
    this.#streams = new NoticeStreams(options.clock);
    this.#logins = new Logins(options.clock, sessionFile(options.tokens));
    this.#window = new WindowFiles(options.windowDir);
    this.#app = apiRoutes({
      served: options.served,
      extras: this.#extras(),
      onWorking: (request) => this.#gate.note(request.socket, 'working'),
      onRefused: (request, response, thrown) => this.#refuse(request, response, thrown),
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${loopback4}:${this.#port}`;
  }

  /** An address that lets one browser in, once, within the hour. */
  loginUrl(): string {
    return `${this.url}/#code=${this.#logins.newCode()}`;
  }

  /** Listens on 127.0.0.1 and, where there is one, [::1]. Port 0 takes a free one. @throws RuntimeError `PORT_TAKEN` */
  async listen(port: number): Promise<void> {
    const first = this.#createServer();
    await listen(first, loopback4, port);
    this.#port = (first.address() as AddressInfo).port;
    const second = this.#createServer();
    const other = await listen(second, loopback6, this.#port).then(() => 'ours', codeOf);
    if (other === 'PORT_TAKEN' && port !== 0) {
      // Whoever else answers on [::1] would get what people send to "localhost".
      first.close();
      throw portTaken(loopback6, port);
    }
    this.#servers = other === 'ours' ? [first, second] : [first];
    const names = [loopback4, 'localhost', `[${loopback6}]`];
    const hosts = names.flatMap((name) => (this.#port === 80 ? [name, `${name}:80`] : [`${name}:${this.#port}`]));
    this.#door = new FrontDoor([...hosts, ...(this.#options.hosts ?? [])], this, this.#limit);
  }

  /** Lets answers go out for a few seconds, tells the streams, and closes. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.#streams.close();
    this.#gate.close();
    for (const server of this.#servers) server.closeIdleConnections();
    const disarm = this.#options.clock.after(drainMs, () => {
      for (const server of this.#servers) server.closeAllConnections();
    });
    await Promise.all(closed);
    disarm();
  }

  grantOf(token: string) {
    return this.#options.tokens.grantOf(token) ?? this.#logins.grantOf(token);
  }

  #createServer(): Server {
    const server = createServer({
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 500,
      requireHostHeader: false,
    });
    server.maxHeadersCount = 0;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    server.on('request', answer).on('checkContinue', answer);
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuseBytes(error, socket as Socket));
    this.#gate.guard(server);
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    this.#gate.note(socket, hasBody(request) ? 'body' : 'working');
    this.#answering.add(socket);
    if (this.#gate.crowded) response.shouldKeepAlive = false;
    response.once('close', () => {
      this.#answers.add(String(response.statusCode));
      this.#answering.delete(socket);
      this.#gate.note(socket, 'idle');
      if (this.#closing) socket.destroySoon();
    });
    try {
      await this.#route(request, response);
    } catch (thrown) {
      this.#refuse(request, response, thrown);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const door = this.#door;
    if (!door) throw new RuntimeError('NODE_CLOSING', 'The node is not ready yet.');
    const target = door.admit(request);
    const { path } = target;
    if (path.startsWith(hooksPrefix)) {
      const onWorking = () => this.#gate.note(request.socket, 'working');
      await answerWebhook(this.#options.served.webhook, target, request, response, onWorking);
    } else if (path === '/api' || path.startsWith('/api/') || path === '/metrics' || path === mcpPath) {
      const admitted = request as AdmittedRequest;
      admitted.target = target;
      admitted.grant = isOpen(request.method, path) ? null : door.grant(request);
      this.#app(admitted as never, response as never);
    } else this.#window.serve(request, response, path);
  }

  #extras(): ExtraRoute[] {
    const metrics: ExtraRoute['answer'] = (request, response) => {
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('Content-Type', metricsType);
      response.end(this.#options.served.metrics() + this.#ownMetrics());
      this.#gate.note(request.socket, 'working');
    };
    return [
      { method: 'get', path: '/metrics', answer: metrics },
      { method: 'get', path: `${apiPrefix}/metrics`, answer: metrics },
      { method: 'post', path: mcpPath, answer: (request, response) => this.#answerMcp(request, response) },
      { method: 'get', path: `${apiPrefix}/notices`, answer: (request, response) => this.#watch(request, response) },
      { method: 'post', path: `${apiPrefix}/session`, answer: (request, response) => this.#login(request, response) },
      {
        method: 'delete',
        path: `${apiPrefix}/session`,
        answer: (request, response) => this.#logout(request, response),
      },
      {
        method: 'post',
        path: `${apiPrefix}/session/codes`,
        answer: (request, response) => {
          if (request.grant) checkScope(request.grant, 'admin');
          sendJson(response, 201, { url: this.loginUrl() });
        },
      },
    ];
  }

  async #answerMcp(request: AdmittedRequest, response: ServerResponse): Promise<void> {
    const body = await readJsonObject(request, response as never);
    this.#gate.note(request.socket, 'working');
    const { api } = meantNode(this.#options.served, request);
    const { version } = this.#options.served;
    const { by, scope } = request.grant ?? { by: 'anyone', scope: 'read' as const };
    const call: CallOperation = async (name, input) => {
      if (request.grant) checkScope(request.grant, operations[name].scope);
      return dispatch(api, name, input, `mcp:${by}`);
    };
    // Loaded with the first request: few nodes are asked this way, and it takes a tenth of a second.
    const { answerMcp } = await import('../mcp/mcp-server.ts');
    await answerMcp(request, response, body, { call, scope, version });
  }

  #watch(request: AdmittedRequest, response: ServerResponse): void {
    const after = parseCursor(request.headers['last-event-id'] as string | undefined);
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
      return;
    }
    const token = bearerOf(request) ?? '';
    const { notices } = meantNode(this.#options.served, request);
    this.#streams.serve(response, notices, after, () => this.grantOf(token) !== undefined);
  }

  async #login(request: AdmittedRequest, response: ServerResponse): Promise<void> {
    const { code } = await readJsonObject(request, response as never);
    if (typeof code !== 'string') throw new RuntimeError('REQUEST_INVALID', 'Send {"code": "…"} with the login code.');
    const session = this.#logins.exchange(code);
    if (!session) this.#door?.refuse(request, 'LOGIN_CODE_INVALID', 'This login code was used already, or is too old.');
    sendJson(response, 201, session);
  }

  #logout(request: AdmittedRequest, response: ServerResponse): void {
    this.#logins.end(bearerOf(request) ?? '');
    sendJson(response, 200, { ok: true });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    this.#refusals.add(sendProblem(request, response, thrown, this.#options.log));
  }

  #refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || this.#answering.has(socket)) {
      socket.destroy();
      return;
    }
    this.#refusals.add(answerMalformed(error.code, socket));
  }

  #ownMetrics(): string {
    return renderMetrics([
      this.#answers.metric(),
      this.#refusals.metric(),
      gauge('agent_runtime_http_connections', 'Open connections.', this.#gate.open),
      gauge('agent_runtime_notice_streams', 'Watchers that are connected.', this.#streams.open),
    ]);
  }
}

function isOpen(method: string | undefined, path: string): boolean {
  if (path === `${apiPrefix}/health`) return method === 'GET' || method === 'HEAD';
  return path === `${apiPrefix}/session` && method === 'POST';
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port, exclusive: true }, resolve);
  try {
    await promise;
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portTaken(host, port) : thrown;
  }
}

function portTaken(host: string, port: number): RuntimeError {
  return new RuntimeError('PORT_TAKEN', `Another program listens on ${host} port ${port} already.`, { port });
}

const codeOf = (thrown: unknown): string => (thrown as { code?: string }).code ?? '';
