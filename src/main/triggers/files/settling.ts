import { asError } from '../../../shared/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type FileState, restedMs, untouched } from './file-state.ts';

/** What became of paths that have come to rest: their state, or null where nothing is. */
export type Settled = Map<string, FileState | null>;

interface Pending {
  /** By the steady clock. */
  dueAt: number;
  /** What the last look saw; undefined before the first. */
  seen: FileState | null | undefined;
  /** What has rested for long by its own times needs no second look. */
  restedCounts: boolean;
}

const looksAtOnce = 32;

/**
 * Holds back paths that somebody is still writing. A path has settled when two looks, `settleMs` apart, see the same and
 * nobody touched it in between. Batches come one after the other.
 */
export class Settling {
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #look: (path: string) => Promise<FileState | null>;
  readonly #onSettled: (settled: Settled) => Promise<void>;
  readonly #onError: (error: Error) => void;
  readonly #pending = new Map<string, Pending>();
  #undoTimer: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(parts: {
    clock: Clock;
    settleMs: number;
    look: (path: string) => Promise<FileState | null>;
    onSettled: (settled: Settled) => Promise<void>;
    onError: (error: Error) => void;
  }) {
    this.#clock = parts.clock;
    this.#settleMs = parts.settleMs;
    this.#look = parts.look;
    this.#onSettled = parts.onSettled;
    this.#onError = parts.onError;
  }

  /** Something happened to the path; it is looked at after `delayMs`. */
  touch(path: string, { delayMs = 0, restedCounts = false } = {}): void {
    if (this.#closed) return;
    const now = this.#clock.elapsed();
    const pending = this.#pending.get(path);
    if (!pending) this.#pending.set(path, { dueAt: now + delayMs, seen: undefined, restedCounts });
    else if (pending.seen !== undefined) pending.dueAt = now + this.#settleMs;
    this.#wait();
  }

  /** Whether one of the paths that have not settled is this very file. */
  holds(is: (state: FileState) => boolean): boolean {
    for (const { seen } of this.#pending.values()) if (seen && is(seen)) return true;
    return false;
  }

  /** Forgets everything, for now. */
  clear(): void {
    this.#pending.clear();
  }

  /** When everything that was due has been dealt with. */
  async idle(): Promise<void> {
    await this.#working;
    this.#undoTimer?.();
    this.#undoTimer = undefined;
    await this.#work();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending.clear();
    this.#undoTimer?.();
    await this.#working;
  }

  #wait(): void {
    if (this.#closed || this.#undoTimer || this.#working || this.#pending.size === 0) return;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending.values()) dueAt = Math.min(dueAt, pending.dueAt);
    // Many paths are due within a few milliseconds of each other: one round serves them.
    const ms = Math.min(Math.max(10, dueAt - this.#clock.elapsed()), 3_600_000);
    this.#undoTimer = this.#clock.after(ms, () => {
      this.#undoTimer = undefined;
      void this.#work();
    });
  }

  #work(): Promise<void> {
    this.#working ??= this.#round().finally(() => {
      this.#working = undefined;
      this.#wait();
    });
    return this.#working;
  }

  async #round(): Promise<void> {
    const now = this.#clock.elapsed();
    const due = [...this.#pending].filter(([, { dueAt }]) => dueAt <= now);
    const settled: Settled = new Map();
    for (let from = 0; from < due.length; from += looksAtOnce) {
      await Promise.all(
        due.slice(from, from + looksAtOnce).map(([path, pending]) => this.#lookAt(path, pending, settled)),
      );
    }
    if (settled.size === 0 || this.#closed) return;
    try {
      await this.#onSettled(settled);
    } catch (thrown) {
      this.#onError(asError(thrown));
    }
  }

  async #lookAt(path: string, pending: Pending, settled: Settled): Promise<void> {
    const before = pending.seen;
    const state = await this.#look(path);
    if (this.#pending.get(path) !== pending) return;
    const touchedMeanwhile = pending.dueAt > this.#clock.elapsed();
    pending.seen = state;
    const rested =
      pending.restedCounts && before === undefined && (!state || restedMs(state, this.#clock.now()) >= this.#settleMs);
    if (rested || (before !== undefined && untouched(before, state) && !touchedMeanwhile)) {
      this.#pending.delete(path);
      settled.set(path, state);
    } else {
      pending.dueAt = this.#clock.elapsed() + this.#settleMs;
    }
  }
}
