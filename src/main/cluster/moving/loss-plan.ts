import type { LossView } from '../../../shared/views/crossing-views.ts';
import type { Lease } from '../leases/leases.ts';
import { behindMs, lookSoonMs } from './take-overs.ts';

/** The node that would go on with a process. */
export interface Heir {
  readonly node: string;
  readonly name: string;
  /** The newest entry of its copy. */
  readonly copySeq: number;
  readonly isSync: boolean;
  /** It takes no process in. */
  readonly isDrained: boolean;
  /** What it lacks of what the process needs. */
  readonly lacks: readonly string[];
}

export interface LossFacts {
  readonly lease: Lease;
  /** By the arbiter's clock. */
  readonly now: number;
  readonly heir: Heir | null;
  /** The name of the node that would be lost. */
  readonly lost: string;
  /** That node decides who owns what. */
  readonly isArbiter: boolean;
}

type LostAgent = LossView['agents'][number];

/** What would become of a process if its node were gone from now on: the rules of take-overs, told instead of followed. */
export function afterLoss({ lease, now, heir, lost, isArbiter }: LossFacts): LostAgent {
  const { process, failover, freeAt, head } = lease;
  const missing = heir && head ? Math.max(0, head.seq - heir.copySeq) : null;
  const about = { process, to: heir?.node ?? null, missing, lacks: [...(heir?.lacks ?? [])] };
  const waits = (reason: string): LostAgent => ({ ...about, outcome: 'waits', withinMs: null, reason });
  if (isArbiter) return waits(`${lost} decides who owns what: until it is back, no other node can have it.`);
  if (failover === 'manual' || freeAt === null)
    return waits(
      heir
        ? `Only a person gives it to another node; ${heir.name} has a copy of its journal.`
        : 'Only a person gives it to another node, and none that answers has a copy of its journal.',
    );
  if (!heir) return waits('No node that answers has a copy of its journal.');
  if (heir.isDrained) return waits(`${heir.name} has its copy, but is drained and takes nothing in.`);
  if (missing && heir.isSync)
    return waits(`Nothing of it may be lost, and the copy on ${heir.name} is not level at this moment.`);
  const withinMs = Math.max(0, freeAt - now) + (missing ? behindMs : 0) + lookSoonMs;
  const reason = missing ? `${heir.name} goes on with what its copy has.` : `${heir.name} goes on from its copy.`;
  return { ...about, outcome: 'moves', withinMs, reason };
}
