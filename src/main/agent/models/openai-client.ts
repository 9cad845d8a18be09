import type { OpenAI } from 'openai';
import { LeanHttp, type LeanHttpOptions, type LeanInit } from './lean-fetch.ts';
import type { LeanResponse } from './lean-response.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** Where chat requests go: one address with one key. */
export interface ChatEndpoint {
  /** @throws what the openai client throws: an APIError with a status, or a connection error with a cause. */
  post(body: string, signal: AbortSignal, idempotencyKey: string | undefined): Promise<LeanResponse>;
}

/**
 * The connections to all model servers: one client for each address and key, and the sockets behind them, shared by
 * every model that is given these connections. The client's package is loaded with the first request.
 */
export class ModelConnections {
  readonly http: LeanHttp;
  readonly #endpoints = new Map<string, ChatEndpoint>();
  #clientClass: Promise<LeanClientClass> | undefined;

  constructor(options: LeanHttpOptions = {}) {
    this.http = new LeanHttp(options);
  }

  async endpoint(model: ResolvedModel, headers: Record<string, string>): Promise<ChatEndpoint> {
    const key = JSON.stringify([model.baseUrl, model.apiKey, headers]);
    const known = this.#endpoints.get(key);
    if (known) return known;
    const Client = await (this.#clientClass ??= loadLeanClient());
    const endpoint = new Client(model.baseUrl, { ...headers, ...authorization(model) }, this.http).endpoint();
    // Keys are rotated rarely; still no reason to keep each one there ever was.
    if (this.#endpoints.size >= 256) this.#endpoints.clear();
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }

  /** Closes idle connections. */
  close(): void {
    this.http.close();
  }
}

function authorization({ apiKey, provider }: ResolvedModel): Record<string, string> {
  if (apiKey === null) return {};
  return provider.quirks.auth === 'api-key' ? { 'api-key': apiKey } : { authorization: `Bearer ${apiKey}` };
}

type LeanClientClass = new (
  baseUrl: string,
  headers: Record<string, string>,
  http: LeanHttp,
) => { endpoint(): ChatEndpoint };
type RequestOptions = Parameters<OpenAI['buildRequest']>[0];
type BuiltRequest = Awaited<ReturnType<OpenAI['buildRequest']>>;

/**
 * The openai client without what costs time in it and is not wanted here: it gets ready-made headers (its own tell the
 * operating system to every provider, and OPENAI_CUSTOM_HEADERS would reach all of them), our HTTP layer, and neither
 * timers nor retries, which the call has itself. `buildRequest` and `fetchWithTimeout` are its documented places for that.
 */
async function loadLeanClient(): Promise<LeanClientClass> {
  const { OpenAI } = await import('openai');
  return class LeanClient extends OpenAI {
    readonly #headers: Record<string, string>;
    readonly #http: LeanHttp;
    readonly #chatUrl: string;

    constructor(baseURL: string, headers: Record<string, string>, http: LeanHttp) {
      // Given explicitly, or the client reads them from the environment, whichever provider this is.
      const none = { adminAPIKey: null, organization: null, project: null, webhookSecret: null };
      super({ ...none, baseURL, apiKey: 'unused', maxRetries: 0, logLevel: 'off' });
      this.#headers = {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'agent-runtime',
        ...headers,
      };
      this.#http = http;
      this.#chatUrl = this.buildURL('/chat/completions', null);
    }

    endpoint(): ChatEndpoint {
      return {
        post: async (body, signal, idempotencyKey) => {
          const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
          const request = this.request({ method: 'post', path: '/chat/completions', body, signal, headers });
          return (await request.asResponse()) as unknown as LeanResponse;
        },
      };
    }

    override async buildRequest({ body, signal, headers }: RequestOptions): Promise<BuiltRequest> {
      const all = { ...this.#headers, ...(headers as Record<string, string>) };
      return {
        req: { method: 'POST', headers: all, body, signal } as unknown as BuiltRequest['req'],
        url: this.#chatUrl,
        timeout: 0,
      };
    }

    override fetchWithTimeout(
      url: Parameters<OpenAI['fetchWithTimeout']>[0],
      init: RequestInit = {},
    ): Promise<Response> {
      return this.#http.fetch(url as string, init as LeanInit) as unknown as Promise<Response>;
    }
  };
}
