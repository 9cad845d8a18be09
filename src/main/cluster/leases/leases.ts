import type { Head } from '../../journal/journal.ts';

/**
 * What happens to a process whose owner is not heard of. `manual`: it goes on there, and only a person gives it to another
 * node. `auto`: it stops there and goes on elsewhere. `eager`: it goes on there and elsewhere, since all it does may be
 * done twice.
 */
export type Failover = 'manual' | 'auto' | 'eager';

/** How long a lease lasts after the arbiter last heard of its owner. */
export const leaseMs = 15_000;
/** How often an owner renews all it has, with one question. */
export const renewEveryMs = 4_000;
/** An owner without an answer for as long begins no further step; counted from before it asked. */
export const stopStepsAfterMs = 11_000;
/** … and breaks off what it is doing. */
export const abortAfterMs = 14_000;
/** How much later than its end an `auto` lease goes to another node. */
export const takeOverMarginMs = 2_000;
/** An `eager` one goes when its owner is 5 s late. */
export const eagerAfterMs = renewEveryMs + 5_000;
/** How long a released process waits for the node that it was released for. */
export const reservedMs = 15_000;

/** Who holds leases: a node, and which start of it, so that what a killed program began is told from what runs now. */
export interface Holder {
  readonly node: string;
  readonly session: string;
}

/** Who may work on a process. All times are epoch milliseconds of the arbiter's clock. */
export interface Lease {
  readonly process: string;
  /** Grows with every change of owner or of its session; stands in every entry of the process's journal. */
  readonly epoch: number;
  /** `null`: nobody; the next node that asks gets it. */
  readonly owner: string | null;
  readonly session: string | null;
  readonly failover: Failover;
  readonly renewedAt: number;
  readonly expiresAt: number;
  /** From when on another node may have it without being told to by a person; `null`: never. */
  readonly freeAt: number | null;
  /** The node that it was released for, until `freeAt`. */
  readonly reservedFor: string | null;
  /** Where its journal ended when the owner last renewed; what somebody who takes over may lack. */
  readonly head: Head | null;
}

export interface LeaseWish {
  readonly process: string;
  readonly failover: Failover;
}

export interface HeldLease extends LeaseWish {
  readonly epoch: number;
  readonly head?: Head;
}

/**
 * Why a lease is not given or not renewed. `held`: another has it, or has it reserved. `stale`: the epoch is over.
 * `unknown`: there is no lease for that process. `limit`: the arbiter has as many as it takes.
 */
export type LeaseRefusal = 'held' | 'stale' | 'unknown' | 'limit';

export type LeaseAnswer =
  | { readonly granted: true; readonly process: string; readonly lease: Lease }
  | { readonly granted: false; readonly process: string; readonly refusal: LeaseRefusal; readonly lease: Lease | null };

/** What an arbiter takes; `null`: as much as its database does. */
export interface LeaseLimits {
  readonly nodes: number | null;
  readonly processes: number | null;
}

export interface LeaseList {
  /** The arbiter's clock. */
  readonly now: number;
  readonly leases: readonly Lease[];
  readonly limits: LeaseLimits;
}

/**
 * Who owns which process, decided in one place: one database, which every node of the cluster asks.
 *
 * Invariants:
 *   L1. At any moment of the arbiter's clock a process has at most one owner, and an epoch at most one owner ever.
 *   L2. Epochs of a process only grow, also when it is released, forgotten and made anew.
 *   L3. A lease that ended and that nobody took is renewed as if it had not.
 *   L4. The same question asked twice gives the same answer: an answer may be lost.
 *
 * All methods throw RuntimeError `PEER_UNREACHABLE` where the arbiter cannot be asked, and what its store throws.
 */
export interface Leases {
  /** Asks for processes that nobody owns, or whose owner is late enough. Answers in the order of the wishes. */
  acquire(holder: Holder, wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]>;
  /** All that a node has, in one question. */
  renew(holder: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]>;
  /** Gives a process back, for a certain node or for any. Whether it was still this owner's to give. */
  release(holder: Holder, process: string, epoch: number, to?: string): Promise<boolean>;
  /** Takes a process from whoever has it, because a person says so. Gives the epoch that fences the old owner. */
  force(holder: Holder, wish: LeaseWish): Promise<Lease>;
  /** Takes everything from a node that is no longer trusted. Names the processes. */
  evict(node: string): Promise<string[]>;
  /** Drops the lease of a process that was deleted; its epoch is remembered (L2). */
  forget(holder: Holder, process: string, epoch: number): Promise<boolean>;
  list(): Promise<LeaseList>;
}
