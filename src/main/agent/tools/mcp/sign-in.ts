import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OAuthClientProvider, OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { Clock } from '../../../lib/clock.ts';

/** A link that nobody followed is of no use after that. */
const linkLivesMs = 15 * 60_000;
const callbackPath = '/callback';

/** Where what a sign-in gave is kept, sealed. */
export interface TokenShelf {
  /** Undefined where nothing is kept. */
  get(): string | undefined;
  set(text: string): Promise<void>;
}

export interface SignInSettings {
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  scope?: string | undefined;
}

export interface SignInOptions {
  server: string;
  url: string;
  settings: SignInSettings;
  shelf: TokenShelf;
  fetch: FetchLike;
  clock: Clock;
  /** A person has to open this; null: they have, and it can be used. */
  onLink(link: string | null): void;
}

/** What is kept between starts: as the SDK gives it, unchanged. */
interface Kept {
  /** The port of the loopback redirect, which is part of what was registered. */
  port?: number;
  client?: OAuthClientInformationMixed;
  tokens?: OAuthTokens;
  verifier?: string;
  discovery?: OAuthDiscoveryState;
}

/**
 * Signs in to one server with OAuth 2.1: authorization code with PKCE, and a redirect to this computer (RFC 8252). The
 * protocol is the SDK's; this keeps what it needs and listens for the redirect.
 *
 * Invariants:
 *   S1. One link at a time: while one waits to be followed, no other is made, so the one a person opens stays valid.
 *   S2. Only the redirect with the state of that link is taken, once, and only from this computer.
 */
export class SignIn implements OAuthClientProvider {
  readonly #options: SignInOptions;
  #kept: Kept | undefined;
  #state: string | undefined;
  #waiting: { link: string; since: number } | undefined;
  #listener: Server | undefined;
  #disarm: (() => void) | undefined;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** What a person has to open; null while nothing waits. */
  get link(): string | null {
    return this.#waiting?.link ?? null;
  }

  /** Made before each connection. @throws RuntimeError `MCP_SIGN_IN` while a link waits to be followed (S1). */
  async prepare(): Promise<void> {
    const { clock } = this.#options;
    if (this.#waiting && clock.now() - this.#waiting.since < linkLivesMs) throw this.refusal();
    this.#forgetLink();
    if (this.#record.port === undefined) await this.#keep({ port: await freePort() });
  }

  /** Says what has to be done. */
  refusal(): RuntimeError {
    const { server } = this.#options;
    const { link } = this;
    return new RuntimeError(
      'MCP_SIGN_IN',
      link ? `Server "${server}" wants you to sign in; open ${link}` : `Server "${server}" wants you to sign in.`,
      { server, ...(link ? { link } : {}) },
    );
  }

  close(): void {
    this.#forgetLink();
  }

  get redirectUrl(): string {
    return `http://127.0.0.1:${this.#record.port ?? 0}${callbackPath}`;
  }

  get clientMetadata(): OAuthClientMetadata {
    const { settings } = this.#options;
    return {
      client_name: 'Agent Runtime',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: settings.clientSecret === undefined ? 'none' : 'client_secret_post',
      ...(settings.scope === undefined ? {} : { scope: settings.scope }),
    };
  }

  state(): string {
    this.#state = randomBytes(32).toString('base64url');
    return this.#state;
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    const { clientId, clientSecret } = this.#options.settings;
    if (clientId === undefined) return this.#record.client;
    const { client } = this.#record;
    // Bound to the server it was first used with, as the SDK found it.
    const issuer = client?.client_id === clientId ? client.issuer : undefined;
    return {
      client_id: clientId,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      ...(issuer === undefined ? {} : { issuer }),
    };
  }

  async saveClientInformation(client: OAuthClientInformationMixed): Promise<void> {
    await this.#keep({ client });
  }

  tokens(): OAuthTokens | undefined {
    return this.#record.tokens;
  }

  async saveTokens(tokens: OAuthTokens): Promise<void> {
    await this.#keep({ tokens });
  }

  async saveCodeVerifier(verifier: string): Promise<void> {
    await this.#keep({ verifier });
  }

  codeVerifier(): string {
    const { verifier } = this.#record;
    if (verifier !== undefined) return verifier;
    throw this.refusal();
  }

  async saveDiscoveryState(discovery: OAuthDiscoveryState): Promise<void> {
    await this.#keep({ discovery });
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#record.discovery;
  }

  async invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void> {
    const { port, client, tokens, verifier, discovery } = this.#record;
    const all = what === 'all';
    this.#kept = {
      ...(port === undefined ? {} : { port }),
      ...(client && !all && what !== 'client' ? { client } : {}),
      ...(tokens && !all && what !== 'tokens' ? { tokens } : {}),
      ...(verifier && !all && what !== 'verifier' ? { verifier } : {}),
      ...(discovery && !all && what !== 'discovery' ? { discovery } : {}),
    };
    await this.#keep({});
  }

  async redirectToAuthorization(link: URL): Promise<void> {
    // Whoever follows it gives this program leave to act for them: nothing else may be opened so.
    if (link.protocol !== 'https:' && link.protocol !== 'http:')
      throw new RuntimeError('MCP_PROTOCOL_ERROR', `Server "${this.#options.server}" wants to be signed in to oddly.`);
    await this.#listen();
    this.#waiting = { link: link.href, since: this.#options.clock.now() };
    this.#disarm = this.#options.clock.after(linkLivesMs, () => this.#forgetLink());
    this.#options.onLink(link.href);
  }

  async #listen(): Promise<void> {
    this.#listener?.close();
    const listener = createServer((request, response) => void this.#answer(request, response));
    this.#listener = listener;
    // It waits for a person, not for this program.
    listener.unref();
    try {
      await listening(listener, this.#record.port ?? 0);
    } catch {
      // Somebody else has the port that was registered: another is registered with the next try.
      this.#kept = { ...this.#record };
      delete this.#kept.port;
      delete this.#kept.client;
      await this.#keep({});
      throw new RuntimeError(
        'MCP_UNAVAILABLE',
        `The port for signing in to "${this.#options.server}" is taken; it is tried again with another.`,
      );
    }
  }

  /** S2. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { server } = this.#options;
    const url = new URL(request.url ?? '/', this.redirectUrl);
    const isOurs =
      request.method === 'GET' &&
      url.pathname === callbackPath &&
      request.headers.host === new URL(this.redirectUrl).host &&
      this.#state !== undefined &&
      same(url.searchParams.get('state') ?? '', this.#state);
    if (!isOurs) return page(response, 400, 'This is not the answer to a sign-in that is under way.');
    this.#state = undefined;
    const code = url.searchParams.get('code');
    try {
      if (!code) throw new RuntimeError('MCP_SIGN_IN', url.searchParams.get('error') ?? 'no code was given');
      const { auth } = await import('@modelcontextprotocol/sdk/client/auth.js');
      await auth(this, { serverUrl: this.#options.url, authorizationCode: code, fetchFn: this.#options.fetch });
      page(response, 200, `Agent Runtime is signed in to ${server}. You can close this page.`);
      this.#forgetLink();
      this.#options.onLink(null);
    } catch (thrown) {
      page(response, 400, `Signing in to ${server} did not work: ${asError(thrown).message.slice(0, 200)}`);
      this.#forgetLink();
    }
  }

  #forgetLink(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#waiting = undefined;
    this.#state = undefined;
    this.#listener?.close();
    this.#listener = undefined;
  }

  get #record(): Kept {
    this.#kept ??= JSON.parse(this.#options.shelf.get() ?? '{}') as Kept;
    return this.#kept;
  }

  async #keep(change: Kept): Promise<void> {
    this.#kept = { ...this.#record, ...change };
    await this.#options.shelf.set(JSON.stringify(this.#kept));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await listening(probe, 0);
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function page(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${text}\n`);
}
