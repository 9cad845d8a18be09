import { type ErrorCode, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { keyMissing, type ResolvedModel } from './resolve-model.ts';

/** Why an answer with status 200 is none. */
export type Unusable = 'empty' | 'html' | 'not_json' | 'shape' | 'too_large' | 'incomplete';

const unusableWords: Record<Unusable, string> = {
  empty: 'sent an empty answer',
  html: 'answered with a web page instead of JSON: a proxy or sign-in page may be in between, or base_url lacks its /v1',
  not_json: 'sent an answer that is not valid JSON',
  shape: 'sent an answer that is no chat completion: check that base_url is an OpenAI-compatible API',
  too_large: 'sent more than one answer may hold',
  incomplete: 'ended its answer before it was complete',
};

/** What the openai client throws, as far as it is read here. */
interface ClientError {
  status?: unknown;
  error?: unknown;
  message?: unknown;
  headers?: { get(name: string): string | null };
  cause?: unknown;
  code?: unknown;
}

/**
 * Turns what can go wrong in a call into our errors. Words of the provider are cut to 500 characters and never hold the
 * key; nothing of the thrown error is kept as cause, since its headers and body may.
 */
export class ModelErrors {
  readonly #model: ResolvedModel;

  constructor(model: ResolvedModel) {
    this.#model = model;
  }

  /** Anything thrown on the way to an answer. Bugs come back as they are. */
  explain(thrown: unknown): unknown {
    if (thrown instanceof RuntimeError) return thrown;
    const { status, error, headers, cause, message } = (thrown ?? {}) as ClientError;
    if (cause instanceof RuntimeError) return cause;
    if (typeof status === 'number') return this.refused(status, errorBody(error) ?? String(message ?? ''), headers);
    const code = codeOf(thrown) ?? codeOf(cause);
    return code === undefined ? thrown : this.#broken(code);
  }

  /** An answer that came with status 200 and cannot be used. */
  unusable(reason: Unusable, start: string): RuntimeError {
    const details = this.#details({ reason, ...(start === '' ? {} : { start: this.redact(start, 200) }) });
    return new RuntimeError('MODEL_ANSWER_INVALID', `${this.#who} ${unusableWords[reason]}.`, details);
  }

  /** An `error` inside an answer with status 200. */
  told(error: JsonObject): RuntimeError {
    const status = Number(error['status'] ?? error['code']);
    return this.refused(Number.isInteger(status) && status >= 400 ? status : 500, error, undefined);
  }

  timedOut(timeoutMs: number, phase: 'whole' | 'idle'): RuntimeError {
    const what =
      phase === 'whole'
        ? `gave no complete answer within ${timeoutMs} ms`
        : `fell silent for ${timeoutMs} ms in the middle of its answer`;
    return new RuntimeError('MODEL_TIMED_OUT', `${this.#who} ${what}.`, this.#details({ timeoutMs, phase }));
  }

  /** An HTTP status from 400 up, with what the provider said. */
  refused(status: number, body: JsonObject | string, headers: ClientError['headers']): RuntimeError {
    const said = this.redact(wordsOf(body));
    const kind = typeof body === 'string' ? '' : String(body['code'] ?? body['type'] ?? '');
    if ((status === 401 || status === 403) && this.#model.apiKey === null)
      return keyMissing(this.#model.id, this.#model.keyVariables);
    const code = codeFor(status, kind, said);
    const waits = code === 'MODEL_RATE_LIMITED' || code === 'MODEL_UNREACHABLE';
    const details = this.#details({ status, ...(waits ? { retryAfterMs: retryAfterMs(headers) } : {}) });
    return new RuntimeError(
      code,
      `${this.#who} ${verbs[code] ?? 'refused the request'} (${status})${said === '' ? '' : `: ${said}`}`,
      details,
    );
  }

  /** Cut, without the key in any form it may be echoed in, and without control characters. */
  redact(text: string, maxChars = 500): string {
    let clean = text;
    const { apiKey } = this.#model;
    if (apiKey) {
      const forms = [
        apiKey,
        encodeURIComponent(apiKey),
        JSON.stringify(apiKey).slice(1, -1),
        Buffer.from(apiKey).toString('base64'),
      ];
      for (const form of forms) clean = clean.replaceAll(form, '[key]');
    }
    clean = clean
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .toWellFormed();
    return clean.length > maxChars ? `${clean.slice(0, maxChars - 1)}…` : clean;
  }

  #broken(code: string): RuntimeError {
    const host = new URL(this.#model.baseUrl).host;
    const why = connectionWords(code, host);
    const server = code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ZSTD_');
    if (server) return this.unusable('not_json', '');
    return new RuntimeError(
      'MODEL_UNREACHABLE',
      `${this.#who} cannot be reached: ${why}.`,
      this.#details({ host, cause: code }),
    );
  }

  get #who(): string {
    return `The model "${this.#model.id}"`;
  }

  #details(more: JsonObject): JsonObject {
    return { model: this.#model.id, ...more };
  }
}

const verbs: Partial<Record<ErrorCode, string>> = {
  MODEL_RATE_LIMITED: 'asks for patience',
  MODEL_UNREACHABLE: 'has trouble at its provider',
  MODEL_TIMED_OUT: 'gave no answer in time',
  MODEL_UNKNOWN: 'is not known there',
};

function codeFor(status: number, kind: string, said: string): ErrorCode {
  if (status === 429) return /insufficient_quota|billing/.test(kind) ? 'MODEL_REFUSED' : 'MODEL_RATE_LIMITED';
  if (status === 408) return 'MODEL_TIMED_OUT';
  if (status >= 500) return 'MODEL_UNREACHABLE';
  if (status === 404 && /model/i.test(`${kind} ${said}`)) return 'MODEL_UNKNOWN';
  return 'MODEL_REFUSED';
}

/** The client hands over the `error` of the body, or the whole body where there is none. */
function errorBody(error: unknown): JsonObject | string | undefined {
  if (typeof error === 'string') return error;
  const body: unknown = Array.isArray(error) ? error[0] : error;
  if (!isJsonObject(body)) return undefined;
  return isJsonObject(body['error']) ? body['error'] : body;
}

function wordsOf(body: JsonObject | string): string {
  if (typeof body === 'string') return /^\s*</.test(body) ? 'a web page instead of JSON' : body;
  const said: Json | undefined = body['message'] ?? body['detail'];
  return typeof said === 'string' ? said : JSON.stringify(said ?? body);
}

/** Milliseconds to wait, from `retry-after-ms`, or `retry-after` as seconds or a date; null when not told. */
function retryAfterMs(headers: ClientError['headers']): number | null {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(exact)) return Math.max(0, Math.round(exact));
  const text = headers?.get('retry-after') ?? '';
  const ms = /^\s*[\d.]+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : null;
}

function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as ClientError | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function connectionWords(code: string, host: string): string {
  if (code === 'ECONNREFUSED') return `nothing listens at ${host}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of ${host} has no address (${code})`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return `${host} broke the connection (${code})`;
  if (/CERT|SELF_SIGNED|UNABLE_TO|TLS|SSL/.test(code)) return `the certificate of ${host} is not trusted (${code})`;
  if (code.startsWith('HPE_')) return `what answers at ${host} does not speak HTTP (${code})`;
  return `the connection to ${host} failed (${code})`;
}
