import type { Awaited } from './awaited.ts';
import type { Lease, LeaseAnswer, LeaseList, LeaseWish } from './leases.ts';

/**
 * The leases that this node holds, kept alive: the holder's side of `Leases`, and what a process asks before each step
 * (`processes/ownership.ts`).
 */
export interface Holdings {
  /** The number of this node's ownership of a process; 0 where it has none. */
  epoch(process: string): number;
  /** Whether a further step may begin here. */
  owns(process: string): boolean;
  /** Why it may not work here, for a person; null where it may, or nobody has said so yet. */
  awaited(process: string): Awaited | null;
  /** Whether its lease is this node's, as far as it knows; it may pause all the same. */
  isHeld(process: string): boolean;
  /** Goes on with a process that stays where it is, under its last epoch, before the arbiter can be asked. */
  assume(process: string, epoch: number, failover: LeaseWish['failover']): void;
  /** Asks for a process, and keeps its lease alive from then on. @throws RuntimeError `PEER_UNREACHABLE`. */
  claim(wish: LeaseWish): Promise<LeaseAnswer>;
  /** What its definition says now of what happens when its node is not heard of. */
  follow(process: string, failover: LeaseWish['failover']): void;
  /** Tells the arbiter now what it is told from time to time. Resolves whether or not it answered. */
  renew(): Promise<void>;
  /** Takes it from whoever has it, because a person says so. @throws RuntimeError `PEER_UNREACHABLE`. */
  force(wish: LeaseWish): Promise<Lease>;
  /** Gives it back, for a certain node or for any. Whether it was this node's to give. @throws RuntimeError `PEER_UNREACHABLE`. */
  release(process: string, to?: string): Promise<boolean>;
  /** It was deleted. Whether it was this node's. @throws RuntimeError `PEER_UNREACHABLE`. */
  forget(process: string): Promise<boolean>;
  /** All leases of the cluster, as the arbiter has them. @throws RuntimeError `PEER_UNREACHABLE`. */
  list(): Promise<LeaseList>;
  /** Calls back when another node has become the owner of a process that was held here. Returns what undoes it. */
  onLost(listener: (process: string, epoch: number) => void): () => void;
}
