import type { IncomingMessage } from 'node:http';
import type { Scope } from '../../../shared/api.ts';
import { covers } from '../../../shared/device-access.ts';
import { type ErrorCode, RuntimeError } from '../../../shared/errors.ts';
import { type FailedAuthLimit, sourceOf } from '../access/failed-auth-limit.ts';
import type { Grant } from '../access/token-store.ts';

const maxUrlBytes = 8 * 1024;

export interface Target {
  /** Percent signs still in it; it has been seen to decode. */
  path: string;
  query: string;
}

export interface DoorKeys {
  /** Whom a token belongs to; looked up anew for each request. */
  grantOf(token: string): Grant | undefined;
}

/**
 * What every request passes before anybody reads it, in this order: form, Host, Origin; then, where a route needs it,
 * the limit of failed attempts, the token, its scope. Loopback is no proof of anything: pages in a browser reach it too.
 */
export class FrontDoor {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #keys: DoorKeys;
  readonly #limit: FailedAuthLimit;

  constructor(hosts: Iterable<string>, keys: DoorKeys, limit: FailedAuthLimit, scheme: 'http' | 'https' = 'http') {
    this.#hosts = new Set(hosts);
    this.#origins = new Set([...this.#hosts].map((host) => `${scheme}://${host}`));
    this.#keys = keys;
    this.#limit = limit;
  }

  /** @throws RuntimeError `URL_TOO_LONG`, `REQUEST_MALFORMED`, `TEXT_INVALID`, `HOST_NOT_ALLOWED`, `ORIGIN_NOT_ALLOWED` */
  admit(request: IncomingMessage): Target {
    const target = targetOf(request);
    this.#checkHost(request);
    this.#checkOrigin(request);
    return target;
  }

  /** @throws RuntimeError `RATE_LIMITED`, `TOKEN_MISSING`, `TOKEN_INVALID` */
  grant(request: IncomingMessage): Grant {
    if (request.headers.authorization === undefined) {
      const message = 'This needs a token: send Authorization: Bearer … (see `agent-runtime token`).';
      throw new RuntimeError('TOKEN_MISSING', message);
    }
    const token = bearerOf(request);
    const grant = token === undefined ? undefined : this.#keys.grantOf(token);
    if (grant) return grant;
    return this.refuse(request, 'TOKEN_INVALID', 'The token is not known here, or has expired or been revoked.');
  }

  /**
   * Says no to a wrong token or login code, or, once the limit is reached, only that it is too soon for another.
   *
   * A right one passes at any time: it is 256 random bits, so to look at it is no help to a guesser, while to lock its
   * owner out because another program on this computer guesses would be help to that program.
   * @throws RuntimeError the code, or `RATE_LIMITED`
   */
  refuse(request: IncomingMessage, code: ErrorCode, message: string): never {
    const source = sourceOf(request.socket.remoteAddress);
    const waitMs = this.#limit.waitMs(source);
    if (waitMs > 0) throw rateLimited(waitMs);
    this.#limit.failed(source);
    throw new RuntimeError(code, message);
  }

  #checkHost(request: IncomingMessage): void {
    const host = request.headers.host?.toLowerCase();
    if (host === undefined || countOf(request.rawHeaders, 'host') !== 1) {
      throw new RuntimeError('REQUEST_MALFORMED', 'A request carries exactly one Host header.');
    }
    if (this.#hosts.has(host)) return;
    const names = [...this.#hosts].join(', ');
    throw new RuntimeError('HOST_NOT_ALLOWED', `This API answers only to ${names}.`);
  }

  /** No page of another origin, no preflight: there is no CORS here. Programs send neither header. */
  #checkOrigin(request: IncomingMessage): void {
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const own = origin === undefined || this.#origins.has(origin);
    const near = site === undefined || site === 'same-origin' || site === 'none';
    if (own && near && request.method !== 'OPTIONS') return;
    throw new RuntimeError(
      'ORIGIN_NOT_ALLOWED',
      'Pages of other origins may not call this API, and none is asked first.',
    );
  }
}

/** @throws RuntimeError `SCOPE_REQUIRED` */
export function checkScope(grant: Grant, needed: Scope): void {
  if (covers(grant.scope, needed)) return;
  throw new RuntimeError(
    'SCOPE_REQUIRED',
    `This needs a token with the scope ${needed}; this one has ${grant.scope}.`,
    {
      needed,
      scope: grant.scope,
    },
  );
}

function targetOf(request: IncomingMessage): Target {
  const url = request.url ?? '';
  if (url.length > maxUrlBytes) {
    throw new RuntimeError('URL_TOO_LONG', `The address has ${url.length} bytes; ${maxUrlBytes} are accepted.`);
  }
  if (!url.startsWith('/')) throw new RuntimeError('REQUEST_MALFORMED', 'The request line names a path, from "/" on.');
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  if (url.includes('%')) {
    checkEscapes(path);
    checkEscapes(query);
  }
  return { path, query };
}

function checkEscapes(text: string): void {
  let decoded: string | undefined;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    decoded = undefined;
  }
  if (decoded !== undefined && !decoded.includes('\0')) return;
  throw new RuntimeError('TEXT_INVALID', 'The address holds percent-escapes that are not UTF-8, or NUL.');
}

export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]{1,512}) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

function rateLimited(waitMs: number): RuntimeError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new RuntimeError('RATE_LIMITED', `Too many failed attempts: try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count;
}
