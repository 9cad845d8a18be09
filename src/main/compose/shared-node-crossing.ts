import { join } from 'node:path';
import { RuntimeError } from '../../shared/errors.ts';
import { crossingMigrations } from '../cluster/crossing/crossing-tables.ts';
import { SharedCrossing } from '../cluster/crossing/shared-crossing.ts';
import type { Links } from '../cluster/open-links.ts';
import { PostgresDesk } from '../cluster/postgres/postgres-desk.ts';
import { PostgresPeers } from '../cluster/postgres/postgres-peers.ts';
import type { Clock } from '../lib/clock.ts';
import type { AgentRuntime } from '../runtime/agent-runtime.ts';
import { NodeSide } from '../runtime/node-side.ts';
import { openDatabase } from '../store/database.ts';
import type { NodeCrossing } from './node-crossing.ts';
import type { SharedStore } from './node-store.ts';

/** How much time a computer gives that goes to sleep. */
const suspendMs = 1_000;
/** How long a program that ends waits for others to take over what it gives them. */
const leaveMs = 5_000;

export interface SharedCrossingPartsOptions {
  dataDir: string;
  shared: SharedStore;
  links: Links;
  clock: Clock;
  labels: readonly string[];
}

/** What crosses nodes that share a database. */
export function openSharedCrossing(options: SharedCrossingPartsOptions): NodeCrossing {
  const { dataDir, shared, links, clock, labels } = options;
  const { ownership, owners, leases, departures, journal, postgres } = shared;
  const node = links.peers.self;
  const db = openDatabase(join(dataDir, 'crossing.db'), crossingMigrations);
  const peers = new PostgresPeers({ postgres, node, clock });
  const undo: (() => void)[] = [];
  let crossing: SharedCrossing | undefined;
  let desk: PostgresDesk | undefined;
  let side: NodeSide | undefined;
  let runtime: AgentRuntime | undefined;
  return {
    journal,
    ownership,
    peers,
    isElsewhere: shared.isElsewhere,
    mayPublish: () => crossing?.courier.assertRoom(),
    heldFrom: (stream) => crossing?.courier.heldFrom(stream) ?? Number.POSITIVE_INFINITY,
    async assertNameFree(name) {
      crossing?.assertNameFree(name);
      await owners.claimName(name);
    },
    whereabouts: (process) => crossing?.whereabouts(process) ?? null,
    isDrained: () => crossing?.isDrained ?? false,
    childrenElsewhere: (parent) => crossing?.roster.childrenOf(parent) ?? [],
    operations: () => desk?.operations() ?? {},
    async begin(opening) {
      runtime = opening;
      side = new NodeSide(opening, labels, () => links.name);
      undo.push(() => side?.close());
      const { takenUp: ready } = opening;
      const isKnown = (process: string) => owners.isKnown(process);
      const { identity } = links;
      const parts = {
        identity,
        peers,
        clock,
        db,
        journal,
        holdings: ownership,
        departures,
        local: side,
        ready,
        get name() {
          return links.name;
        },
        isKnown,
      };
      crossing = new SharedCrossing(parts);
      const { candidates, roster, courier, hooks, settings, secrets } = crossing;
      const wires = { peers, clock, secrets, candidates, roster, courier, hooks, settings };
      desk = new PostgresDesk({
        ...wires,
        node,
        get name() {
          return links.name;
        },
        ownership,
        owners,
        local: side,
        leases,
        setDrained: (isDrained) => crossing?.setDrained(isDrained),
      });
    },
    async start() {
      if (!crossing || !side) return;
      await peers.start();
      await crossing.start();
      undo.push(
        journal.onDurable((entries) => {
          for (const { kind, process } of entries)
            if (kind === 'process.deleted') ownership.forget(process).catch(() => {});
        }),
      );
      owners.start(side, crossing, () => links.name);
      desk?.balancing.start();
    },
    async webhook(process, path, request) {
      const here = runtime?.find(process);
      if (here) return here.receiver(path).receive(request);
      if (!crossing) throw new RuntimeError('NODE_CLOSING', 'The node is still opening.');
      const { body, ...rest } = request;
      const bodyBase64 = body.toString('base64');
      return crossing.forwardHook(process, { ...rest, hookPath: path, bodyBase64, receivedAt: clock.now() });
    },
    suspend: () => void desk?.leave(suspendMs),
    resume() {
      void ownership.renew();
      desk?.back();
    },
    async leave() {
      await desk?.leave(leaveMs);
      await crossing?.flush();
      // Else others would wait for its word on what they give away as they end.
      await leases.depart(node).catch(() => {});
    },
    stop() {
      desk?.balancing.close();
      owners.close();
      crossing?.close();
      peers.close();
      for (const end of undo) end();
      db.close();
    },
  };
}
