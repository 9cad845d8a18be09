import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A small OAuth 2.1 authorization server: metadata, dynamic registration, authorization code with PKCE, refresh with
 * rotation. Whoever opens the authorization page agrees at once.
 */
export class AuthorizationServer implements AsyncDisposable {
  url = '';
  /** Access tokens that are good at this moment. */
  readonly good = new Set<string>();
  readonly refreshTokens = new Set<string>();
  /** Every access and refresh token that was ever given. */
  readonly given: string[] = [];
  readonly clients = new Map<string, { redirect_uris: string[] }>();
  readonly grants: string[] = [];
  readonly problems: string[] = [];
  /** Answers the next authorization with this error. */
  refuse: string | undefined;
  readonly #codes = new Map<string, { client: string; challenge: string; redirect: string; resource: string | null }>();
  readonly #http = createServer((request, response) => void this.#answer(request, response));

  static async open(): Promise<AuthorizationServer> {
    const server = new AuthorizationServer();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${(server.#http.address() as AddressInfo).port}`;
    return server;
  }

  /** Access tokens given so far are good no more. */
  expire(): void {
    this.good.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname === '/.well-known/oauth-authorization-server') return void json(200, this.#metadata());
    if (url.pathname === '/register') {
      const client = JSON.parse(body) as { redirect_uris: string[] };
      const id = randomUUID();
      this.clients.set(id, client);
      return void json(201, { ...client, client_id: id });
    }
    if (url.pathname === '/authorize') return this.#authorize(url.searchParams, response);
    if (url.pathname === '/token') {
      const [status, value] = this.#token(new URLSearchParams(body));
      return void json(status, value);
    }
    json(404, {});
  }

  #metadata() {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      registration_endpoint: `${this.url}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
    };
  }

  #authorize(given: URLSearchParams, response: ServerResponse): void {
    const [client = '', redirect = ''] = [given.get('client_id') ?? '', given.get('redirect_uri') ?? ''];
    if (!this.clients.get(client)?.redirect_uris.includes(redirect)) this.problems.push('an unknown redirect');
    if (given.get('code_challenge_method') !== 'S256') this.problems.push('no PKCE');
    const back = new URL(redirect);
    back.searchParams.set('state', given.get('state') ?? '');
    if (this.refuse) back.searchParams.set('error', this.refuse);
    else {
      const code = randomUUID();
      const challenge = given.get('code_challenge') ?? '';
      this.#codes.set(code, { client, challenge, redirect, resource: given.get('resource') });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  #token(given: URLSearchParams): [number, unknown] {
    const grant = given.get('grant_type') ?? '';
    this.grants.push(grant);
    if (grant === 'refresh_token') {
      if (!this.refreshTokens.delete(given.get('refresh_token') ?? '')) return [400, { error: 'invalid_grant' }];
      return [200, this.#tokens()];
    }
    const code = this.#codes.get(given.get('code') ?? '');
    this.#codes.delete(given.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge || code.redirect !== given.get('redirect_uri'))
      return [400, { error: 'invalid_grant' }];
    return [200, this.#tokens()];
  }

  #tokens() {
    const access = `access-${randomUUID()}`;
    const refresh = `refresh-${randomUUID()}`;
    this.good.add(access);
    this.refreshTokens.add(refresh);
    this.given.push(access, refresh);
    return { access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: 3_600 };
  }
}
