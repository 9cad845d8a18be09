import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Crossing } from '../../src/main/cluster/crossing/crossing.ts';
import { CrossingDesk } from '../../src/main/cluster/crossing/crossing-desk.ts';
import { crossingMigrations } from '../../src/main/cluster/crossing/crossing-tables.ts';
import { Homes } from '../../src/main/cluster/crossing/homes.ts';
import { arbitrate } from '../../src/main/cluster/leases/arbiter.ts';
import { DurableHeads } from '../../src/main/cluster/leases/durable-heads.ts';
import { HubLeases } from '../../src/main/cluster/leases/hub-store.ts';
import type { LeaseLimits, Leases } from '../../src/main/cluster/leases/leases.ts';
import { LeasesInMemory } from '../../src/main/cluster/leases/leases-in-memory.ts';
import { LeasesOfHub } from '../../src/main/cluster/leases/leases-questions.ts';
import { LeasedOwnership } from '../../src/main/cluster/leases/ownership.ts';
import { sleeplessClock } from '../../src/main/cluster/leases/ownership-clock.ts';
import { StandbyGate } from '../../src/main/cluster/moving/standby-gate.ts';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../src/main/journal/tables/read-models.ts';
import { nodeChild } from '../../src/main/lib/child.ts';
import { type Clock, systemClock } from '../../src/main/lib/clock.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { NodeSide } from '../../src/main/runtime/node-side.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { type Migration, openDatabase } from '../../src/main/store/database.ts';
import { DatabaseUpkeep } from '../../src/main/store/database-upkeep.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { clientOf, operations, type RuntimeClient } from '../../src/shared/api.ts';
import type { HandClock } from './hand-clock.ts';
import { home } from './home.ts';
import { PeerNetwork } from './peer-network.ts';
import { type Cut, never, Power, poweredClock, poweredJournal } from './power.ts';
import { poweredDatabase } from './powered-database.ts';
import { until } from './until.ts';

export interface ClusterNodeOptions {
  labels?: readonly string[];
  maxBacklogBytes?: number;
  eventsPerSecond?: number;
  env?: Record<string, string>;
  cut?: Cut;
}

/** One program of a node: runtime, journal, and its part in the cluster; what a test needs of it. */
export interface ClusterNode {
  readonly name: string;
  readonly runtime: AgentRuntime;
  readonly crossing: Crossing;
  readonly gate: StandbyGate;
  readonly ownership: LeasedOwnership;
  readonly side: NodeSide;
  readonly api: RuntimeClient;
  readonly power: Power;
  readonly complaints: string[];
  /** In order, as a program ends. */
  close(): Promise<void>;
  /** At once, and nothing it began comes to anything. */
  kill(): Promise<void>;
}

export interface ClusterWorldOptions {
  clock?: Clock;
  /** Which node is the hub; it arbitrates. */
  hub?: string;
  network?: PeerNetwork;
  /** `hub`: in its database, which goes with its power and is there again with it. */
  leasesIn?: 'memory' | 'hub';
  /** What the hub takes; left out: as much as comes. */
  limits?: LeaseLimits;
}

/** Nodes with real runtimes and real SQLite journals, on the stand-in network. Node names are the order they joined in. */
export class ClusterWorld {
  readonly network: PeerNetwork;
  readonly clock: Clock;
  readonly hub: string;
  /** The hub's database, as far as leases go: outlives its program. */
  readonly leases: Leases;
  readonly #leasesIn: 'memory' | 'hub';
  readonly #folders = new Map<string, string>();
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #undoArbiter = new Map<string, () => void>();

  constructor(options: ClusterWorldOptions = {}) {
    const { clock = systemClock, hub = 'a', network = new PeerNetwork({ clock }), leasesIn = 'memory' } = options;
    this.clock = clock;
    this.#leasesIn = leasesIn;
    this.network = network;
    this.hub = hub;
    this.leases = new LeasesInMemory(clock, options.limits);
  }

  node(name: string): ClusterNode {
    const found = this.#nodes.get(name);
    if (!found) throw new Error(`no node ${name} runs`);
    return found;
  }

  /** What stands in the files of a node. */
  filesOf(name: string): Buffer[] {
    const folder = this.#folders.get(name) ?? '';
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
      const path = join(folder, file);
      return statSync(path).isFile() ? [readFileSync(path)] : [];
    });
  }

  get running(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  /** Starts the program of a node on its folder, which it may have had before. */
  async start(name: string, options: ClusterNodeOptions = {}): Promise<ClusterNode> {
    const isNew = !this.#folders.has(name);
    const folder = this.#folders.get(name) ?? home();
    this.#folders.set(name, folder);
    const peers = isNew ? this.network.join(name) : this.network.node(name);
    this.network.start(name);
    const power = new Power(options.cut);
    power.lost.addEventListener('abort', () => this.network.stop(name));
    const clock = poweredClock(this.clock, power);
    const open = (file: string, migrations: readonly Migration[]) =>
      poweredDatabase(openDatabase(join(folder, `${file}.db`), migrations), file, power);
    const database = open('runtime', runtimeMigrations);
    if (name === this.hub) {
      const leases = this.#leasesIn === 'hub' ? new HubLeases(database, clock) : this.leases;
      this.#undoArbiter.set(name, arbitrate(peers, leases));
    }
    const inner = new SqliteJournal(database, new ReadModels(database), clock);
    const copiesDatabase = open('copies', runtimeMigrations);
    const store = new SqliteJournal(copiesDatabase, undefined, clock);
    const db = open('crossing', crossingMigrations);
    const gate = new StandbyGate();
    const journal = gate.wrap(poweredGraftable(inner, power));
    const heads = new DurableHeads(inner);
    const ownership = new LeasedOwnership({
      leases: new LeasesOfHub(peers, () => this.hub),
      holder: { node: name, session: randomUUID() },
      clock,
      head: (process) => heads.of(process),
      sleepless: sleeplessClock(() => ({ steady: clock.elapsed(), up: clock.elapsed(), wall: clock.now() })),
    });
    const complaints: string[] = [];
    const homes = new Homes(db, clock);
    let crossing: Crossing | undefined;
    const runtime: AgentRuntime = new AgentRuntime({
      journal,
      database,
      version: '0.0.0-test',
      async assertNameFree(name) {
        crossing?.names.assertFree(name);
        await crossing?.names.take(name);
      },
      childrenElsewhere: (parent) => crossing?.roster.childrenOf(parent) ?? [],
      others: {
        members: () => crossing?.forgetting.members() ?? [],
        forget: async (to, erasure) => crossing?.forgetting.forget(to, erasure) ?? [],
      },
      isElsewhere: (process) => crossing?.isAway(process) ?? homes.isElsewhere(process),
      parts: {
        clock,
        ownership,
        mayPublish: () => crossing?.assertRoom(),
        dataDir: folder,
        startChild: nodeChild(),
        ...(options.env ? { env: { ...process.env, ...options.env } } : {}),
        log: (level, message, details) => {
          if (power.isOn && (level === 'warn' || level === 'error'))
            complaints.push(`${name} ${level}: ${message} ${JSON.stringify(details)}`);
        },
      },
    });
    const side = new NodeSide(runtime, options.labels ?? []);
    crossing = new Crossing({
      peers,
      clock,
      db,
      journal: poweredGraftable(inner, power),
      store,
      gate,
      holdings: ownership,
      local: side,
      ready: runtime.takenUp,
      name,
      scrub() {
        for (const one of [copiesDatabase, db]) new DatabaseUpkeep(one).writeAnew();
      },
      ...(options.maxBacklogBytes === undefined ? {} : { maxBacklogBytes: options.maxBacklogBytes }),
      ...(options.eventsPerSecond === undefined ? {} : { eventsPerSecond: options.eventsPerSecond }),
    });
    const opened = crossing;
    ownership.onSilence((process, silence) => {
      if (silence === 'abort') side.breakOff(process);
      if (silence === 'back') side.goOn(process);
    });
    const desk = new CrossingDesk({
      peers,
      clock,
      name,
      local: side,
      crossing: opened,
      holdings: ownership,
      hub: () => this.hub,
    });
    const table = runtimeApi(runtime, { url: () => null, dataDir: folder, desktop: false });
    Object.assign(table, desk.operations());
    const api = clientOf(async (operation, input) => {
      const call = table[operation] as (input: unknown, by: string) => Promise<unknown>;
      return call(operations[operation].input.parse(input), 'user');
    });
    let hasEnded = false;
    const end = async (inOrder: boolean) => {
      if (hasEnded) return;
      hasEnded = true;
      this.#nodes.delete(name);
      if (!inOrder) {
        this.network.stop(name);
        // Only so that what is left over of the program can be closed: a checkpoint of its messages changes nothing.
        if (power.isOn) await runtime.broker.close();
        power.cut();
      }
      ownership.stop();
      if (inOrder) await runtime.close();
      try {
        opened.close();
      } catch (thrown) {
        // What it wants to write yet goes nowhere without power.
        if (inOrder) throw thrown;
      }
      side.close();
      this.#undoArbiter.get(name)?.();
      this.network.stop(name);
      if (!inOrder) {
        runtime.parts.alarm.close();
        await runtime.parts.close();
      }
      await inner.close();
      await store.close();
      for (const one of [database, copiesDatabase, db]) if (one.open) one.close();
    };
    const node: ClusterNode = {
      name,
      runtime,
      crossing: opened,
      gate,
      ownership,
      side,
      api,
      power,
      complaints,
      close: () => end(true),
      kill: () => end(false),
    };
    this.#nodes.set(name, node);
    onTestFinished(() => node.kill());
    await opened.begin();
    await runtime.open();
    ownership.start();
    await opened.start();
    return node;
  }

  /** Several new nodes, the hub first. */
  async startAll(...names: string[]): Promise<ClusterNode[]> {
    const nodes: ClusterNode[] = [];
    for (const name of names) nodes.push(await this.start(name));
    for (const node of nodes) await node.crossing.roster.tellNow();
    return nodes;
  }
}

function poweredGraftable(inner: SqliteJournal, power: Power): SqliteJournal {
  const powered = poweredJournal(inner, power);
  const graft: SqliteJournal['graft'] = async (...piece) => {
    if (power.strike('graft-begins') !== 'no') return never;
    await inner.graft(...piece);
    if (power.strike('graft-ends') !== 'no') return never;
  };
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'graft') return graft;
      if (name in powered) {
        const member: unknown = Reflect.get(powered, name);
        return typeof member === 'function' ? member.bind(powered) : member;
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Lets time pass under a hand clock, `stepMs` at a time, until something is so. */
export async function passing<T>(
  clock: HandClock,
  fact: () => T | Promise<T>,
  mostMs = 120_000,
  stepMs = 100,
): Promise<NonNullable<T>> {
  const end = clock.elapsed() + mostMs;
  return until(async () => {
    const found = await fact();
    if (!found && clock.elapsed() < end) await clock.advance(stepMs);
    return found;
  }, 30_000);
}
