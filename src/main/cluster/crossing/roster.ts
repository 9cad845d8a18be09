import type { PlacementConfig } from '../../../shared/config/placement-config.ts';
import type { ImpliedNeeds } from '../../../shared/crossing.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { ProcessState } from '../../../shared/lifecycle.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Peers } from '../peers.ts';
import type { LocalNode } from './local-node.ts';
import type { SettingsTable } from './settings-table.ts';

/** How often nodes tell each other what lives on them, when nothing has changed. */
export const tellEveryMs = 2_000;
/** What a node told counts for so long. */
const freshMs = 7_000;
const gatherMs = 20;

/** A process as its node tells of it. */
export interface RosterProcess {
  readonly name: string;
  readonly epoch: number;
  readonly state: ProcessState;
  readonly placement: PlacementConfig;
  readonly needs: ImpliedNeeds;
  readonly carries?: readonly string[];
  readonly child?: { readonly parent: string; readonly shown: JsonObject };
  readonly waiting: number;
  readonly isAtRisk: boolean;
  readonly hooks: readonly string[];
  readonly taker: { readonly triggers: readonly { id: string; pattern: string }[]; readonly capacity: number };
  /** The node that keeps a copy of its journal. */
  readonly standby: string | null;
}

/** What a node tells of itself. */
export interface NodeRoster {
  readonly name: string;
  readonly processes: readonly RosterProcess[];
  /** Takes no further processes, and gives away those it has. */
  readonly isDrained: boolean;
  /** Evens out by itself what nodes have to do. */
  readonly balances?: boolean;
  /** Work that waits and is under way; what `rebalance` evens out. */
  readonly load: number;
  /** What its pause windows come to. */
  readonly pauses?: string | null;
}

export interface OwnRoster extends Pick<NodeRoster, 'name' | 'isDrained'> {
  readonly local: Pick<LocalNode, 'processes' | 'pauses'>;
  readonly settings: SettingsTable;
  readonly holdings: Pick<Holdings, 'epoch'>;
  /** The node that keeps a copy of a journal; left out: journals are at every node. */
  standbyOf?(process: string): string | null;
}

/** What this node tells of itself. */
export function ownRoster({ name, isDrained, local, settings, holdings, standbyOf }: OwnRoster): NodeRoster {
  const processes = local.processes();
  return {
    name,
    isDrained,
    balances: settings.get('balances') === true,
    pauses: local.pauses.digest,
    load: processes.reduce((sum, { waiting, state }) => sum + waiting + (state === 'running' ? 1 : 0), 0),
    processes: processes.map((process) => ({
      ...process,
      epoch: holdings.epoch(process.name),
      standby: standbyOf?.(process.name) ?? null,
    })),
  };
}

interface Heard {
  roster: NodeRoster;
  at: number;
}

/** Who lives where, as the nodes tell each other. A hint: what counts is the lease. */
export class Roster {
  readonly #peers: Peers;
  readonly #clock: Clock;
  readonly #mine: () => NodeRoster;
  readonly #heard = new Map<string, Heard>();
  readonly #listeners = new Set<(node: string) => void>();
  readonly #undo: (() => void)[];
  #disarm: (() => void) | undefined;
  #gathering: (() => void) | undefined;
  #isClosed = false;

  constructor(peers: Peers, clock: Clock, mine: () => NodeRoster) {
    this.#peers = peers;
    this.#clock = clock;
    this.#mine = mine;
    this.#undo = [
      peers.answer('roster.tell', 'member', async ({ from, body }) => {
        this.#hear(from, body);
        return this.#mine() as unknown as Json;
      }),
    ];
  }

  start(): void {
    this.#tellAll();
  }

  /** Tells what has changed, once what else changes in the same moment is known as well. */
  tellSoon(): void {
    if (this.#isClosed) return;
    this.#gathering ??= this.#clock.after(gatherMs, () => {
      this.#gathering = undefined;
      this.#tellAll();
    });
  }

  /** Nodes that were heard lately, this one not among them. */
  nodes(): ReadonlyMap<string, NodeRoster> {
    const fresh = new Map<string, NodeRoster>();
    for (const [node, { roster, at }] of this.#heard) if (this.#clock.elapsed() - at < freshMs) fresh.set(node, roster);
    return fresh;
  }

  isFresh(node: string): boolean {
    return this.nodes().has(node);
  }

  /** Where a process lives by what was heard last, also from a node that is silent now. The highest epoch counts. */
  whereIs(process: string): { node: string; about: RosterProcess } | undefined {
    let found: { node: string; about: RosterProcess } | undefined;
    for (const [node, { roster }] of this.#heard) {
      const about = roster.processes.find(({ name }) => name === process);
      if (about && (!found || about.epoch > found.about.epoch)) found = { node, about };
    }
    return found;
  }

  /** Members that have not said since this program began what lives on them. */
  unheard(): string[] {
    return this.#members().filter((node) => !this.#heard.has(node));
  }

  /** Agents of other nodes that an agent created, as they were told of last, each with its node. */
  childrenOf(parent: string): JsonObject[] {
    return [...this.nodes()].flatMap(([node, { name, processes }]) =>
      processes.flatMap(({ child }) => (child?.parent === parent ? { ...child.shown, node: name || node } : [])),
    );
  }

  /** Asks everyone at once, and waits for those who answer. */
  async tellNow(): Promise<void> {
    const roster = this.#mine() as unknown as Json;
    await Promise.all(this.#members().map((node) => this.#tell(node, roster)));
  }

  onChange(listener: (node: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    this.#gathering?.();
    for (const undo of this.#undo) undo();
  }

  #members(): string[] {
    return this.#peers.list().flatMap(({ node, role }) => (role === 'member' || role === 'hub' ? node : []));
  }

  #tellAll(): void {
    if (this.#isClosed) return;
    this.#disarm?.();
    this.#disarm = this.#clock.after(tellEveryMs, () => this.#tellAll());
    const members = this.#members();
    for (const node of this.#heard.keys()) if (!members.includes(node)) this.#heard.delete(node);
    const roster = this.#mine() as unknown as Json;
    for (const node of members) void this.#tell(node, roster);
  }

  async #tell(node: string, roster: Json): Promise<void> {
    try {
      this.#hear(node, await this.#peers.ask(node, 'roster.tell', roster, { timeoutMs: tellEveryMs }));
    } catch {
      // Who is not there is seen by the age of what it told last.
    }
  }

  #hear(node: string, body: Json): void {
    if (this.#isClosed || !isJsonObject(body) || !Array.isArray(body['processes'])) return;
    this.#heard.set(node, { roster: body as unknown as NodeRoster, at: this.#clock.elapsed() });
    for (const listener of this.#listeners) listener(node);
  }
}
