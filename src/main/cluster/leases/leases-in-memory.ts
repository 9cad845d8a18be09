import { type Clock, systemClock } from '../../lib/clock.ts';
import type { HeldLease, Holder, Lease, LeaseAnswer, LeaseLimits, LeaseList, Leases, LeaseWish } from './leases.ts';
import { type LeaseBook, LeaseDesk, unlimited } from './leases-book.ts';
import type { LeaseRecord } from './leases-rules.ts';

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
    return this.#desk().acquire(holder, wishes);
  }

  async renew(holder: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]> {
    return this.#desk().renew(holder, held);
  }

  async release(holder: Holder, process: string, epoch: number, to?: string): Promise<boolean> {
    return this.#desk().release(holder, process, epoch, to);
  }

  async force(holder: Holder, wish: LeaseWish): Promise<Lease> {
    return this.#desk().force(holder, wish);
  }

  async evict(node: string): Promise<string[]> {
    return this.#desk().evict(node);
  }

  async forget(holder: Holder, process: string, epoch: number): Promise<boolean> {
    return this.#desk().forget(holder, process, epoch);
  }

  async list(): Promise<LeaseList> {
    return this.#desk().list();
  }

  #desk(): LeaseDesk {
    return new LeaseDesk(bookOf(this.#records), this.#clock.now(), this.#limits);
  }
}

/** A book that is a map; what is put into it is in the map. */
export function bookOf(records: Map<string, LeaseRecord>): LeaseBook {
  return {
    get: (process) => records.get(process),
    put: (record) => void records.set(record.process, record),
    all: () => [...records.values()],
  };
}
