import { RuntimeError } from '../../../shared/errors.ts';
import type { ModelErrors } from './model-errors.ts';

export interface LeashLimits {
  timeoutMs: number;
  idleMs: number;
}

/**
 * Holds one model call to its limits: the caller's signal, a deadline for the whole of it with all retries, and the
 * longest silence in the middle of an answer. When one of them is passed, `signal` is aborted with the error to throw.
 */
export class CallLeash {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #errors: ModelErrors;
  readonly #limits: LeashLimits;
  readonly #deadline: number;
  readonly #cancel = () => this.#controller.abort(reasonOf(this.#caller));
  #timer: NodeJS.Timeout;
  /** When the newest part arrived; 0 before the first, when silence is allowed. */
  #heardAt = 0;

  constructor(caller: AbortSignal, errors: ModelErrors, limits: LeashLimits) {
    this.#caller = caller;
    this.#errors = errors;
    this.#limits = limits;
    this.#deadline = performance.now() + limits.timeoutMs;
    this.#timer = this.#watch();
    if (caller.aborted) this.#cancel();
    else caller.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get msLeft(): number {
    return this.#deadline - performance.now();
  }

  /** Something arrived: from here on, silence is timed. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** One timer for both limits, so that parts cost no timer each. */
  #watch(): NodeJS.Timeout {
    const { timeoutMs, idleMs } = this.#limits;
    const silentUntil = (this.#heardAt === 0 ? performance.now() : this.#heardAt) + idleMs;
    const waitMs = Math.min(this.#deadline, silentUntil) - performance.now();
    return setTimeout(() => {
      const now = performance.now();
      if (now >= this.#deadline) this.#controller.abort(this.#errors.timedOut(timeoutMs, 'whole'));
      else if (this.#heardAt > 0 && now - this.#heardAt >= idleMs)
        this.#controller.abort(this.#errors.timedOut(idleMs, 'idle'));
      else this.#timer = this.#watch();
    }, Math.ceil(waitMs));
  }

  /** @throws the reason when the call must end before the time is over */
  rest(ms: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { signal } = this;
    if (signal.aborted) return Promise.reject(signal.reason);
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(resolve, ms);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#cancel);
  }
}

function reasonOf(caller: AbortSignal): RuntimeError {
  if (caller.reason instanceof RuntimeError) return caller.reason;
  return new RuntimeError('RUN_CANCELLED', 'The model call was cancelled.');
}
