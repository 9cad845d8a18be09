import { setTimeout as pause } from 'node:timers/promises';
import type { RuntimeApi } from '../../../shared/api.ts';
import type { LocalProcess } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { DrainView, MovedView } from '../../../shared/views/crossing-views.ts';
import type { Clock } from '../../lib/clock.ts';
import type { EventCourier } from '../crossing/event-courier.ts';
import type { HookForwarding } from '../crossing/hook-forwarding.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { SettingsTable } from '../crossing/settings-table.ts';
import type { Lease } from '../leases/leases.ts';
import type { LeasedOwnership } from '../leases/ownership.ts';
import { Balancing } from '../moving/balancing.ts';
import type { Candidates } from '../moving/candidates.ts';
import type { SecretCarrier } from '../moving/secret-carrier.ts';
import type { Peers } from '../peers.ts';
import type { PostgresLeases } from './postgres-leases.ts';
import { leasesInDatabase, lossInDatabase } from './postgres-loss.ts';
import type { PostgresOwners } from './postgres-owners.ts';

type Names =
  | 'moveProcess'
  | 'placement'
  | 'takeOver'
  | 'drainNode'
  | 'undrainNode'
  | 'shipping'
  | 'planRebalance'
  | 'rebalance'
  | 'configureRebalance'
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
  readonly local: LocalNode;
  readonly leases: PostgresLeases;
  readonly candidates: Candidates;
  readonly roster: Roster;
  readonly courier: EventCourier;
  readonly hooks: HookForwarding;
  readonly settings: SettingsTable;
  readonly secrets: SecretCarrier;
  readonly peers: Peers;
  readonly clock: Clock;
  /** Outlasts the program. */
  setDrained(isDrained: boolean): void;
}

/**
 * What people do about where processes live, on nodes that share a database: every journal is at every node, so there
 * are no copies to look after and no branches.
 */
export class PostgresDesk {
  readonly #options: PostgresDeskOptions;

  readonly balancing: Balancing;

  constructor(options: PostgresDeskOptions) {
    this.#options = options;
    const move = async (process: string, to: string) => this.#move(this.#here(process), to);
    const isDrained = () => options.settings.get('drained') === true;
    this.balancing = new Balancing({ ...options, isDrained, move });
  }

  operations(): Pick<RuntimeApi, Names> {
    const { leases, courier, hooks } = this.#options;
    return {
      moveProcess: async ({ name, node }) => this.#move(this.#here(name), await this.#nodeNamed(node)),
      placement: ({ name }) => this.#placement(this.#here(name)),
      takeOver: ({ name, confirm }) => this.#takeOver(name, confirm),
      drainNode: () => this.#drain(),
      undrainNode: async () => {
        this.#setDrained(false);
        return { drained: false, moved: [], stayed: [] };
      },
      shipping: async () => ({ copies: [], backlogs: courier.backlogs(), hooks: hooks.waiting(), kept: [] }),
      listLeases: async () => leasesInDatabase(await this.#options.leases.list()),
      planLoss: async ({ node }) =>
        lossInDatabase(await this.#options.leases.list(), await leases.nodes(), await this.#nodeNamed(node)),
      ...this.balancing.operations(),
      listBranches: async () => ({ items: [], next: null }),
    };
  }

  /**
   * The program ends, or the computer goes to sleep: what goes on elsewhere by itself goes there now, as far as `withinMs`
   * allows; the rest stays this node's. Nothing is taken in any more, until `back`.
   */
  async leave(withinMs: number): Promise<void> {
    const { local, clock, owners } = this.#options;
    owners.setDrained(true);
    const going = local.processes().filter(({ placement }) => placement.failover !== 'manual');
    if (going.length === 0) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const disarm = clock.after(withinMs, resolve);
    const moves = going.map(async (process) => this.#move(process, await this.#bestNodeFor(process), withinMs / 2));
    await Promise.race([Promise.allSettled(moves), late]);
    disarm();
  }

  back(): void {
    this.#options.owners.setDrained(this.#options.settings.get('drained') === true);
  }

  #setDrained(isDrained: boolean): void {
    this.#options.setDrained(isDrained);
    this.#options.owners.setDrained(isDrained);
  }

  async #move(process: LocalProcess, to: string, drain = drainMs): Promise<MovedView> {
    const { node, secrets } = this.#options;
    const { name } = process;
    if (to === node) throw new RuntimeError('REQUEST_INVALID', `"${name}" lives on this node already.`, { name });
    await this.#assertFits(process, to);
    await secrets.send(process, to);
    try {
      const moved = await this.#handOver(name, to, drain);
      secrets.leaveBehind(process, to);
      return moved;
    } catch (thrown) {
      await secrets.takeBack(process, to);
      throw thrown;
    }
  }

  async #handOver(name: string, to: string, drain: number): Promise<MovedView> {
    const { owners, ownership, node } = this.#options;
    const begun = performance.now();
    const before = ownership.epoch(name);
    await owners.release(name, to, drain);
    while (performance.now() - begun < takenWithinMs + drain) {
      const lease = await this.#lease(name);
      if (lease && lease.epoch > before && lease.owner !== null) {
        if (lease.owner !== to) break;
        if (await this.#livesAt(name, to)) {
          const gapMs = Math.round(performance.now() - begun);
          return { process: name, from: node, to, epoch: lease.epoch, gapMs };
        }
      } else if (lease?.freeAt !== null && lease?.reservedFor === null) break;
      await pause(lookEveryMs);
    }
    await owners.look();
    const { owner } = (await this.#lease(name)) ?? {};
    const where = owner === node ? 'goes on here' : `is with ${owner ? `node ${owner}` : 'nobody yet'}`;
    const text = `"${name}" ${where}: node ${to} did not take it.`;
    throw new RuntimeError('MOVE_FAILED', text, { process: name, node: to });
  }

  /** It has the lease; whether it has taken the process up as well. */
  async #livesAt(process: string, node: string): Promise<boolean> {
    const asked = this.#options.peers.ask(node, 'process.here', process, { timeoutMs: takenWithinMs });
    return (await asked.catch(() => false)) === true;
  }

  /** Before anything is stopped. @throws RuntimeError `PLACEMENT_REFUSED` with every reason, `PEER_UNREACHABLE`. */
  async #assertFits(process: LocalProcess, to: string): Promise<void> {
    const reasons = await this.#options.candidates.against(process, to);
    if (reasons.length === 0) return;
    const { name } = process;
    const text = `"${name}" cannot live on node ${to}: it ${reasons.join('; it ')}.`;
    throw new RuntimeError('PLACEMENT_REFUSED', text, { process: name, node: to, reasons: [...reasons] });
  }

  /** Each to the node that has least to do of those that can have it. */
  async #drain(): Promise<DrainView> {
    const { local } = this.#options;
    this.#setDrained(true);
    const moved: MovedView[] = [];
    const stayed: DrainView['stayed'] = [];
    for (const process of local.processes()) {
      try {
        moved.push(await this.#move(process, await this.#bestNodeFor(process)));
      } catch (thrown) {
        stayed.push({ process: process.name, reason: toWire(thrown).message });
      }
    }
    return { drained: true, moved, stayed };
  }

  async #takeOver(process: string, confirm: boolean) {
    const { owners } = this.#options;
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
    return { ...outlook, newEpoch: await owners.force(lease) };
  }

  async #placement(process: LocalProcess) {
    const { node, name: called, local } = this.#options;
    const { name, needs, placement } = process;
    const others = (await this.#others()).map(async ([one, theirs]) => {
      return { node: one, name: theirs, reasons: await this.#against(process, one) };
    });
    return {
      process: name,
      node,
      failover: placement.failover,
      standby: null,
      shipping: 'off' as const,
      lagEntries: 0,
      lagSeconds: 0,
      nodes: [
        { node, name: called, reasons: await local.lacks(needs, placement, name) },
        ...(await Promise.all(others)),
      ],
    };
  }

  async #against(process: LocalProcess, node: string): Promise<string[]> {
    const asked = this.#options.candidates.against(process, node);
    return [...(await asked.catch((thrown: unknown) => [toWire(thrown).message]))];
  }

  /** @throws RuntimeError `PLACEMENT_REFUSED` where no other node can have it. */
  async #bestNodeFor(process: LocalProcess): Promise<string> {
    const { roster } = this.#options;
    const load = (node: string) => roster.nodes().get(node)?.load ?? Number.POSITIVE_INFINITY;
    const others = (await this.#others()).toSorted(([a], [b]) => load(a) - load(b));
    const lacking: string[] = [];
    for (const [node, called] of others) {
      const reasons = await this.#against(process, node);
      if (reasons.length === 0) return node;
      lacking.push(`${called}: ${reasons.join(', ')}`);
    }
    const why =
      others.length === 0
        ? 'No other node is at this database.'
        : `"${process.name}" has nowhere to go: ${lacking.join('; ')}.`;
    throw new RuntimeError('PLACEMENT_REFUSED', why, { process: process.name });
  }

  async #others(): Promise<[string, string][]> {
    return [...(await this.#options.leases.nodes())].filter(([one]) => one !== this.#options.node);
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
