import type { RuntimeError } from '../../../shared/errors.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import type { Alarm } from '../../lib/alarm.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';

/** Why nothing can be written down, and since when (epoch ms). */
export interface Outage {
  code: string;
  message: string;
  since: number;
}

/** The room that the journal has to grow in. */
export interface StorageRoom {
  /** Whether a try to write is worth it. */
  isThere(): Promise<boolean>;
  /** Gives the reserve up, so that what little must be written while the disk is full can be. */
  release(): void;
  /** Sets the reserve aside again. */
  hold(): void;
}

export const endlessRoom: StorageRoom = { isThere: async () => true, release() {}, hold() {} };

export interface OutageParts {
  clock: Clock;
  alarm: Alarm;
  room?: StorageRoom;
  onChange?: (outage: Outage | null) => void;
}

const firstWaitMs = 500;
const longestWaitMs = 5_000;
/** Trying again cures none of these: the journal is closed, or somebody else writes it now. */
const final = new Set(['JOURNAL_CLOSED', 'STALE_EPOCH', 'JOURNAL_CORRUPT', 'JOURNAL_ROLLBACK']);

/**
 * The time in which the journal of a node cannot be written. Whoever could not write waits here; one of them tries
 * again, every five seconds at the latest, and when it can, so do all others. The state that was to be written would
 * be lost by writing "suspended" into a journal that takes nothing, so an outage is no state of a process: it is shown
 * beside it.
 */
export class JournalOutage {
  readonly #parts: OutageParts;
  readonly #room: StorageRoom;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #present: Outage | null = null;
  #tries = 0;
  #disarm: (() => void) | undefined;

  constructor(parts: OutageParts) {
    this.#parts = parts;
    this.#room = parts.room ?? endlessRoom;
  }

  get present(): Outage | null {
    return this.#present;
  }

  /** `goOn` reads the journal again and writes; it is called until it does not throw. */
  begin(name: string, error: RuntimeError, goOn: () => Promise<void>): void {
    if (final.has(error.code) || !isErrorCode(error.code)) return;
    this.#waiting.set(name, goOn);
    if (this.#present) return;
    this.#present = { code: error.code, message: error.message, since: this.#parts.clock.now() };
    this.#tries = 0;
    this.#room.release();
    this.#parts.onChange?.(this.#present);
    this.#arm();
  }

  /** It waits no longer: it was closed. */
  forget(name: string): void {
    this.#waiting.delete(name);
    if (this.#waiting.size === 0) this.#end();
  }

  #arm(): void {
    this.#disarm?.();
    const wait = backoffMs(++this.#tries, firstWaitMs, longestWaitMs);
    this.#disarm = this.#parts.alarm.at(this.#parts.clock.now() + wait, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const [first, ...others] = this.#waiting.keys();
    const isOver = first === undefined || ((await this.#hasRoom()) && (await this.#try(first)));
    // One try is enough to know that there is no room; a thousand would only keep the disk busy.
    if (isOver) await Promise.all(others.map((name) => this.#try(name)));
    if (this.#waiting.size === 0) this.#end();
    else this.#arm();
  }

  async #hasRoom(): Promise<boolean> {
    return this.#room.isThere().catch(() => true);
  }

  async #try(name: string): Promise<boolean> {
    const goOn = this.#waiting.get(name);
    if (!goOn) return true;
    this.#waiting.delete(name);
    try {
      await goOn();
      return true;
    } catch {
      if (!this.#waiting.has(name)) this.#waiting.set(name, goOn);
      return false;
    }
  }

  #end(): void {
    this.#disarm?.();
    if (!this.#present) return;
    this.#present = null;
    this.#room.hold();
    this.#parts.onChange?.(null);
  }
}
