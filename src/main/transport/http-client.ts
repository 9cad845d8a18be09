import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { clientOf, type RuntimeClient } from '../../shared/api.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { nodeHeader, requestOf } from '../../shared/request-of.ts';
import { apiPrefix } from './http/api-prefix.ts';
import { problemOf } from './http/problem.ts';
import { followNotices, type NoticeWatch } from './notices/notice-follower.ts';

export interface ConnectedRuntime extends RuntimeClient, NoticeWatch {
  /** A call beside the table, such as `POST /session/codes`. */
  call(method: string, path: string, body?: JsonObject): Promise<unknown>;
  close(): void;
}

export interface ConnectOptions {
  /** How long one answer may take. */
  timeoutMs?: number;
  /** The node of the cluster that is meant, by id or name; left out: the one that answers. */
  node?: string;
}

/** Sends one request; resolves when the headers of the answer are there. */
export type Send = (options: RequestOptions & { path: string; body?: string }) => Promise<IncomingMessage>;

/**
 * A runtime on the other end of HTTP: to its caller the same as one in this process. Failures come back as the
 * RuntimeErrors they were; a node that does not answer is `NODE_UNREACHABLE`.
 */
export function connect(
  url: string,
  token: string | null,
  { timeoutMs = 120_000, node }: ConnectOptions = {},
): ConnectedRuntime {
  const base = new URL(url);
  const { Agent, request } = base.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const own = {
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    ...(node === undefined ? {} : { [nodeHeader]: encodeURIComponent(node) }),
  };

  const send: Send = ({ path, body, headers, ...rest }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request(new URL(path, base), { agent, ...rest, headers: { ...own, ...headers } }, resolve);
    sent.once('error', (cause: NodeJS.ErrnoException) => {
      // An idle connection that the other side closed in the same moment: nothing was read, so it is asked again.
      const again = sent.reusedSocket && cause.code === 'ECONNRESET' && (rest.method === 'GET' || !body);
      if (again) resolve(send({ path, ...(body ? { body } : {}), headers: headers ?? {}, ...rest, agent: false }));
      else
        reject(
          new RuntimeError(
            'NODE_UNREACHABLE',
            `No node answers at ${base.origin} (${cause.code ?? cause.message}).`,
            {},
            { cause },
          ),
        );
    });
    sent.end(body);
    return promise;
  };

  const call = async (method: string, path: string, body?: JsonObject): Promise<unknown> => {
    const response = await send({
      method,
      path: apiPrefix + path,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    return readAnswer(response);
  };

  return {
    ...clientOf((name, input) => {
      const { method, path, body } = requestOf(name, input);
      return call(method, path, body);
    }),
    call,
    watch: followNotices((headers, signal) =>
      send({ method: 'GET', path: `${apiPrefix}/notices`, headers, signal, agent: false }),
    ),
    close: () => agent.destroy(),
  };
}

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new RuntimeError('NODE_UNREACHABLE', 'The node went away in the middle of its answer.', {}, { cause });
  }
  const status = response.statusCode ?? 0;
  const text = Buffer.concat(chunks).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (status === 503) throw new RuntimeError('TOO_MANY_CONNECTIONS', 'The node has too many connections just now.');
    throw new RuntimeError(
      'NODE_UNREACHABLE',
      `What answers there is no Agent Runtime (HTTP ${status}).`,
      {},
      { cause },
    );
  }
  if (status >= 200 && status < 300) return value;
  throw problemOf(value);
}
