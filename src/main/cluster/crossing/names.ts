import { RuntimeError } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Homes } from './homes.ts';
import type { Roster } from './roster.ts';

/** How long the hub is waited for by somebody who makes an agent. */
const askMs = 2_000;

export interface NamesParts {
  readonly self: string;
  readonly clock: Clock;
  readonly roster: Roster;
  readonly holdings: Pick<Holdings, 'list' | 'claim' | 'epoch'>;
  readonly homes: Homes;
  readonly journal: Pick<GraftableJournal, 'cut' | 'fence' | 'epochOf'>;
  /** What is known of a stream outside the journal is no longer so. */
  onCut(process: string): Promise<void>;
}

/** Whether a process may be made here under a name. */
export class Names {
  readonly #parts: NamesParts;

  constructor(parts: NamesParts) {
    this.#parts = parts;
  }

  /** @throws RuntimeError `NAME_TAKEN` where a process of another node has it, as far as nodes told each other. */
  assertFree(name: string): void {
    const where = this.#parts.roster.whereIs(name);
    if (where) throw taken(name, where.node);
  }

  /**
   * Asks the hub; one that is away is asked later, but for a name whose process lived here and was given to another node.
   * What is left here of such a process is taken away where it lives no more: the new one is to know nothing of it.
   * @throws RuntimeError `NAME_TAKEN`, `CLUSTER_FULL`, `PEER_UNREACHABLE`.
   */
  async take(name: string): Promise<void> {
    const { homes, self } = this.#parts;
    const list = await this.#leases();
    const isFormer = homes.isElsewhere(name);
    if (!list) {
      if (!isFormer) return;
      const text = `"${name}" was given to another node, and the hub does not say whether it lives there still.`;
      throw new RuntimeError('PEER_UNREACHABLE', text, { name });
    }
    const lease = list.leases.find(({ process }) => process === name);
    const holder = lease?.owner ?? lease?.reservedFor ?? self;
    if (holder !== self) throw taken(name, holder);
    const most = list.limits.processes;
    if (most !== null && list.leases.length >= most) {
      const text = `The hub takes ${most} agents, so "${name}" has no place in this cluster.`;
      throw new RuntimeError('CLUSTER_FULL', text, { name, limit: most });
    }
    await this.#begin(name, isFormer);
  }

  async #leases() {
    const { holdings, clock } = this.#parts;
    const late = Promise.withResolvers<undefined>();
    const disarm = clock.after(askMs, () => late.resolve(undefined));
    const list = await Promise.race([holdings.list().catch(() => undefined), late.promise]);
    disarm();
    return list;
  }

  /**
   * The lease comes before the first entry where the fence against an earlier ownership would refuse that. What happened to
   * a former one is kept where it went.
   */
  async #begin(name: string, isFormer: boolean): Promise<void> {
    const { holdings, homes, journal, onCut } = this.#parts;
    if (!isFormer && (await journal.epochOf(name)) <= holdings.epoch(name)) return;
    const answer = await holdings.claim({ process: name, failover: 'manual' });
    if (!answer.granted) throw taken(name, answer.lease?.owner ?? null);
    if (isFormer) {
      await journal.cut(name, 0);
      await onCut(name);
    }
    await journal.fence(name, answer.lease.epoch);
    if (isFormer) homes.forget(name);
  }
}

function taken(name: string, node: string | null): RuntimeError {
  const where = node === null ? 'in this cluster' : `on node ${node}`;
  return new RuntimeError('NAME_TAKEN', `There is a process "${name}" already, ${where}.`, { name });
}
