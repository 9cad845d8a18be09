import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';

const mostBytes = 64 << 20;

/** JSON calls to one server. Redirects are not followed: the key is for this server alone. */
export class JsonOverHttp {
  readonly #name: string;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(name: string, base: string, headers: Record<string, string> = {}) {
    this.#name = name;
    this.#base = base.replace(/\/+$/, '');
    this.#headers = headers;
  }

  /** Undefined: the server says there is no such thing. @throws RuntimeError `MEMORY_UNAVAILABLE` */
  async call(method: string, path: string, body: Json | undefined, signal: AbortSignal): Promise<Json | undefined> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        signal,
        redirect: 'error',
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...this.#headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = response.status;
      if (Number(response.headers.get('content-length') ?? 0) > mostBytes)
        throw new RuntimeError('MEMORY_UNAVAILABLE', 'its answer is too large');
      text = await response.text();
    } catch (thrown) {
      const why = signal.aborted ? 'no answer in time' : asError(asError(thrown).cause ?? thrown).message;
      throw new RuntimeError(
        'MEMORY_UNAVAILABLE',
        `The ${this.#name} server at ${this.#base} cannot be used: ${why}.`,
        {},
        { cause: thrown },
      );
    }
    if (status === 404) return undefined;
    if (status >= 400) {
      throw new RuntimeError(
        'MEMORY_UNAVAILABLE',
        `The ${this.#name} server at ${this.#base} refused (${status}): ${text.slice(0, 200)}`,
        { status },
      );
    }
    try {
      return text === '' ? null : (JSON.parse(text) as Json);
    } catch (thrown) {
      throw new RuntimeError(
        'MEMORY_UNAVAILABLE',
        `The ${this.#name} server at ${this.#base} gave no JSON: ${text.slice(0, 80)}`,
        {},
        { cause: thrown },
      );
    }
  }
}
