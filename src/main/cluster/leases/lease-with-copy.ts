import { RuntimeError } from '../../../shared/errors.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import { failoverFor } from '../moving/placement-in.ts';
import type { StandbyGate } from '../moving/standby-gate.ts';
import type { Peers } from '../peers.ts';
import type { Holdings } from './holdings.ts';
import type { Lease } from './leases.ts';

/** The lease of a process, after the arbiter has heard of this node, and where the journal ended when it was asked. @throws RuntimeError `LEASE_LOST`, `PEER_UNREACHABLE`. */
export async function confirmLease(holdings: Holdings, self: string, process: string): Promise<Lease> {
  await holdings.renew();
  const { leases } = await holdings.list();
  const lease = leases.find((one) => one.process === process);
  if (lease?.owner === self && lease.epoch === holdings.epoch(process) && holdings.isHeld(process)) return lease;
  throw new RuntimeError('LEASE_LOST', `"${process}" is not this node's any more.`, { process });
}

export interface LeasesWithCopiesParts {
  readonly holdings: Holdings;
  readonly peers: Pick<Peers, 'self'>;
  readonly gate: StandbyGate;
  readonly local: Pick<LocalNode, 'process' | 'processes'>;
}

/**
 * What the arbiter is told of whether another node may take a process over by itself.
 *
 * Invariants:
 *   W1. While one goes on whose synchronous copy has nobody to keep it, the arbiter has it as `manual`, since what is done
 *       meanwhile is in no copy. It hears so before the process goes on, and nothing else until a copy lacks nothing.
 *   W2. When a copy lacks nothing again, the arbiter is told at once: an owner that is lost then is followed.
 */
export class LeasesWithCopies {
  readonly #parts: LeasesWithCopiesParts;
  /** Those the arbiter is being asked about. */
  readonly #asked = new Set<string>();

  constructor(parts: LeasesWithCopiesParts) {
    this.#parts = parts;
    parts.gate.onClose((process) => {
      this.#follow(process);
      void parts.holdings.renew();
    });
  }

  /** Definitions may have changed: the arbiter hears of it. */
  followAll(): void {
    for (const { name } of this.#parts.local.processes()) this.#follow(name);
  }

  /** Lets a process go on whose synchronous copy has nobody to keep it, if the arbiter knows. Never throws. */
  async goOnWithoutCopy(process: string): Promise<void> {
    const { holdings, peers, gate, local } = this.#parts;
    const isSync = local.process(process)?.placement.shipping === 'sync';
    if (!isSync || gate.isOpen(process) || this.#asked.has(process)) return;
    this.#asked.add(process);
    try {
      this.#follow(process);
      if ((await confirmLease(holdings, peers.self, process)).failover === 'manual') gate.giveUp(process);
    } catch {
      // Cut off from the arbiter as well: whatever it would say yes to might be lost.
    } finally {
      this.#asked.delete(process);
      this.#follow(process);
    }
  }

  #follow(name: string): void {
    const { holdings, gate, local } = this.#parts;
    const process = local.process(name);
    if (!process) return;
    const isWithout = gate.isOpen(name) || this.#asked.has(name);
    holdings.follow(name, isWithout ? 'manual' : failoverFor(process));
  }
}
