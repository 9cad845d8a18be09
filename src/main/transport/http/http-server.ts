import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { operations } from '../../../shared/api.ts';
import { dispatch } from '../../../shared/dispatch.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { FailedAuthLimit } from '../access/failed-auth-limit.ts';
import { Logins } from '../access/logins.ts';
import { sessionFile } from '../access/session-file.ts';
import type { TokenStore } from '../access/token-store.ts';
import { gauge, metricsType, renderMetrics } from '../diagnostics/metrics.ts';
import type { CallOperation } from '../mcp/mcp-tools.ts';
import { NoticeStreams } from '../notices/notice-stream.ts';
import { answerNotices } from './answer-notices.ts';
import { apiPrefix } from './api-prefix.ts';
import { apiRoutes, type ExtraRoute, readJsonObject } from './api-routes.ts';
import { type AdmittedRequest, sendJson } from './exchange.ts';
import { bearerOf, checkScope, FrontDoor } from './front-door.ts';
import { Listener, listenAt, portTaken, serverLimits } from './listener.ts';
import { meantNode } from './meant-node.ts';
import type { FaultLog } from './problem.ts';
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
  /** How long headers may take to come. Left out: 10 s. */
  headersMs?: number;
}

const mcpPath = '/mcp';
const loopback4 = '127.0.0.1';
const loopback6 = '::1';

/** The HTTP side of a node, on loopback only: the API, the webhooks, the notices, the metrics and the window. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #listener: Listener;
  readonly #streams: NoticeStreams;
  readonly #logins: Logins;
  readonly #window: WindowFiles;
  readonly #app: Express;
  readonly #limit: FailedAuthLimit;
  #servers: Server[] = [];
  #door: FrontDoor | undefined;
  #port = 0;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const route = (request: IncomingMessage, response: ServerResponse) => this.#route(request, response);
    this.#listener = new Listener({ clock: options.clock, log: options.log, route });
    this.#limit = new FailedAuthLimit(options.clock);
    this.#streams = new NoticeStreams(options.clock);
    this.#logins = new Logins(options.clock, sessionFile(options.tokens));
    this.#window = new WindowFiles(options.windowDir);
    this.#app = apiRoutes({
      served: options.served,
      extras: this.#extras(),
      onWorking: (request) => this.#listener.working(request),
      onRefused: (request, response, thrown) => this.#listener.refuse(request, response, thrown),
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
    await listenAt(first, loopback4, port);
    this.#port = (first.address() as AddressInfo).port;
    const second = this.#createServer();
    const other = await listenAt(second, loopback6, this.#port).then(() => 'ours', codeOf);
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
    const closed = this.#listener.close(this.#servers);
    this.#streams.close();
    await closed;
  }

  grantOf(token: string) {
    return this.#options.tokens.grantOf(token) ?? this.#logins.grantOf(token);
  }

  #createServer(): Server {
    const server = createServer({
      ...serverLimits,
      headersTimeout: this.#options.headersMs ?? serverLimits.headersTimeout,
    });
    this.#listener.attach(server);
    return server;
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const door = this.#door;
    if (!door) throw new RuntimeError('NODE_CLOSING', 'The node is not ready yet.');
    const target = door.admit(request);
    const { path } = target;
    if (path.startsWith(hooksPrefix)) {
      const onWorking = () => this.#listener.working(request);
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
      this.#listener.working(request);
    };
    return [
      { method: 'get', path: '/metrics', answer: metrics },
      { method: 'get', path: `${apiPrefix}/metrics`, answer: metrics },
      { method: 'post', path: mcpPath, answer: (request, response) => this.#answerMcp(request, response) },
      { method: 'get', path: `${apiPrefix}/notices`, answer: (request, response) => this.#watch(request, response) },
      { method: 'post', path: `${apiPrefix}/session`, answer: (request, response) => this.#login(request, response) },
      {
        method: 'get',
        path: `${apiPrefix}/session`,
        answer: ({ grant }, response) =>
          sendJson(response, 200, { state: 'active', scope: grant?.scope ?? 'read', device: null }),
      },
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
    this.#listener.working(request);
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
    const isGranted = (token: string) => this.grantOf(token) !== undefined;
    answerNotices(this.#streams, this.#options.served, request, response, isGranted);
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

  #ownMetrics(): string {
    return renderMetrics([
      ...this.#listener.metrics(),
      gauge('agent_runtime_notice_streams', 'Watchers that are connected.', this.#streams.open),
    ]);
  }
}

function isOpen(method: string | undefined, path: string): boolean {
  if (path === `${apiPrefix}/health`) return method === 'GET' || method === 'HEAD';
  return path === `${apiPrefix}/session` && method === 'POST';
}

const codeOf = (thrown: unknown): string => (thrown as { code?: string }).code ?? '';
