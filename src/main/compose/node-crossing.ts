import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RuntimeApi } from '../../shared/api.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { crossingOperations } from '../../shared/operations/crossing-operations.ts';
import { Crossing } from '../cluster/crossing/crossing.ts';
import { CrossingDesk } from '../cluster/crossing/crossing-desk.ts';
import { crossingMigrations } from '../cluster/crossing/crossing-tables.ts';
import { Homes } from '../cluster/crossing/homes.ts';
import { arbitrate } from '../cluster/leases/arbiter.ts';
import { DurableHeads } from '../cluster/leases/durable-heads.ts';
import { HubLeases, hubLimits } from '../cluster/leases/hub-store.ts';
import { leasesHereOrThere } from '../cluster/leases/leases-here-or-there.ts';
import { LeasesOfHub } from '../cluster/leases/leases-questions.ts';
import { NodeHoldings } from '../cluster/leases/node-holdings.ts';
import { LeasedOwnership } from '../cluster/leases/ownership.ts';
import { StandbyGate } from '../cluster/moving/standby-gate.ts';
import type { Links } from '../cluster/open-links.ts';
import type { PostgresPeers } from '../cluster/postgres/postgres-peers.ts';
import { isGraftable } from '../journal/grafting.ts';
import type { Journal } from '../journal/journal.ts';
import { SqliteJournal } from '../journal/sqlite-journal.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Ownership } from '../processes/ownership.ts';
import type { AgentRuntime } from '../runtime/agent-runtime.ts';
import type { AgentRuntimeOptions } from '../runtime/agent-runtime-options.ts';
import { NodeSide } from '../runtime/node-side.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/database.ts';
import { DatabaseUpkeep } from '../store/database-upkeep.ts';
import { runtimeMigrations } from '../store/migrations.ts';
import type { WebhookReply, WebhookRequest } from '../triggers/trigger.ts';

/** How much time a computer gives that goes to sleep. */
const suspendMs = 1_000;

export interface CrossingPartsOptions {
  dataDir: string;
  journal: Journal;
  /** Where the hub's leases are, if this node is one. */
  database: Database;
  links: Links;
  clock: Clock;
  /** What processes may ask of a node, such as `gpu`. */
  labels: readonly string[];
  log: Log;
  /** A journal was cut back: what is known of it outside is no longer so. */
  onCut(process: string): Promise<void>;
}

/** What crosses nodes, of one program: what its runtime is made with, and what begins when that is there. */
export interface NodeCrossing {
  readonly journal: Journal;
  readonly ownership: Ownership;
  /** The nodes at the database that this one shares; left out: it shares none. */
  readonly peers?: PostgresPeers;
  readonly isElsewhere: (process: string) => boolean;
  /** @throws RuntimeError `PEER_BACKLOG_FULL`. */
  mayPublish(): void;
  /** The newest entry of a stream that no other node needs any more. */
  heldFrom(stream: string): number;
  /** The other nodes, which forget what is forgotten here; left out: they keep nothing of it. */
  readonly others?: NonNullable<AgentRuntimeOptions['others']>;
  /** Before the runtime opens. */
  begin(runtime: AgentRuntime): Promise<void>;
  /** When it has, and peers can be asked. */
  start(): Promise<void>;
  /** @throws RuntimeError `NAME_TAKEN` where a process of another node has the name. */
  assertNameFree(name: string): void | Promise<void>;
  /** Why a process that does not live here may be somewhere all the same; null: nothing says that there is one. */
  whereabouts(process: string): string | null;
  /** Whether this node takes no agents in. */
  isDrained(): boolean;
  /** Agents of other nodes that an agent created. */
  childrenElsewhere(parent: string): readonly JsonObject[];
  /** What can be asked about it; after `begin`. */
  operations(): Partial<Pick<RuntimeApi, keyof typeof crossingOperations>>;
  /** A request to a webhook, wherever the process lives. */
  webhook(process: string, path: string, request: WebhookRequest): Promise<WebhookReply>;
  /** The computer goes to sleep: what another node can take goes there, where that takes no time. */
  suspend(): void;
  resume(): void;
  /** Before the runtime closes; `stop` after it. */
  leave(): Promise<void>;
  stop(): void;
}

/** For a journal in files of this node; `shared-node-crossing.ts` is for those that share a database. */
export async function openCrossing(options: CrossingPartsOptions): Promise<NodeCrossing | undefined> {
  const { dataDir, journal, database, links, clock, labels, log } = options;
  if (!isGraftable(journal)) return undefined;
  const { peers, book } = links;
  const db = openDatabase(join(dataDir, 'crossing.db'), crossingMigrations);
  const copies = openDatabase(join(dataDir, 'copies.db'), runtimeMigrations);
  const store = new SqliteJournal(copies, undefined, clock);
  const gate = new StandbyGate();
  const hub = () => book.state.cluster?.hub ?? null;
  const own = new HubLeases(database, clock);
  const there = new LeasesOfHub(peers, () => hub() ?? peers.self);
  const heads = new DurableHeads(journal);
  const leased = new LeasedOwnership({
    leases: leasesHereOrThere(own, there, () => hub() === peers.self),
    holder: { node: peers.self, session: randomUUID() },
    head: (process) => heads.of(process),
    log: log.write,
    clock,
  });
  const known = new Map<string, number>();
  for (const stream of await journal.processes()) known.set(stream, await journal.epochOf(stream));
  const holdings = new NodeHoldings({ leased, isClustered: () => hub() !== null, known });
  const homes = new Homes(db, clock);
  const undo = [arbitrateAsHub(options, own)];
  let crossing: Crossing | undefined;
  let desk: CrossingDesk | undefined;
  let runtime: AgentRuntime | undefined;
  gate.onOpen((process) => log.write('warn', `"${process}" goes on without a copy of its journal`, {}));
  return {
    journal: gate.wrap(journal),
    ownership: holdings,
    isElsewhere: (process) => crossing?.isAway(process) ?? homes.isElsewhere(process),
    mayPublish: () => crossing?.assertRoom(),
    heldFrom: (stream) => crossing?.heldFrom(stream) ?? Number.POSITIVE_INFINITY,
    others: {
      members: () => (hub() === null ? [] : (crossing?.forgetting.members() ?? [])),
      forget: async (node, erasure) => crossing?.forgetting.forget(node, erasure) ?? [],
    },
    async assertNameFree(name) {
      crossing?.names.assertFree(name);
      await crossing?.names.take(name);
    },
    whereabouts: (process) => crossing?.whereabouts(process) ?? null,
    isDrained: () => crossing?.isDrained ?? false,
    childrenElsewhere: (parent) => crossing?.roster.childrenOf(parent) ?? [],
    operations: () => desk?.operations() ?? {},
    async begin(opening) {
      runtime = opening;
      const side = new NodeSide(opening, labels, () => links.name);
      undo.push(() => side.close());
      crossing = new Crossing({
        peers,
        clock,
        db,
        journal,
        store,
        gate,
        holdings,
        local: side,
        ready: opening.takenUp,
        get name() {
          return links.name;
        },
        identity: links.identity,
        eventsPerSecond: hubLimits.eventsPerSecond,
        onCut: options.onCut,
        scrub() {
          for (const one of [copies, db]) new DatabaseUpkeep(one).writeAnew();
        },
      });
      desk = new CrossingDesk({
        peers,
        clock,
        get name() {
          return links.name;
        },
        local: side,
        crossing,
        holdings,
        hub,
      });
      undo.push(
        leased.onSilence((process, silence) => {
          if (silence === 'abort') side.breakOff(process);
          if (silence === 'back') side.goOn(process);
        }),
      );
      if (hub() !== null) await crossing.begin();
    },
    async start() {
      leased.start();
      await crossing?.start();
    },
    async webhook(process, path, request) {
      if (!runtime || !crossing) throw new RuntimeError('NODE_CLOSING', 'The node is still opening.');
      if (runtime.find(process) || hub() === null) return runtime.get(process).receiver(path).receive(request);
      const { body, ...rest } = request;
      const bodyBase64 = body.toString('base64');
      return crossing.forwardHook(process, { ...rest, hookPath: path, bodyBase64, receivedAt: clock.now() });
    },
    suspend: () => void crossing?.leave(suspendMs),
    resume: () => void leased.renew(),
    leave: async () => crossing?.leave(),
    stop() {
      leased.stop();
      crossing?.close();
      heads.close();
      for (const end of undo) end();
      db.close();
      copies.close();
    },
  };
}

/** Answers for leases while this node is the hub of its cluster. */
function arbitrateAsHub({ links: { peers, book } }: CrossingPartsOptions, own: HubLeases): () => void {
  let stop: (() => void) | undefined;
  const follow = () => {
    const isHub = book.state.cluster?.hub === peers.self;
    if (isHub) stop ??= arbitrate(peers, own);
    else {
      stop?.();
      stop = undefined;
    }
  };
  follow();
  let known = peers.list().map(({ node }) => node);
  const unfollow = book.onChange(() => {
    // What nodes of an earlier cluster had, also of one that this node was restored from, they have to ask for again.
    if (!stop && book.state.cluster?.hub === peers.self) own.beginAnew(peers.self);
    follow();
    const present = peers.list().map(({ node }) => node);
    // What a node had that is no longer trusted is fenced, and free for others.
    if (stop) for (const node of known) if (!present.includes(node)) void own.evict(node);
    known = present;
  });
  return () => {
    unfollow();
    stop?.();
  };
}
