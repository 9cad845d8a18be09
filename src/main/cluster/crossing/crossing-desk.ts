import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { crossingOperations } from '../../../shared/operations/crossing-operations.ts';
import type { DrainView, MovedView } from '../../../shared/views/crossing-views.ts';
import type { Clock } from '../../lib/clock.ts';
import { nodeNamed } from '../remote/cluster-api.ts';
import { type LossParts, lossOperations } from './loss-operations.ts';

/** So many processes move away from a drained node at a time. */
const atOnce = 4;

export interface CrossingDeskParts extends LossParts {
  readonly clock: Clock;
}

/** The operations on what crosses nodes: what people see of it and do about it. */
export class CrossingDesk {
  readonly #parts: CrossingDeskParts;

  constructor(parts: CrossingDeskParts) {
    this.#parts = parts;
  }

  operations(): Pick<RuntimeApi, keyof typeof crossingOperations> {
    const { crossing } = this.#parts;
    const { branches } = crossing;
    return {
      moveProcess: async ({ name, node }) => {
        this.#assertHere(name);
        return crossing.moves.move(name, nodeNamed(this.#parts.peers, this.#parts, node));
      },
      placement: ({ name }) => this.#placement(name),
      takeOver: ({ name, confirm }) => this.#takeOver(name, confirm),
      drainNode: () => this.drain(),
      undrainNode: async () => {
        crossing.setDrained(false);
        return { drained: false, moved: [], stayed: [] };
      },
      shipping: () => this.#shipping(),
      ...lossOperations(this.#parts),
      ...crossing.balancing.operations(),
      listBranches: async ({ process }) => ({ items: branches.list(process), next: null }),
      getBranch: async ({ id }) => ({
        ...branches.get(id),
        effects: branches.effects(id),
        entries: branches.entries(id).map(({ seq, at, kind, body }) => ({ seq, at, kind, body: body as Json })),
      }),
      dismissBranch: async ({ id }) => branches.dismiss(id),
    };
  }

  /** Gives every process to a node that can have it; says which stay, and why. */
  async drain(): Promise<DrainView> {
    const { crossing, local } = this.#parts;
    crossing.setDrained(true);
    const moved: MovedView[] = [];
    const stayed: DrainView['stayed'] = [];
    const waiting = local.processes().map(({ name }) => name);
    const next = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        try {
          moved.push(await crossing.moves.move(name, await this.#bestNodeFor(name), { reason: 'the node is drained' }));
        } catch (thrown) {
          stayed.push({ process: name, reason: toWire(thrown).message });
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    return { drained: true, moved, stayed };
  }

  /** @throws RuntimeError `PLACEMENT_REFUSED` where no other node can have it. */
  async #bestNodeFor(name: string): Promise<string> {
    const { crossing } = this.#parts;
    const process = this.#assertHere(name);
    const reasons: string[] = [];
    const standby = crossing.shipping.standbyOf(name);
    const nodes = [...crossing.roster.nodes()].sort(([a, x], [b, y]) =>
      a === standby ? -1 : b === standby ? 1 : x.load - y.load,
    );
    for (const [node, roster] of nodes) {
      if (roster.isDrained) continue;
      const against = await crossing.fitsOn(process, node).catch((thrown: unknown) => [toWire(thrown).message]);
      if (against.length === 0) return node;
      reasons.push(`${roster.name} lacks: ${against.join(', ')}`);
    }
    throw new RuntimeError(
      'PLACEMENT_REFUSED',
      nodes.length === 0
        ? `No other node is there for "${name}".`
        : `"${name}" has nowhere to go: ${reasons.join('; ')}.`,
      { process: name },
    );
  }

  async #placement(name: string) {
    const { crossing, peers, local } = this.#parts;
    const process = this.#assertHere(name);
    const lag = (await crossing.shipping.lags()).find((one) => one.process === name);
    const others = [...crossing.roster.nodes()].map(async ([node, { name: called }]) => ({
      node,
      name: called,
      reasons: [...(await crossing.fitsOn(process, node).catch((thrown: unknown) => [toWire(thrown).message]))],
    }));
    const here = {
      node: peers.self,
      name: this.#parts.name,
      reasons: await local.lacks(process.needs, process.placement, name),
    };
    return {
      process: name,
      node: peers.self,
      failover: process.placement.failover,
      standby: lag?.standby ?? null,
      shipping: process.placement.shipping,
      lagEntries: lag?.entries ?? 0,
      lagSeconds: lag?.seconds ?? 0,
      nodes: [here, ...(await Promise.all(others))],
    };
  }

  async #takeOver(name: string, confirm: boolean) {
    const { takeOvers } = this.#parts.crossing;
    if (confirm) return takeOvers.force(name);
    return { ...(await takeOvers.outlook(name)), newEpoch: null };
  }

  async #shipping() {
    const { crossing } = this.#parts;
    return {
      copies: await crossing.shipping.lags(),
      backlogs: crossing.courier.backlogs(),
      hooks: crossing.hooks.waiting(),
      kept: crossing.copies.all().map(({ process, owner, epoch, head, mode }) => ({
        process,
        owner,
        epoch,
        seq: head.seq,
        mode,
      })),
    };
  }

  #assertHere(name: string) {
    const process = this.#parts.local.process(name);
    if (process) return process;
    throw new RuntimeError('PROCESS_NOT_FOUND', `"${name}" does not live on this node.`, { name });
  }
}
