import { RuntimeError } from '../../../shared/errors.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { StandbyGate } from '../moving/standby-gate.ts';
import type { Peers } from '../peers.ts';
import type { Holdings } from './holdings.ts';
import type { Lease } from './leases.ts';

/** The lease of a process, after the arbiter has heard of this node. @throws RuntimeError `LEASE_LOST`, `PEER_UNREACHABLE`. */
export async function confirmLease(holdings: Holdings, self: string, process: string): Promise<Lease> {
  await holdings.renew();
  const { leases } = await holdings.list();
  const lease = leases.find((one) => one.process === process);
  if (lease?.owner === self && lease.epoch === holdings.epoch(process) && holdings.isHeld(process)) return lease;
  throw new RuntimeError('LEASE_LOST', `"${process}" is not this node's any more.`, { process });
}

export interface WithoutCopyParts {
  readonly holdings: Holdings;
  readonly peers: Pick<Peers, 'self'>;
  readonly gate: StandbyGate;
  readonly local: Pick<LocalNode, 'process'>;
}

/**
 * Lets a process go on whose synchronous copy has nobody to keep it; not before the arbiter knows that nobody may take it
 * over by itself, since what is done from now on is in no copy. Never throws.
 */
export async function goOnWithoutCopy(
  { holdings, peers, gate, local }: WithoutCopyParts,
  process: string,
): Promise<void> {
  if (gate.isOpen(process) || local.process(process)?.placement.shipping !== 'sync') return;
  try {
    holdings.follow(process, 'manual');
    if ((await confirmLease(holdings, peers.self, process)).failover === 'manual') gate.giveUp(process);
  } catch {
    // Cut off from the arbiter as well: whatever it would say yes to might be lost.
  }
}
