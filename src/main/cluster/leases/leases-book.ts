import type { HeldLease, Holder, Lease, LeaseAnswer, LeaseLimits, LeaseList, LeaseWish } from './leases.ts';
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
  roomFor,
  wasReleased,
} from './leases-rules.ts';

/** The records of all leases, as a store shows them inside one transaction. */
export interface LeaseBook {
  get(process: string): LeaseRecord | undefined;
  put(record: LeaseRecord): void;
  all(): LeaseRecord[];
}

export const unlimited: LeaseLimits = { nodes: null, processes: null };

/** What each question does to a book at a moment of the arbiter's clock. */
export class LeaseDesk {
  readonly #book: LeaseBook;
  readonly #now: number;
  readonly #limits: LeaseLimits;

  constructor(book: LeaseBook, now: number, limits: LeaseLimits = unlimited) {
    this.#book = book;
    this.#now = now;
    this.#limits = limits;
  }

  acquire(holder: Holder, wishes: readonly LeaseWish[]): LeaseAnswer[] {
    return wishes.map((wish) => {
      const room = this.#isUnlimited ? endless : roomFor(holder.node, this.#owners(), this.#limits);
      return this.#settle(decideAcquire(this.#book.get(wish.process), holder, wish, this.#now, room));
    });
  }

  renew(holder: Holder, held: readonly HeldLease[]): LeaseAnswer[] {
    return held.map((one) => this.#settle(decideRenew(this.#book.get(one.process), holder, one, this.#now)));
  }

  release(holder: Holder, process: string, epoch: number, to?: string): boolean {
    const record = this.#book.get(process);
    const next = decideRelease(record, holder, epoch, this.#now, to);
    if (next) this.#book.put(next);
    return next !== undefined || wasReleased(record, epoch);
  }

  force(holder: Holder, wish: LeaseWish): Lease {
    const { next } = decideForce(this.#book.get(wish.process), holder, wish, this.#now);
    this.#book.put(next);
    return leaseOf(next);
  }

  evict(node: string): string[] {
    const theirs = this.#book.all().filter(({ owner }) => owner === node);
    for (const record of theirs) this.#book.put(evicted(record, this.#now));
    return theirs.map(({ process }) => process);
  }

  forget(holder: Holder, process: string, epoch: number): boolean {
    const record = this.#book.get(process);
    if (record?.isForgotten) return record.epoch === epoch;
    if (!record || !decideRelease(record, holder, epoch, this.#now)) return false;
    this.#book.put(forgotten(record));
    return true;
  }

  /** A cluster begins: of an earlier one only the epochs count, and what `self` has. */
  beginAnew(self: string): void {
    for (const record of this.#known()) if (record.owner !== self) this.#book.put(forgotten(record));
  }

  list(): LeaseList {
    return { now: this.#now, leases: this.#known().map(leaseOf), limits: this.#limits };
  }

  get #isUnlimited(): boolean {
    return this.#limits.nodes === null && this.#limits.processes === null;
  }

  #known(): LeaseRecord[] {
    return this.#book.all().filter(({ isForgotten }) => !isForgotten);
  }

  #owners(): (string | null)[] {
    return this.#known().map(({ owner }) => owner);
  }

  #settle({ answer, next }: Decision): LeaseAnswer {
    if (next) this.#book.put(next);
    return answer;
  }
}

const endless = { node: true, process: true };
