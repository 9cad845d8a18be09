import { type Clock, systemClock } from '../lib/clock.ts';
import type { HeldLease, Holder, Lease, LeaseAnswer, LeaseLimits, LeaseList, Leases, LeaseWish } from './leases.ts';
import {
  type Decision,
  decideAcquire,
  decideForce,
  decideRelease,
  decideRenew,
  evicted,
  forgotten,
  type LeaseRecord,
  leaseOf,
  type Room,
  roomFor,
  wasReleased,
} from './leases-rules.ts';

const unlimited: LeaseLimits = { nodes: null, processes: null };

/** Leases that last as long as the program, for tests and trials. */
export class LeasesInMemory implements Leases {
  readonly #clock: Clock;
  readonly #limits: LeaseLimits;
  readonly #records = new Map<string, LeaseRecord>();

  constructor(clock: Clock = systemClock, limits: LeaseLimits = unlimited) {
    this.#clock = clock;
    this.#limits = limits;
  }

  async acquire(holder: Holder, wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]> {
    const now = this.#clock.now();
    return wishes.map((wish) => {
      const record = this.#records.get(wish.process);
      return this.#settle(decideAcquire(record, holder, wish, now, this.#room(holder.node)));
    });
  }

  async renew(holder: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]> {
    const now = this.#clock.now();
    return held.map((one) => this.#settle(decideRenew(this.#records.get(one.process), holder, one, now)));
  }

  async release(holder: Holder, process: string, epoch: number, to?: string): Promise<boolean> {
    const record = this.#records.get(process);
    const next = decideRelease(record, holder, epoch, this.#clock.now(), to);
    if (next) this.#records.set(process, next);
    return next !== undefined || wasReleased(record, epoch);
  }

  async force(holder: Holder, wish: LeaseWish): Promise<Lease> {
    const decision = decideForce(this.#records.get(wish.process), holder, wish, this.#clock.now());
    return (this.#settle(decision) as LeaseAnswer & { granted: true }).lease;
  }

  async evict(node: string): Promise<string[]> {
    const theirs = [...this.#records.values()].filter(({ owner }) => owner === node);
    for (const record of theirs) this.#records.set(record.process, evicted(record, this.#clock.now()));
    return theirs.map(({ process }) => process);
  }

  async forget(holder: Holder, process: string, epoch: number): Promise<boolean> {
    const record = this.#records.get(process);
    if (record?.isForgotten) return record.epoch === epoch;
    if (!record || !decideRelease(record, holder, epoch, this.#clock.now())) return false;
    this.#records.set(process, forgotten(record));
    return true;
  }

  async list(): Promise<LeaseList> {
    return { now: this.#clock.now(), leases: this.#known().map(leaseOf), limits: this.#limits };
  }

  #known(): LeaseRecord[] {
    return [...this.#records.values()].filter(({ isForgotten }) => !isForgotten);
  }

  #room(node: string): Room {
    return roomFor(
      node,
      this.#known().map(({ owner }) => owner),
      this.#limits,
    );
  }

  #settle({ answer, next }: Decision): LeaseAnswer {
    if (next) this.#records.set(next.process, next);
    return answer;
  }
}
