import { Readable, Transform } from 'node:stream';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import { outcomeUnknown } from '../../tool.ts';
import { type EgressRules, egressGuard } from '../egress-guard.ts';
import { sendPinned } from '../pinned-request.ts';
import { unlessAborted } from '../redirects.ts';

/** Of one answer, or of one line of a stream. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** `fetch` for one server: only its own host and port can be reached, by the rules of the egress guard; redirects are handed back. */
export function guardedFetch(serverUrl: string, rules: Omit<EgressRules, 'allowHosts'>): FetchLike {
  const { hostname, port, protocol } = new URL(serverUrl);
  const guard = egressGuard({ ...rules, allowHosts: [`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`] });
  return async (url, init = {}) => {
    const signal = init.signal ?? new AbortController().signal;
    let hasLeft = false;
    try {
      const target = await unlessAborted(guard.check(url), signal);
      const headers = Object.fromEntries(new Headers(init.headers).entries());
      const response = await sendPinned({
        method: init.method ?? 'GET',
        target,
        headers: { ...headers, 'accept-encoding': 'identity' },
        body: typeof init.body === 'string' ? Buffer.from(init.body) : undefined,
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
