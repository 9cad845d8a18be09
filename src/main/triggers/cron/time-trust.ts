import type { Clock } from '../../lib/clock.ts';

/** Why the clock of the computer is not gone by. */
export interface Suspicion {
  /** One sentence for a person. */
  reason: string;
  /** What the clock said when it was noticed (epoch ms). */
  at: number;
}

/** What the clock said (epoch ms), and how long the computer had been up then (ms), where that is known. */
export interface TimeBasis {
  wall: number;
  up: number | undefined;
}

/**
 * Who ended a suspicion: the clock, which is right again, or a person, who says that it is right as it is; what was
 * written down until `overruled` (epoch ms) was then written by a clock that had been ahead.
 */
export type TrustedBy = { by: 'clock' } | { by: 'person'; who: string; overruled: number };

type Listener = (suspicion: Suspicion | null, trusted: TrustedBy) => void;

const dayMs = 86_400_000;
/** Before this was written. A computer whose battery is empty begins in 1970, or when its firmware was made. */
const earliest = Date.UTC(2025, 0, 1);

/**
 * Whether the clock of the computer can be gone by. It cannot when it is evidently wrong: before 2025; more than a day
 * before the newest thing that was written down; or set by more than a day, which is told from sleep by how long the
 * computer has been up. Schedules stand still then, until it is right again or a person says that it is.
 */
export class TimeTrust {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  #suspicion: Suspicion | null = null;
  #newest = 0;
  #floor = earliest;
  /** Undefined before it could first be gone by. */
  #last: TimeBasis | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As it was at the last look. */
  get suspicion(): Suspicion | null {
    return this.#suspicion;
  }

  /** The newest time that was written down (epoch ms), as far as it is known and counts. */
  get newest(): number {
    return this.#newest;
  }

  /** What the clocks said when they were last gone by. */
  get basis(): TimeBasis | undefined {
    return this.#last;
  }

  /** What they said to an earlier program, while the computer was up as it is now. */
  goOnFrom(basis: TimeBasis): void {
    const { up } = this.#read();
    if (up !== undefined && basis.up !== undefined && up >= basis.up) this.#last = basis;
    this.look();
  }

  /** Something was written down at that time. */
  note(at: number): void {
    this.#newest = Math.max(this.#newest, at);
    this.look();
  }

  /** Looks at the clock now; gives why it is not gone by, or null. */
  look(): Suspicion | null {
    const now = this.#read();
    const reason = this.#wrong(now);
    if (reason === null) {
      this.#last = now;
      if (this.#suspicion) this.#change(null, { by: 'clock' });
    } else if (!this.#suspicion) this.#change({ reason, at: now.wall }, { by: 'clock' });
    return this.#suspicion;
  }

  /** A person says that the clock is right as it is. */
  trust(who: string): void {
    if (!this.look()) return;
    this.#last = this.#read();
    this.#floor = Math.min(earliest, this.#last.wall);
    const overruled = this.#newest;
    this.#newest = 0;
    this.#change(null, { by: 'person', who, overruled });
  }

  /** Tells of each change. Returns what undoes it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #wrong({ wall, up }: TimeBasis): string | null {
    const says = `The clock of this computer says ${day(wall)}`;
    if (wall < this.#floor) return `${says}, which cannot be.`;
    if (wall < this.#newest - dayMs) return `${says}, but something was written down on ${day(this.#newest)}.`;
    if (up === undefined || this.#last?.up === undefined) return null;
    const setBy = wall - this.#last.wall - (up - this.#last.up);
    if (Math.abs(setBy) <= dayMs) return null;
    const days = Math.round(Math.abs(setBy) / dayMs);
    return `${says}; it was set ${setBy > 0 ? 'forward' : 'back'} by ${days === 1 ? 'a day' : `${days} days`}.`;
  }

  #read(): TimeBasis {
    return { wall: this.#clock.now(), up: this.#clock.up?.() };
  }

  #change(suspicion: Suspicion | null, trusted: TrustedBy): void {
    this.#suspicion = suspicion;
    for (const listener of [...this.#listeners]) listener(suspicion, trusted);
  }
}

function day(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
