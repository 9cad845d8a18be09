import type { Awaited } from './awaited.ts';
import type { Holdings } from './holdings.ts';
import type { Lease, LeaseAnswer, LeaseList, LeaseWish } from './leases.ts';
import { unlimited } from './leases-book.ts';
import type { LeasedOwnership } from './ownership.ts';

export interface NodeHoldingsParts {
  readonly leased: LeasedOwnership;
  /** Whether this node is in a cluster at this moment. */
  readonly isClustered: () => boolean;
  /** The highest ownership that the journal knows of each process. */
  readonly known: ReadonlyMap<string, number>;
}

/**
 * Who may work on what, in and outside a cluster: alone, a node owns what it has, under the last epoch that its journal
 * knows; in a cluster the leases say so. People create and leave clusters while processes run.
 */
export class NodeHoldings implements Holdings {
  readonly #leased: LeasedOwnership;
  readonly #isClustered: () => boolean;
  readonly #known: ReadonlyMap<string, number>;

  constructor({ leased, isClustered, known }: NodeHoldingsParts) {
    this.#leased = leased;
    this.#isClustered = isClustered;
    this.#known = known;
  }

  epoch(process: string): number {
    return Math.max(this.#leased.epoch(process), this.#known.get(process) ?? 0);
  }

  owns(process: string): boolean {
    return !this.#isClustered() || this.#leased.owns(process);
  }

  awaited(process: string): Awaited | null {
    return this.#isClustered() ? this.#leased.awaited(process) : null;
  }

  isHeld(process: string): boolean {
    return !this.#isClustered() || this.#leased.isHeld(process);
  }

  async claim(wish: LeaseWish): Promise<LeaseAnswer> {
    if (this.#isClustered()) return this.#leased.claim(wish);
    return { granted: true, process: wish.process, lease: this.#alone(wish) };
  }

  assume(process: string, epoch: number, failover: LeaseWish['failover']): void {
    if (this.#isClustered()) this.#leased.assume(process, epoch, failover);
  }

  follow(process: string, failover: LeaseWish['failover']): void {
    this.#leased.follow(process, failover);
  }

  async renew(): Promise<void> {
    if (this.#isClustered()) await this.#leased.renew();
  }

  async force(wish: LeaseWish): Promise<Lease> {
    return this.#isClustered() ? this.#leased.force(wish) : this.#alone(wish);
  }

  async release(process: string, to?: string): Promise<boolean> {
    return this.#isClustered() && this.#leased.release(process, to);
  }

  async forget(process: string): Promise<boolean> {
    return this.#isClustered() && this.#leased.forget(process);
  }

  async list(): Promise<LeaseList> {
    return this.#isClustered() ? this.#leased.list() : { now: 0, leases: [], limits: unlimited };
  }

  onLost(listener: (process: string, epoch: number) => void): () => void {
    return this.#leased.onLost(listener);
  }

  #alone({ process, failover }: LeaseWish): Lease {
    const epoch = this.epoch(process);
    const none = { owner: null, session: null, freeAt: null, reservedFor: null, head: null };
    return { ...none, process, failover, epoch, renewedAt: 0, expiresAt: 0 };
  }
}
