import { type ErrorCode, errorCodes, fromWire, RuntimeError, toWire, type WireError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';

/** Takes what must not leave the node: the error of a bug, under the id that the other side was given. */
export type FaultLog = (errorId: string, thrown: unknown, about: JsonObject) => void;

/** Anything thrown → what the other side may see. What was not foreseen goes to the log, and only its id goes out. */
export function wireOf(thrown: unknown, log: FaultLog, about: JsonObject): WireError {
  if (thrown instanceof RuntimeError && thrown.code !== 'INTERNAL') return toWire(thrown);
  const errorId = newId('err');
  log(errorId, thrown, about);
  const wire = toWire(thrown);
  return { ...wire, details: { ...wire.details, errorId } };
}

export interface ProblemReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A failure as RFC 9457 asks for it, with the headers that its status calls for. */
export function problemReply(error: WireError): ProblemReply {
  const { status, hint } = errorCodes[error.code];
  const { errorId, ...details } = error.details;
  const body = JSON.stringify({
    type: `urn:agent-runtime:error:${error.code}`,
    title: titleOf(error.code),
    status,
    detail: error.message,
    code: error.code,
    hint,
    ...(errorId === undefined ? {} : { errorId }),
    details,
  });
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer';
  if (status === 405) headers['Allow'] = [error.details['allow']].flat().join(', ');
  const waitSeconds = error.details['retryAfterSeconds'] ?? (status === 503 ? 1 : undefined);
  if (waitSeconds !== undefined) headers['Retry-After'] = String(waitSeconds);
  return { status, headers, body };
}

/** `NAME_TAKEN` → `Name taken` */
function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return (words[0] ?? '').toUpperCase() + words.slice(1);
}

/** A problem as the error it was; the id under which the node logged a bug is kept in its details. */
export function problemOf(value: unknown): RuntimeError {
  const error = fromWire(value);
  const errorId = isJsonObject(value) ? value['errorId'] : undefined;
  return errorId === undefined ? error : new RuntimeError(error.code, error.message, { ...error.details, errorId });
}
