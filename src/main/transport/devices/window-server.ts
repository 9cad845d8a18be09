import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import type { OperationName } from '../../../shared/api.ts';
import { mayDevice, whyNot } from '../../../shared/device-access.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { OpenBySource } from '../../lib/open-by-source.ts';
import { plainAddress } from '../../lib/plain-address.ts';
import { FailedAuthLimit, sourceOf } from '../access/failed-auth-limit.ts';
import type { Grant } from '../access/token-store.ts';
import { answerNotices } from '../http/answer-notices.ts';
import { apiPrefix } from '../http/api-prefix.ts';
import { apiRoutes, type ExtraRoute, readJsonObject } from '../http/api-routes.ts';
import { gateLimits } from '../http/connection-gate.ts';
import { type AdmittedRequest, sendJson } from '../http/exchange.ts';
import { bearerOf, FrontDoor } from '../http/front-door.ts';
import { Listener, listenAt, serverLimits } from '../http/listener.ts';
import type { FaultLog } from '../http/problem.ts';
import type { Served } from '../http/served.ts';
import { WindowFiles } from '../http/window-files.ts';
import { NoticeStreams } from '../notices/notice-stream.ts';
import type { DeviceBook } from './device-book.ts';
import { deviceName } from './device-name.ts';

export interface WindowServerOptions {
  served: Served;
  book: DeviceBook;
  clock: Clock;
  log: FaultLog;
  /** The built window; null: none is served. */
  windowDir: string | null;
  credentials: { key: string; cert: string };
  /** Whether a connection from this address is taken at all. */
  isNear(address: string | undefined): boolean;
  /** Told of each wrong code. */
  onWrongCode(address: string, why: string): void;
}

const handshakeMs = 5_000;
const sessionPath = `${apiPrefix}/session`;

/**
 * The window and its API for paired devices of the network: HTTPS alone, with a port and a server of its own. No token
 * of this computer opens it, and it has no webhooks, metrics or MCP.
 *
 * Every request passes the same front door in the same order as on loopback. Without a device's token it answers the
 * files of the window, which hold nothing of anybody, and the exchange of a code.
 */
export class WindowServer {
  readonly #options: WindowServerOptions;
  readonly #listener: Listener;
  readonly #limit: FailedAuthLimit;
  readonly #streams: NoticeStreams;
  readonly #files: WindowFiles;
  readonly #app: Express;
  readonly #server: Server;
  #isNear: WindowServerOptions['isNear'];
  #door: FrontDoor | undefined;

  constructor(options: WindowServerOptions) {
    this.#options = options;
    this.#isNear = options.isNear;
    const route = (request: IncomingMessage, response: ServerResponse) => this.#route(request, response);
    this.#listener = new Listener({ clock: options.clock, log: options.log, route });
    this.#limit = new FailedAuthLimit(options.clock);
    this.#streams = new NoticeStreams(options.clock, 64);
    this.#files = new WindowFiles(options.windowDir);
    this.#app = apiRoutes({
      served: options.served,
      extras: this.#extras(),
      check: checkDevice,
      onWorking: (request) => this.#listener.working(request),
      onRefused: (request, response, thrown) => this.#listener.refuse(request, response, thrown),
    });
    this.#server = this.#createServer();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Listens on every address of this computer. @throws RuntimeError `PORT_TAKEN` */
  async listen(port: number): Promise<void> {
    try {
      await listenAt(this.#server, '::', port);
    } catch (thrown) {
      if (toWire(thrown).code === 'PORT_TAKEN') throw thrown;
      // A computer without IPv6.
      await listenAt(this.#server, '0.0.0.0', port);
    }
  }

  /** By what names and addresses it may be called, from now on. */
  answerTo(hosts: readonly string[], isNear: WindowServerOptions['isNear']): void {
    this.#isNear = isNear;
    const grantOf = (token: string) => this.#options.book.grantOf(token);
    const all = hosts.map((host) => `${host}:${this.port}`);
    this.#door = new FrontDoor(all, { grantOf }, this.#limit, 'https');
  }

  /** Shows another certificate from now on; what is open stays. */
  show(credentials: { key: string; cert: string }): void {
    this.#server.setSecureContext({ ...credentials, minVersion: 'TLSv1.3' });
  }

  async close(): Promise<void> {
    const closed = this.#listener.close([this.#server]);
    this.#streams.close();
    await closed;
  }

  #createServer(): Server {
    const server = createServer({
      ...serverLimits,
      ...this.#options.credentials,
      minVersion: 'TLSv1.3',
      handshakeTimeout: handshakeMs,
    });
    // Beyond the gate, which counts those that speak TLS: who only connects gets no more than this.
    server.maxConnections = gateLimits.maxOpen + gateLimits.maxWaiting;
    const open = new OpenBySource();
    server.prependListener('connection', (socket: Socket) => {
      const source = sourceOf(socket.remoteAddress);
      const isTaken = this.#isNear(socket.remoteAddress) && open.of(source) < gateLimits.maxPerAddress;
      if (isTaken) open.add(source, socket);
      else socket.destroy();
    });
    this.#listener.attach(server, 'secureConnection');
    return server;
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const door = this.#door;
    if (!door) throw new RuntimeError('NODE_CLOSING', 'The window is not ready yet.');
    const target = door.admit(request);
    const { path } = target;
    if (path !== '/api' && !path.startsWith('/api/')) {
      this.#files.serve(request, response, path);
      return;
    }
    const admitted = request as AdmittedRequest;
    admitted.target = target;
    admitted.grant = path === sessionPath ? null : this.#grant(door, request);
    this.#app(admitted as never, response as never);
  }

  /** @throws RuntimeError `DEVICE_WAITING`, `RATE_LIMITED`, `TOKEN_MISSING`, `TOKEN_INVALID` */
  #grant(door: FrontDoor, request: IncomingMessage): Grant {
    const { book } = this.#options;
    const token = bearerOf(request);
    if (token !== undefined && book.standing(token)?.state === 'waiting') {
      throw new RuntimeError('DEVICE_WAITING', 'A person at the computer has not let this device in yet.');
    }
    const grant = door.grant(request);
    book.seen(token ?? '', addressOf(request));
    return grant;
  }

  #extras(): ExtraRoute[] {
    return [
      { method: 'get', path: `${apiPrefix}/notices`, answer: (request, response) => this.#watch(request, response) },
      { method: 'post', path: sessionPath, answer: (request, response) => this.#exchange(request, response) },
      { method: 'get', path: sessionPath, answer: (request, response) => this.#tell(request, response) },
      {
        method: 'delete',
        path: sessionPath,
        answer: (request, response) => {
          this.#standing(request);
          this.#options.book.leave(bearerOf(request) ?? '');
          sendJson(response, 200, { ok: true });
        },
      },
    ];
  }

  #watch(request: AdmittedRequest, response: ServerResponse): void {
    const isGranted = (token: string) => this.#options.book.grantOf(token) !== undefined;
    answerNotices(this.#streams, this.#options.served, request, response, isGranted);
  }

  /** A code, for a token that waits for a person at this computer. */
  async #exchange(request: AdmittedRequest, response: ServerResponse): Promise<void> {
    const { code } = await readJsonObject(request, response as never);
    if (typeof code !== 'string') throw new RuntimeError('REQUEST_INVALID', 'Send {"code": "…"} with the code.');
    const address = addressOf(request);
    try {
      sendJson(response, 201, this.#options.book.ask(code, deviceName(request.headers['user-agent']), address));
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) throw thrown;
      this.#refuseCode(request, address, thrown.message);
    }
  }

  /** Says no, and notes it; what comes too often is told so, and fills no log. */
  #refuseCode(request: AdmittedRequest, address: string, why: string): void {
    try {
      this.#door?.refuse(request, 'PAIRING_CODE_INVALID', why);
    } catch (thrown) {
      if (toWire(thrown).code === 'PAIRING_CODE_INVALID') this.#options.onWrongCode(address, why);
      throw thrown;
    }
  }

  #tell(request: AdmittedRequest, response: ServerResponse): void {
    const { state, name, scope, words } = this.#standing(request);
    sendJson(response, 200, { state, scope, device: { name, words } });
  }

  /** @throws RuntimeError `DEVICE_UNKNOWN`, `RATE_LIMITED` */
  #standing(request: AdmittedRequest) {
    const token = bearerOf(request);
    const standing = token === undefined ? undefined : this.#options.book.standing(token);
    if (standing) return standing;
    const message = 'This device is not let in here, or no longer.';
    // A page that asks for the first time has guessed nothing.
    if (token === undefined) throw new RuntimeError('DEVICE_UNKNOWN', message);
    this.#door?.refuse(request, 'DEVICE_UNKNOWN', message);
    throw new RuntimeError('DEVICE_UNKNOWN', message);
  }
}

function checkDevice({ scope }: Grant, name: OperationName): void {
  if (mayDevice(scope, name)) return;
  throw new RuntimeError('DEVICE_MAY_NOT', whyNot(scope, name), { operation: name, scope });
}

function addressOf(request: IncomingMessage): string {
  return plainAddress(request.socket.remoteAddress ?? '');
}
