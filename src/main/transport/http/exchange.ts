import type { IncomingMessage, ServerResponse } from 'node:http';
import { RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { Grant } from '../access/token-store.ts';
import type { Target } from './front-door.ts';
import { type FaultLog, problemReply, wireOf } from './problem.ts';
import { hasBody } from './request-body.ts';

/** A request that has passed the front door. `grant` is null on the few routes that need no token. */
export interface AdmittedRequest extends IncomingMessage {
  target: Target;
  grant: Grant | null;
}

/** How much of a refused body is read on quietly, so that the connection can be used again. */
const worthReadingBytes = 64 * 1024;
const lingerMs = 500;

export function sendJson(response: ServerResponse, status: number, value: unknown, headers: JsonObject = {}): void {
  // As text it goes out in one piece with the headers, which a Buffer does not.
  const body = JSON.stringify(value) ?? 'null';
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(headers as Record<string, string>),
  });
  response.end(body);
}

/** Answers with a problem. Where a large body is still on its way, the connection ends; the answer arrives first. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  log: FaultLog,
): string {
  const path = request.url?.split('?', 1)[0] ?? '';
  const error = wireOf(thrown, log, { method: request.method ?? '', path });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return error.code;
  }
  const { status, headers, body } = problemReply(error);
  const unread = !request.complete && hasBody(request) && !isSmall(request);
  if (unread) headers['Connection'] = 'close';
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  if (!unread) {
    response.end(body);
    return error.code;
  }
  // To close while bytes are unread would reset the connection, and the answer with it.
  response.write(request.method === 'HEAD' ? '' : body);
  request.resume();
  const timer = setTimeout(() => response.end(), lingerMs);
  request.once('close', () => {
    clearTimeout(timer);
    response.end();
  });
  return error.code;
}

function isSmall(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= worthReadingBytes;
}

/** `a=1&b=2` → `{ a: '1', b: '2' }`. @throws RuntimeError `REQUEST_INVALID` where a name is given twice. */
export function readQuery(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  if (!query) return values;
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(values, name)) {
      throw new RuntimeError('REQUEST_INVALID', `The address gives "${name}" twice; give it once.`);
    }
    Object.defineProperty(values, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return values;
}
