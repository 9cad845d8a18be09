import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Environment } from './environment.ts';
import { LeanResponse } from './lean-response.ts';
import { isLoopback } from './resolve-model.ts';

export interface LeanInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface LeanHttpOptions {
  /** Proxy settings: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. Never used for addresses of this machine. */
  env?: Environment;
  /** Certificates to trust instead of the usual ones, as PEM. */
  ca?: string;
  /** Until TCP and TLS are up. Default 10 s. */
  connectTimeoutMs?: number;
}

interface Target {
  send: (options: RequestOptions) => ClientRequest;
  options: RequestOptions;
}

/**
 * HTTP on node's own client with connections kept open, and of `fetch` just what the openai client and we use: a model
 * call is mostly the cost of its HTTP layer. Redirects are refused, certificates checked, bodies left unread until
 * asked for.
 */
export class LeanHttp {
  readonly #connectTimeoutMs: number;
  readonly #env: Environment;
  readonly #ca: string | undefined;
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();
  readonly #targets = new Map<string, Target>();
  #lastUseMs = 0;

  constructor({ env = {}, ca, connectTimeoutMs = 10_000 }: LeanHttpOptions = {}) {
    this.#env = env;
    this.#ca = ca;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * @throws the error of the socket, with its `code`; the reason of the signal; RuntimeError MODEL_REFUSED for a
   * redirect, MODEL_UNREACHABLE when no connection comes up in time.
   */
  fetch(url: string, init: LeanInit): Promise<LeanResponse> {
    this.#dropStale();
    return this.#exchange(url, init, false);
  }

  /** Closes idle connections; running calls end by themselves. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
    this.#targets.clear();
  }

  /** A minute unused, for instance through a night's sleep: idle connections may be dead without anyone having said so. */
  #dropStale(): void {
    const now = Date.now();
    if (now - this.#lastUseMs > 60_000 && this.#lastUseMs > 0) this.close();
    this.#lastUseMs = now;
  }

  #exchange(url: string, init: LeanInit, fresh: boolean): Promise<LeanResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<LeanResponse>();
    const { signal, body } = init;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const target = this.#target(url);
    const headers: Record<string, string | number> = { ...init.headers };
    if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
    const options: RequestOptions = { ...target.options, method: init.method ?? 'GET', headers };
    // Not from the pool, so certainly a new connection.
    if (fresh) options.agent = false;
    const request = target.send(options);
    const abort = () => request.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', abort);
      // The server closed a kept connection while the request was on its way: it never began to answer.
      const closedByServer = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (closedByServer && !fresh && !signal?.aborted) resolve(this.#exchange(url, init, true));
      else reject(error);
    });
    request.on('response', (incoming: IncomingMessage) => {
      incoming.once('close', () => signal?.removeEventListener('abort', abort));
      const refused = refusedRedirect(url, incoming);
      if (refused) request.destroy(refused);
      else resolve(new LeanResponse(url, incoming));
    });
    if (!request.reusedSocket) this.#limitConnecting(request, url);
    request.end(body);
    return promise;
  }

  #limitConnecting(request: ClientRequest, url: string): void {
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => {
        const message = `No connection to ${new URL(url).host} came up within ${this.#connectTimeoutMs} ms.`;
        request.destroy(new RuntimeError('MODEL_UNREACHABLE', message, { host: new URL(url).host }));
      }, this.#connectTimeoutMs);
      const stop = () => clearTimeout(timer);
      socket.once(url.startsWith('https:') ? 'secureConnect' : 'connect', stop).once('close', stop);
    });
  }

  #target(url: string): Target {
    let target = this.#targets.get(url);
    if (!target) {
      const { protocol, hostname, port, pathname, search } = new URL(url);
      const secure = protocol === 'https:';
      const host = hostname.replace(/^\[|\]$/g, '');
      const agent = this.#agent(secure, isLoopback(hostname));
      const options = { host, port: port === '' ? (secure ? 443 : 80) : Number(port), path: pathname + search, agent };
      target = {
        send: secure ? httpsRequest : httpRequest,
        options: { ...options, ...(this.#ca ? { ca: this.#ca } : {}) },
      };
      this.#targets.set(url, target);
    }
    return target;
  }

  #agent(secure: boolean, loopback: boolean): HttpAgent | HttpsAgent {
    const key = `${secure} ${loopback}`;
    let agent = this.#agents.get(key);
    if (!agent) {
      const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = this.#env;
      const proxyEnv = { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy };
      const options = { keepAlive: true, noDelay: true, maxFreeSockets: 64, ...(loopback ? {} : { proxyEnv }) };
      agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

/** A redirect would carry prompt and key to a place nobody chose. */
function refusedRedirect(url: string, incoming: IncomingMessage): RuntimeError | undefined {
  const status = incoming.statusCode ?? 0;
  if (status < 300 || status > 399) return undefined;
  const { host } = new URL(url);
  const message = `${host} answered with a redirect (${status}), which is not followed: set base_url to the final address.`;
  return new RuntimeError('MODEL_REFUSED', message, { host, status });
}
