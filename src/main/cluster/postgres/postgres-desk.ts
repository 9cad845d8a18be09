import { setTimeout as pause } from 'node:timers/promises';
import type { RuntimeApi } from '../../../shared/api.ts';
import type { LocalProcess } from '../../../shared/crossing.ts';
import type { DrainView, MovedView } from '../../../shared/crossing-views.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Lease } from '../leases/leases.ts';
import type { LeasedOwnership } from '../leases/ownership.ts';
import type { PostgresLeases } from './postgres-leases.ts';
import { leasesInDatabase, lossInDatabase } from './postgres-loss.ts';
import type { LocalSide, PostgresOwners } from './postgres-owners.ts';

type Names =
  | 'moveProcess'
  | 'placement'
  | 'takeOver'
  | 'drainNode'
  | 'undrainNode'
  | 'shipping'
  | 'listLeases'
  | 'planLoss'
  | 'listBranches';

const drainMs = 20_000;
const lookEveryMs = 100;
/** As long as a lease is reserved for the node that a process goes to. */
const takenWithinMs = 15_000;

export interface PostgresDeskOptions {
  readonly node: string;
  readonly name: string;
  readonly ownership: LeasedOwnership;
  readonly owners: PostgresOwners;
  readonly local: LocalSide;
  readonly leases: PostgresLeases;
}

/**
 * What people do about where processes live, on nodes that share a database: every journal is at every node, so there
 * are no copies to look after and no branches.
 */
export class PostgresDesk {
  readonly #options: PostgresDeskOptions;

  constructor(options: PostgresDeskOptions) {
    this.#options = options;
  }

  operations(): Pick<RuntimeApi, Names> {
    const { owners, leases } = this.#options;
    return {
      moveProcess: async ({ name, node }) => this.#move(this.#here(name), await this.#nodeNamed(node)),
      placement: ({ name }) => this.#placement(this.#here(name)),
      takeOver: ({ name, confirm }) => this.#takeOver(name, confirm),
      drainNode: () => this.#drain(),
      undrainNode: async () => {
        owners.setDrained(false);
        return { drained: false, moved: [], stayed: [] };
      },
      shipping: async () => ({ copies: [], backlogs: [], hooks: 0, kept: [] }),
      listLeases: async () => leasesInDatabase(await this.#options.leases.list()),
      planLoss: async ({ node }) =>
        lossInDatabase(await this.#options.leases.list(), await leases.nodes(), await this.#nodeNamed(node)),
      listBranches: async () => ({ items: [], next: null }),
    };
  }

  async #move({ name }: LocalProcess, to: string): Promise<MovedView> {
    const { owners, ownership, node } = this.#options;
    if (to === node) throw new RuntimeError('REQUEST_INVALID', `"${name}" lives on this node already.`, { name });
    const begun = performance.now();
    const before = ownership.epoch(name);
    await owners.release(name, to, drainMs);
    while (performance.now() - begun < takenWithinMs + drainMs) {
      const lease = await this.#lease(name);
      if (lease && lease.epoch > before && lease.owner !== null) {
        const gapMs = Math.round(performance.now() - begun);
        if (lease.owner === to) return { process: name, from: node, to, epoch: lease.epoch, gapMs };
        break;
      }
      if (lease?.freeAt !== null && lease?.reservedFor === null) break;
      await pause(lookEveryMs);
    }
    await owners.look();
    const { owner } = (await this.#lease(name)) ?? {};
    const where = owner === node ? 'goes on here' : `is with ${owner ? `node ${owner}` : 'nobody yet'}`;
    const text = `"${name}" ${where}: node ${to} did not take it.`;
    throw new RuntimeError('MOVE_FAILED', text, { process: name, node: to });
  }

  /** Each to the node that has the fewest. */
  async #drain(): Promise<DrainView> {
    const { local, owners } = this.#options;
    owners.setDrained(true);
    const moved: MovedView[] = [];
    const stayed: DrainView['stayed'] = [];
    for (const process of local.processes()) {
      try {
        moved.push(await this.#move(process, await this.#leastLoaded()));
      } catch (thrown) {
        stayed.push({ process: process.name, reason: toWire(thrown).message });
      }
    }
    return { drained: true, moved, stayed };
  }

  async #takeOver(process: string, confirm: boolean) {
    const { ownership, owners } = this.#options;
    const lease = await this.#lease(process);
    if (!lease)
      throw new RuntimeError('PROCESS_NOT_FOUND', `There is no process "${process}" in the database.`, {
        name: process,
      });
    const seq = await owners.endOf(process);
    const outlook = {
      process,
      owner: lease.owner,
      epoch: lease.epoch,
      copySeq: seq,
      ownerSeq: lease.head?.seq ?? null,
    };
    if (!confirm) return { ...outlook, newEpoch: null };
    const { epoch } = await ownership.force({ process, failover: lease.failover });
    await owners.takeUp(process);
    return { ...outlook, newEpoch: epoch };
  }

  async #placement({ name, needs, placement }: LocalProcess) {
    const { node, name: called, local, leases } = this.#options;
    const others = [...(await leases.nodes())].filter(([one]) => one !== node);
    return {
      process: name,
      node,
      failover: placement.failover,
      standby: null,
      shipping: 'off' as const,
      lagEntries: 0,
      lagSeconds: 0,
      nodes: [
        { node, name: called, reasons: local.lacks(needs, placement, name) },
        // What another node lacks, it says itself when it is given the process.
        ...others.map(([one, theirs]) => ({ node: one, name: theirs, reasons: [] })),
      ],
    };
  }

  async #leastLoaded(): Promise<string> {
    const { leases, node } = this.#options;
    const held = (await leases.list()).leases;
    const others = [...(await leases.nodes()).keys()].filter((one) => one !== node);
    const load = (one: string) => held.filter(({ owner }) => owner === one).length;
    const [first] = others.toSorted((a, b) => load(a) - load(b));
    if (first) return first;
    throw new RuntimeError('PLACEMENT_REFUSED', 'No other node is at this database.', {});
  }

  async #nodeNamed(wanted: string): Promise<string> {
    const known = [...(await this.#options.leases.nodes())];
    const found = known.filter(([id, called]) => id === wanted || called === wanted);
    if (found.length === 1 && found[0]) return found[0][0];
    const why =
      found.length > 1
        ? `${found.length} nodes are called "${wanted}": give the id.`
        : `There is no node "${wanted}" at this database, only ${known.map(([, name]) => name).join(', ')}.`;
    throw new RuntimeError('PEER_UNKNOWN', why, { node: wanted });
  }

  async #lease(process: string): Promise<Lease | undefined> {
    return (await this.#options.ownership.list()).leases.find((lease) => lease.process === process);
  }

  #here(name: string): LocalProcess {
    const found = this.#options.local.process(name);
    if (found) return found;
    throw new RuntimeError('PROCESS_NOT_FOUND', `"${name}" does not live on this node.`, { name });
  }
}
