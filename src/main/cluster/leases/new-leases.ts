import type { LocalProcess } from '../../../shared/crossing.ts';
import { toWire } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import { failoverFor } from '../moving/placement-in.ts';
import type { Holdings } from './holdings.ts';
import type { LeaseRefusal } from './leases.ts';

export interface NewLeasesParts {
  readonly holdings: Pick<Holdings, 'isHeld' | 'claim'>;
  readonly journal: Pick<GraftableJournal, 'fence'>;
  readonly local: Pick<LocalNode, 'goOn' | 'say' | 'log'>;
}

/** Asks for leases of processes that were made here, which may not work before they have them. */
export class NewLeases {
  readonly #parts: NewLeasesParts;
  readonly #claiming = new Set<string>();
  /** Why processes here have no lease, as it was told. */
  readonly #refused = new Map<string, LeaseRefusal>();

  constructor(parts: NewLeasesParts) {
    this.#parts = parts;
  }

  /** Does nothing where the process has one, or is being asked for already. */
  async claim(process: LocalProcess): Promise<void> {
    const { name } = process;
    const { holdings, journal, local } = this.#parts;
    if (holdings.isHeld(name) || this.#claiming.has(name)) return;
    this.#claiming.add(name);
    try {
      const answer = await holdings.claim({ process: name, failover: failoverFor(process) });
      if (answer.granted) {
        await journal.fence(name, answer.lease.epoch);
        local.goOn(name);
        if (this.#refused.delete(name)) local.say({ kind: 'process.changed', process: name, state: 'owned', text: '' });
      } else this.#tellRefused(name, answer.refusal);
    } catch (thrown) {
      local.log('warn', `"${name}" waits for the arbiter`, { code: toWire(thrown).code });
    } finally {
      this.#claiming.delete(name);
    }
  }

  /** Once: it is asked for again and again. */
  #tellRefused(process: string, refusal: LeaseRefusal): void {
    if (this.#refused.get(process) === refusal) return;
    this.#refused.set(process, refusal);
    const { local } = this.#parts;
    local.log('error', `"${process}" may not run here: its lease is ${refusal}`, { process });
    local.say({ kind: 'process.changed', process, state: 'waits', text: refusal });
    if (refusal !== 'limit') return;
    const text = `"${process}" waits: the hub has as many nodes and agents as it takes.`;
    local.say({ kind: 'cluster.changed', process, state: 'full', text });
  }
}
