import type { IncomingMessage } from 'node:http';
import { RuntimeError } from '../../../../shared/errors.ts';
import type { CheckedTarget, EgressGuard } from './egress-guard.ts';
import { sendPinned } from './pinned-request.ts';

export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** Only reads, so that it may be made again. */
export const isSafe = (method: Method): boolean => method === 'GET' || method === 'HEAD';

const maxRedirects = 5;
/** All that goes along when a redirect leads to another server: the rest may hold credentials. */
const harmlessHeaders = /^(accept|accept-language|accept-encoding|content-type|user-agent)$/;

export interface Exchange {
  method: Method;
  target: CheckedTarget;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** Sends, and follows redirects as long as each passes the guard (E1 to E4). */
export async function follow(first: Exchange, guard: EgressGuard, signal: AbortSignal, onSent: () => void) {
  let exchange = first;
  for (let redirects = 0; ; redirects++) {
    const response = await sendPinned({ ...exchange, signal, onSent });
    const to = redirectOf(response);
    if (to === undefined) return { response, exchange, note: undefined };
    try {
      if (redirects === maxRedirects) {
        throw new RuntimeError('FETCH_FAILED', `The server redirected more than ${maxRedirects} times.`);
      }
      exchange = redirected(exchange, await redirectTarget(exchange, to, guard, signal), response.statusCode ?? 0);
    } catch (thrown) {
      // What is not merely read has been done by now: the agent gets the answer as it came, and why it ends there.
      if (isSafe(first.method) || !(thrown instanceof RuntimeError)) throw thrown;
      return { response, exchange, note: `The redirect was not followed: ${thrown.message}` };
    }
    response.destroy();
  }
}

function redirectOf(response: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined;
}

async function redirectTarget(
  from: Exchange,
  to: string,
  guard: EgressGuard,
  signal: AbortSignal,
): Promise<CheckedTarget> {
  const url = URL.parse(to, from.target.url.href);
  if (!url) throw new RuntimeError('FETCH_FAILED', 'The server redirected to something that is not a URL.');
  if (from.target.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new RuntimeError(
      'POLICY_EGRESS_DENIED',
      `The server redirected from https to http (${url.host}), which is not followed.`,
      {
        host: url.hostname,
        reason: 'downgrade',
      },
    );
  }
  return unlessAborted(guard.check(url), signal);
}

/** The next request by RFC 9110 section 15.4; only what cannot hold credentials goes along to another server. */
function redirected(from: Exchange, target: CheckedTarget, status: number): Exchange {
  const becomesGet =
    status === 303 ? from.method !== 'HEAD' : (status === 301 || status === 302) && from.method === 'POST';
  const sameServer = target.url.origin === from.target.url.origin;
  const headers = Object.fromEntries(
    Object.entries(from.headers).filter(
      ([name]) =>
        (sameServer || harmlessHeaders.test(name) || name === 'idempotency-key') &&
        !(becomesGet && /^(content-|idempotency-)/.test(name)),
    ),
  );
  return { method: becomesGet ? 'GET' : from.method, target, headers, body: becomesGet ? undefined : from.body };
}

export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}
