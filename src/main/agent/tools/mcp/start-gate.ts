import { RuntimeError } from '../../../../shared/errors.ts';
import { jitteredMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import { unlessAborted } from '../web/redirects.ts';

/** A use within this time waits for the back-off after a failure; a later one is refused at once. */
const patienceMs = 5_000;
const firstMs = 500;
const mostMs = 60_000;

/** When a server that failed may be started again. */
export class StartGate {
  readonly #clock: Clock;
  readonly #name: string;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #lastError: { code: string; message: string; at: number } | null = null;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  get lastError(): { code: string; message: string; at: number } | null {
    return this.#lastError;
  }

  note({ code, message }: RuntimeError): void {
    this.#lastError = { code, message, at: this.#clock.now() };
  }

  putOff(error: RuntimeError): void {
    this.#failures++;
    this.#notBefore = this.#clock.elapsed() + jitteredMs(this.#failures, firstMs, mostMs);
    this.note(error);
  }

  /** It works, or was ended on purpose. */
  reset(): void {
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** Resolves when it may be tried. @throws RuntimeError MCP_UNAVAILABLE when that is too far off to wait. */
  async pass(signal: AbortSignal): Promise<void> {
    const waitMs = this.#notBefore - this.#clock.elapsed();
    if (waitMs <= 0) return;
    if (waitMs > patienceMs) {
      const why = this.#lastError ? ` It failed with: ${this.#lastError.message}` : '';
      throw new RuntimeError(
        'MCP_UNAVAILABLE',
        `Server "${this.#name}" is started again in ${Math.ceil(waitMs / 1_000)} s.${why}`,
        {
          server: this.#name,
        },
      );
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const disarm = this.#clock.after(waitMs, resolve);
    await unlessAborted(promise, signal).finally(disarm);
  }
}
