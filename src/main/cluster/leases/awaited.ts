import type { LeaseAnswer } from './leases.ts';

/** Why a process may not work here, for a person; `since` in epoch ms. */
export interface Awaited {
  code: 'LEASE_LOST';
  message: string;
  since: number;
}

export type Refused = Extract<LeaseAnswer, { granted: false }> & { since: number };

/** Nobody gave this node the lease. */
export function notGiven({ lease, refusal, since }: Refused): Awaited {
  const owner = lease?.owner ?? lease?.reservedFor;
  const message =
    refusal === 'limit'
      ? 'The hub has as many nodes and agents as it takes.'
      : owner
        ? `Node ${owner} owns it. If that node will not come back, forget it, and it goes on here by itself.`
        : 'Nobody says yet whose it is.';
  return { code: 'LEASE_LOST', message, since };
}

/** The lease is this node's, but whoever decides has not been heard of for too long. */
export function unanswered(since: number): Awaited {
  return { code: 'LEASE_LOST', message: 'The node that decides who owns what does not answer.', since };
}
