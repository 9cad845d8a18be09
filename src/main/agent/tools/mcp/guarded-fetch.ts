import { Readable, Transform } from 'node:stream';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import { outcomeUnknown } from '../../tool.ts';
import { type EgressGuard, type EgressRules, egressGuard } from '../web/egress-guard.ts';
import { sendPinned } from '../web/pinned-request.ts';
import { unlessAborted } from '../web/redirects.ts';

/** Of one answer, or of one line of a stream. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** `fetch` for one server: only its own host and port can be reached, by the rules of the egress guard; redirects are handed back. */
export function guardedFetch(serverUrl: string, rules: Omit<EgressRules, 'allowHosts'>): FetchLike {
  const guard = egressGuard({ ...rules, allowHosts: [placeOf(new URL(serverUrl))] });
  return fetchBy(() => guard);
}

/**
 * `fetch` for signing in to a server: what the server names may stand anywhere in public, behind TLS, or on the
 * server's own host. A server in public cannot lead inside.
 */
export function signInFetch(serverUrl: string, rules: Omit<EgressRules, 'allowHosts'>): FetchLike {
  const server = new URL(serverUrl);
  return fetchBy((url) => {
    const isAtHome =
      url.hostname === server.hostname && (url.protocol === 'https:' || url.protocol === server.protocol);
    if (!isAtHome && url.protocol !== 'https:')
      throw new RuntimeError('POLICY_EGRESS_DENIED', `${url.origin} is not safe to sign in at: it does not use https.`);
    return egressGuard({ ...rules, allowHosts: [isAtHome ? placeOf(url) : '*'] });
  });
}

/** `fetch` for a server and for where it is signed in to, which is not told the headers that are for the server. */
export function withSignIn(
  serverUrl: string,
  rules: Omit<EgressRules, 'allowHosts'>,
  serverHeaders: readonly string[],
): FetchLike {
  const [toServer, elsewhere] = [guardedFetch(serverUrl, rules), signInFetch(serverUrl, rules)];
  const { origin, pathname } = new URL(serverUrl);
  return (url, init = {}) => {
    const wanted = new URL(url);
    if (wanted.origin === origin && wanted.pathname === pathname) return toServer(url, init);
    const headers = new Headers(init.headers);
    for (const name of serverHeaders) headers.delete(name);
    return elsewhere(url, { ...init, headers });
  };
}

const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;

function fetchBy(guardFor: (url: URL) => EgressGuard): FetchLike {
  return async (url, init = {}) => {
    const signal = init.signal ?? new AbortController().signal;
    let hasLeft = false;
    try {
      const target = await unlessAborted(guardFor(new URL(url)).check(url), signal);
      const headers = Object.fromEntries(new Headers(init.headers).entries());
      const response = await sendPinned({
        method: init.method ?? 'GET',
        target,
        headers: { ...headers, 'accept-encoding': 'identity' },
        body: init.body == null ? undefined : Buffer.from(String(init.body)),
        signal,
        onSent: () => (hasLeft = true),
      });
      const status = response.statusCode ?? 500;
      const isStream = /text\/event-stream/i.test(response.headers['content-type'] ?? '');
      const hasBody = ![204, 205, 304].includes(status);
      const body = hasBody ? Readable.toWeb(limited(response, isStream)) : null;
      return new Response(body as ReadableStream | null, { status, headers: plainHeaders(response.headers) });
    } catch (thrown) {
      if (thrown instanceof RuntimeError || signal.aborted) throw thrown;
      throw new RuntimeError(
        'FETCH_FAILED',
        `The server could not be reached: ${asError(thrown).message}.`,
        hasLeft ? outcomeUnknown : {},
        {
          cause: thrown,
        },
      );
    }
  };
}

function limited(response: Readable, isStream: boolean): Readable {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lineEnd = isStream ? chunk.lastIndexOf(10) : -1;
      bytes = lineEnd >= 0 ? chunk.length - lineEnd - 1 : bytes + chunk.length;
      if (bytes > maxAnswerBytes)
        done(
          new RuntimeError(
            'MCP_PROTOCOL_ERROR',
            `The server sent more than ${maxAnswerBytes} bytes in one piece.`,
            outcomeUnknown,
          ),
        );
      else done(null, chunk);
    },
  });
  response.on('error', (error) => limit.destroy(error));
  response.once('close', () => !response.readableEnded && limit.destroy());
  limit.once('close', () => response.destroy());
  return response.pipe(limit);
}

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Headers {
  const plain = new Headers();
  for (const [name, value] of Object.entries(headers)) for (const one of [value ?? []].flat()) plain.append(name, one);
  return plain;
}
