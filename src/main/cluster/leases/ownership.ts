import { asError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { Head } from '../../journal/journal.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { type Awaited, notGiven, type Refused, unanswered } from './awaited.ts';
import type { Holdings } from './holdings.ts';
import {
  abortAfterMs,
  type Failover,
  type HeldLease,
  type Holder,
  type Lease,
  type LeaseAnswer,
  type LeaseList,
  type Leases,
  type LeaseWish,
  renewEveryMs,
  stopStepsAfterMs,
} from './leases.ts';
import { type Moment, type SleeplessClock, systemSleeplessClock } from './ownership-clock.ts';

/**
 * What a silent arbiter means for a process that pauses: after 11 s no step begins any more, after 14 s what is under way
 * is broken off, and when the arbiter answers again and the lease is still held, it goes on.
 */
export type Silence = 'pause' | 'abort' | 'back';

export interface LeasedOwnershipOptions {
  leases: Leases;
  holder: Holder;
  /** Whether all processes pause when cut off, whatever their policy: where the journal is on the other side too. */
  pausesAlways?: boolean;
  /** Where the journal of a process ends, to be told with each renewal. */
  head?: (process: string) => Head | undefined;
  log?: (level: 'info' | 'warn', message: string, details: JsonObject) => void;
  clock?: Clock;
  sleepless?: SleeplessClock;
}

interface Held {
  readonly process: string;
  epoch: number;
  /** What the definition says now. */
  wish: Failover;
  /** What the arbiter goes by; `null` until it has answered. */
  granted: Failover | null;
  /** When the question was sent that was last answered: the lease is counted from there. */
  asked: Moment;
  told: 'nothing' | 'pause' | 'abort';
}

/** A machine that wakes up looks at its leases at the latest so much later. */
const lookEveryMs = 1_000;

/**
 * Which processes this node may work on, as far as it knows by itself.
 *
 * Invariants:
 *   O1. A lease is counted from before the question was sent, by the clock that shows the most time.
 *   O2. `owns` measures when it is asked; no timer has to have gone off.
 *   O3. A policy that makes a process pause holds from when it is told to the arbiter, one that lets it go on only from
 *       when the arbiter has answered: whichever of the two the arbiter goes by, this node is no bolder.
 */
export class LeasedOwnership implements Holdings {
  readonly #leases: Leases;
  readonly #holder: Holder;
  readonly #pausesAlways: boolean;
  readonly #head: NonNullable<LeasedOwnershipOptions['head']>;
  readonly #log: NonNullable<LeasedOwnershipOptions['log']>;
  readonly #clock: Clock;
  readonly #sleepless: SleeplessClock;
  readonly #held = new Map<string, Held>();
  /** Of processes that were held: so that nothing of theirs can pass for unowned. */
  readonly #lastEpochs = new Map<string, number>();
  /** What was said of processes that were asked for and not given. */
  readonly #refused = new Map<string, Refused>();
  readonly #lostListeners = new Set<(process: string, epoch: number, lease: Lease | null) => void>();
  readonly #silenceListeners = new Set<(process: string, silence: Silence) => void>();
  #renewing: Promise<void> | undefined;
  #renewingNext: Promise<void> | undefined;
  #lastRenewal: Moment | undefined;
  #disarm: (() => void) | undefined;

  constructor({ leases, holder, pausesAlways = false, head, log, clock, sleepless }: LeasedOwnershipOptions) {
    this.#leases = leases;
    this.#holder = holder;
    this.#pausesAlways = pausesAlways;
    this.#head = head ?? (() => undefined);
    this.#log = log ?? (() => {});
    this.#clock = clock ?? systemClock;
    this.#sleepless = sleepless ?? systemSleeplessClock;
  }

  /** 0 for streams of the node itself and for what was never owned here; of what is lost, what it was: no entry may pass for unowned. */
  epoch(process: string): number {
    return this.#held.get(process)?.epoch ?? this.#lastEpochs.get(process) ?? 0;
  }

  /** Which start of this node asks. */
  get session(): string {
    return this.#holder.session;
  }

  owns(process: string): boolean {
    if (process.startsWith('@')) return true;
    const held = this.#held.get(process);
    if (!held) return false;
    return !this.#pauses(held) || this.#sleepless.since(held.asked) < stopStepsAfterMs;
  }

  isHeld(process: string): boolean {
    return this.#held.has(process);
  }

  awaited(process: string): Awaited | null {
    const held = this.#held.get(process);
    const refused = this.#refused.get(process);
    if (!held) return refused ? notGiven(refused) : null;
    if (this.owns(process)) return null;
    const silentMs = this.#sleepless.since(held.asked);
    return Number.isFinite(silentMs) ? unanswered(this.#clock.now() - silentMs) : null;
  }

  /** What is held, and for how long the arbiter has not answered about each. */
  held(): { process: string; epoch: number; failover: Failover; silentMs: number; pauses: boolean }[] {
    return [...this.#held.values()].map((held) => ({
      process: held.process,
      epoch: held.epoch,
      failover: held.wish,
      silentMs: this.#sleepless.since(held.asked),
      pauses: this.#pauses(held),
    }));
  }

  list(): Promise<LeaseList> {
    return this.#leases.list();
  }

  /** `epoch` is that of the ownership that is over; `lease` what the arbiter knows. */
  onLost(listener: (process: string, epoch: number, lease: Lease | null) => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  onSilence(listener: (process: string, silence: Silence) => void): () => void {
    this.#silenceListeners.add(listener);
    return () => this.#silenceListeners.delete(listener);
  }

  /** Begins to renew, and to watch what is not. */
  start(): void {
    this.#look();
  }

  /** Renews no more. Leases that were not released last on for their time. */
  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  /** Asks for processes; those that are granted are owned when this resolves. @throws what `Leases` throws. */
  async acquire(wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]> {
    const asked = this.#sleepless.mark();
    const answers = await this.#leases.acquire(this.#holder, wishes);
    for (const { process, failover } of wishes) {
      const held = this.#held.get(process);
      if (held) held.wish = failover;
    }
    for (const answer of answers) {
      if (answer.granted) this.#hold(answer.lease, asked);
      else this.#noteRefused(answer);
    }
    return answers;
  }

  async claim(wish: LeaseWish): Promise<LeaseAnswer> {
    const [answer] = await this.acquire([wish]);
    return answer as LeaseAnswer;
  }

  /** Takes a process from whoever has it: a person's decision. */
  async force(wish: LeaseWish): Promise<Lease> {
    const asked = this.#sleepless.mark();
    const lease = await this.#leases.force(this.#holder, wish);
    this.#hold(lease, asked);
    return lease;
  }

  /**
   * Goes on with a process that this node owned when it was last heard of, before the arbiter can be asked. Only one that
   * stays where it is may begin before the arbiter has answered.
   */
  assume(process: string, epoch: number, failover: Failover): void {
    if (this.#held.has(process)) return;
    const asked = { steady: Number.NEGATIVE_INFINITY, up: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
    const waits = this.#pausesAlways || failover === 'auto';
    this.#held.set(process, {
      process,
      epoch,
      wish: failover,
      granted: null,
      asked,
      told: waits ? 'abort' : 'nothing',
    });
  }

  /** Gives a process back, for a certain node or for any; it is not owned from this moment on. */
  async release(process: string, to?: string): Promise<boolean> {
    const held = this.#held.get(process);
    if (!held) return false;
    this.#drop(process);
    return this.#leases.release(this.#holder, process, held.epoch, to);
  }

  /** The process was deleted. */
  async forget(process: string): Promise<boolean> {
    this.#refused.delete(process);
    const held = this.#held.get(process);
    if (!held) return false;
    this.#drop(process);
    return this.#leases.forget(this.#holder, process, held.epoch);
  }

  /** The definition of a process has another policy now; the arbiter is told at once, since it goes by what it knows. */
  follow(process: string, failover: Failover): void {
    const held = this.#held.get(process);
    if (!held || held.wish === failover) return;
    held.wish = failover;
    if (held.granted !== null && held.granted !== failover) void this.renew();
  }

  /**
   * Renews at once, such as when the machine has woken up. Resolves when the answer was taken in, or did not come. A
   * question that is on its way already says what was so when it was sent, so another one follows it.
   */
  renew(): Promise<void> {
    if (this.#renewing) this.#renewingNext ??= this.#renewing.then(() => this.renew());
    else {
      this.#renewingNext = undefined;
      this.#renewing = this.#renew().finally(() => (this.#renewing = undefined));
    }
    return this.#renewingNext ?? (this.#renewing as Promise<void>);
  }

  #look(): void {
    this.#disarm?.();
    this.#disarm = this.#clock.after(this.#nextLookMs(), () => this.#look());
    this.#tellSilence();
    const isDue = !this.#lastRenewal || this.#sleepless.since(this.#lastRenewal) >= renewEveryMs;
    if (isDue && this.#held.size > 0 && !this.#renewing) void this.renew();
  }

  /** So that steps are broken off when it is time, and not up to a second later. */
  #nextLookMs(): number {
    let next = lookEveryMs;
    for (const held of this.#held.values()) {
      if (!this.#pauses(held) || held.told === 'abort') continue;
      const limit = held.told === 'pause' ? abortAfterMs : stopStepsAfterMs;
      next = Math.min(next, Math.max(1, limit - this.#sleepless.since(held.asked)));
    }
    return next;
  }

  #tellSilence(): void {
    for (const held of [...this.#held.values()]) {
      if (!this.#pauses(held)) continue;
      const silentMs = this.#sleepless.since(held.asked);
      if (silentMs >= stopStepsAfterMs && held.told === 'nothing') {
        held.told = 'pause';
        this.#tell(held.process, 'pause');
      }
      if (silentMs >= abortAfterMs && held.told === 'pause') {
        held.told = 'abort';
        this.#tell(held.process, 'abort');
      }
    }
  }

  async #renew(): Promise<void> {
    const asked = this.#sleepless.mark();
    this.#lastRenewal = asked;
    const known = [...this.#held.values()].filter(({ granted }) => granted !== null);
    const assumed = [...this.#held.values()].filter(({ granted }) => granted === null);
    try {
      const answers = [
        ...(known.length > 0
          ? await this.#leases.renew(
              this.#holder,
              known.map((held) => this.#question(held)),
            )
          : []),
        ...(assumed.length > 0
          ? await this.#leases.acquire(
              this.#holder,
              assumed.map(({ process, wish }) => ({ process, failover: wish })),
            )
          : []),
      ];
      for (const answer of answers) this.#takeIn(answer, asked, [...known, ...assumed]);
    } catch (thrown) {
      const { message } = asError(thrown);
      this.#log('warn', 'leases could not be renewed', { reason: message, processes: this.#held.size });
    }
  }

  #question({ process, epoch, wish }: Held): HeldLease {
    const head = this.#head(process);
    return { process, epoch, failover: wish, ...(head ? { head } : {}) };
  }

  #takeIn(answer: LeaseAnswer, asked: Moment, about: readonly Held[]): void {
    const { process } = answer;
    const held = this.#held.get(process);
    // It may have been released, or taken anew, while the question was on its way.
    if (!held || !about.includes(held)) return;
    if (answer.granted) {
      this.#hold(answer.lease, asked);
      return;
    }
    // A full hub gives a running process no place, and takes none from it either.
    if (answer.refusal === 'limit') return;
    this.#drop(process);
    for (const listener of [...this.#lostListeners]) listener(process, held.epoch, answer.lease);
  }

  #noteRefused(answer: Omit<Refused, 'since'>): void {
    const since = this.#refused.get(answer.process)?.since ?? this.#clock.now();
    this.#refused.set(answer.process, { ...answer, since });
  }

  #hold(lease: Lease, asked: Moment): void {
    const { process, epoch, failover } = lease;
    this.#refused.delete(process);
    const held = this.#held.get(process);
    if (!held) {
      this.#held.set(process, { process, epoch, wish: failover, granted: failover, asked, told: 'nothing' });
      return;
    }
    // Two questions may be under way; the answer to the later one counts.
    if (held.epoch > epoch || this.#sleepless.since(asked) > this.#sleepless.since(held.asked)) return;
    // A machine that has just woken up may get the answer before it has looked at its clocks.
    const wasSilent = held.told !== 'nothing' || !this.owns(process);
    held.epoch = epoch;
    held.granted = failover;
    held.asked = asked;
    if (!wasSilent || this.#sleepless.since(asked) >= stopStepsAfterMs) return;
    held.told = 'nothing';
    this.#tell(process, 'back');
  }

  #tell(process: string, silence: Silence): void {
    for (const listener of [...this.#silenceListeners]) listener(process, silence);
  }

  #drop(process: string): void {
    const held = this.#held.get(process);
    if (held) this.#lastEpochs.set(process, held.epoch);
    this.#held.delete(process);
  }

  #pauses({ wish, granted }: Held): boolean {
    return this.#pausesAlways || wish === 'auto' || granted === 'auto';
  }
}
