import type { SettingsStore } from './settings.ts';

/** For an hour, until midnight, or until the person resumes. */
export type PauseSpan = 'hour' | 'today' | 'open';

const hourMs = 3_600_000;

/** When a pause ends by itself (epoch ms); null: it does not. */
export function endOfPause(span: PauseSpan, now: number): number | null {
  if (span === 'open') return null;
  if (span === 'hour') return now + hourMs;
  const midnight = new Date(now);
  midnight.setHours(24, 0, 0, 0);
  return midnight.getTime();
}

/**
 * Ends a pause when its time is over, also when the app was closed or the computer asleep by then: what is kept is the
 * instant, and `check` asks whether it has passed.
 */
export class TimedPause {
  readonly #settings: SettingsStore;
  readonly #resume: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: SettingsStore, resume: () => void) {
    this.#settings = settings;
    this.#resume = resume;
  }

  /** Whether all are to go on by themselves at a set time. */
  get isTimed(): boolean {
    return this.#settings.get().pausedUntil !== null;
  }

  begin(span: PauseSpan): void {
    this.#settings.set({ pausedUntil: endOfPause(span, Date.now()) });
    this.check();
  }

  /** The person resumed, or something else did. */
  end(): void {
    clearTimeout(this.#timer);
    this.#settings.set({ pausedUntil: null });
  }

  /** To be asked once the node is there, and after sleep: timers stand still while a computer sleeps. */
  check(): void {
    clearTimeout(this.#timer);
    const { pausedUntil } = this.#settings.get();
    if (pausedUntil === null) return;
    const leftMs = pausedUntil - Date.now();
    if (leftMs <= 0) {
      this.end();
      this.#resume();
      return;
    }
    this.#timer = setTimeout(() => this.check(), Math.min(leftMs, hourMs));
    this.#timer.unref?.();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
