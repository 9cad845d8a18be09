import type { LeaseView } from '../../../shared/views/crossing-views.ts';
import type { Lease } from './leases.ts';

/** A lease as people see it: ages instead of times, since those are of the arbiter's clock. */
export function leaseView(lease: Lease, now: number, standby: string | null): LeaseView {
  const { process, epoch, owner, failover, renewedAt, freeAt, reservedFor, head } = lease;
  return {
    process,
    epoch,
    owner,
    failover,
    renewedAgoMs: Math.max(0, now - renewedAt),
    freeInMs: freeAt === null ? null : Math.max(0, freeAt - now),
    reservedFor,
    headSeq: head?.seq ?? null,
    standby,
  };
}
