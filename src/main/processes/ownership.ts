import type { Outage } from './survival/outage.ts';

/**
 * Whether this node may work on a process. Outside a cluster it always may.
 *
 * Asked before every step and every append, not by a timer: a machine that slept finds out at the next thing it does
 * (Kleppmann, "How to do distributed locking", 2016).
 */
export interface Ownership {
  /** The number of this ownership, which stands in every entry; 0 outside a cluster. */
  epoch(process: string): number;
  /** Whether a further step may begin here. */
  owns(process: string): boolean;
  /** Why it may not, for a person; null where it may, or nobody has said so yet. */
  awaited?(process: string): Outage | null;
}

/** A node that stands alone owns what it has. */
export const alone: Ownership = { epoch: () => 0, owns: () => true };
