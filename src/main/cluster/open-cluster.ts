import type { RuntimeApi } from '../../shared/api.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { RuntimeNotice } from '../../shared/notices.ts';
import type { NodeReport } from '../../shared/views/cluster-views.ts';
import type { StartChild } from '../lib/child.ts';
import type { Clock } from '../lib/clock.ts';
import type { ClusterBook } from './cluster-book.ts';
import { ClusterDesk } from './cluster-desk.ts';
import { NodeDiscovery } from './discovery/node-discovery.ts';
import { Introductions } from './introductions.ts';
import { RuntimeCoordinator } from './membership/coordinator.ts';
import type { Links } from './open-links.ts';
import { PairingDesk } from './pairing/pairing-desk.ts';
import type { Peers } from './peers.ts';
import { peersOfBoth } from './peers-of-both.ts';
import { answerWhere, clusterApi, nodeNamed } from './remote/cluster-api.ts';
import { answerOperations, remoteApi } from './remote/operations-of-peers.ts';
import { answerNotices, type Notices, remoteNotices } from './remote/remote-notices.ts';

export interface ClusterOptions {
  /** null: nothing is kept. */
  dataDir: string | null;
  links: Links;
  /** The nodes at the database that this one shares; left out: it shares none. */
  shared?: Peers;
  clock: Clock;
  startChild: StartChild;
  /** All operations, on this node. */
  local: RuntimeApi;
  /** Why a process that no node has may be somewhere all the same. */
  whereabouts(process: string): string | null;
  notices: Notices;
  say(notice: Pick<RuntimeNotice, 'kind' | 'item' | 'state' | 'text'>): void;
  report(): Omit<NodeReport, 'drained'>;
  /** Whether this node takes no agents in. */
  isDrained(): boolean;
  log(level: 'info' | 'warn' | 'error', message: string, details: JsonObject): void;
}

export interface Cluster {
  readonly peers: Peers;
  readonly coordinator: RuntimeCoordinator;
  /** Every operation, on the node that has what it is about. */
  readonly api: RuntimeApi;
  /** Every operation, on the node that is named. @throws RuntimeError `PEER_UNKNOWN` */
  at(node: string): RuntimeApi;
  /** @throws RuntimeError `PEER_UNKNOWN` */
  noticesOf(node: string): Notices;
  metrics(): ClusterMetric[];
  /** This computer goes to sleep: the others are told. */
  suspend(): Promise<void>;
  resume(): void;
  close(): Promise<void>;
}

interface ClusterMetric {
  name: string;
  help: string;
  type: 'gauge';
  samples: { labels?: Record<string, string>; value: number }[];
}

/** Put together anew only after as long: it looks at every process. */
const reportMs = 500;

/**
 * A node's part in a cluster, put together. Until it creates or joins one it listens nowhere, has no timers and no
 * child; all that it then is are these objects.
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { links, clock, log, say, startChild } = options;
  const { identity, book, peers } = links;
  const { shared } = options;
  const all = shared ? peersOfBoth(shared, peers) : peers;
  const name = () => links.name;
  const numbers = remembered(options.report, clock);
  const report = (): NodeReport => ({ ...numbers(), drained: options.isDrained() });
  const changed = (state: string) => say({ kind: 'cluster.changed', state });
  const desk = new PairingDesk({
    identity,
    name,
    clock,
    card: () =>
      book.state.cluster?.hub === identity.node ? { id: book.state.cluster.id, name: book.state.cluster.name } : null,
    onPaired: (paired) => clusterDesk.paired(paired),
    onChange: () => {
      changed('pairing');
      void clusterDesk.settle();
    },
  });
  peers.welcomePairings((socket, node) => void desk.welcome(socket, node));
  const coordinator = new RuntimeCoordinator({
    peers: all,
    clock,
    report,
    onState: (node, state, before) => {
      const text = all.list().find((peer) => peer.node === node)?.name ?? node;
      log('info', 'a node of the cluster changed', { node, name: text, state, before });
      say({ kind: 'cluster.changed', item: node, state, text });
    },
  });
  const discovery = new NodeDiscovery({ peers, book, clock, startChild, log, onChange: () => changed('discovered') });
  const introductions = new Introductions(peers, book, clock);
  const startedAt = clock.now();
  const parts = {
    name,
    clock,
    startedAt,
    book,
    peers,
    shared: () => shared?.list() ?? [],
    coordinator,
    desk,
    discovery,
    report,
    log,
    dataDir: options.dataDir,
  };
  const clusterDesk = new ClusterDesk(parts);
  const own: RuntimeApi = {
    ...options.local,
    ...clusterDesk.operations(),
    node: async (input, by) => ({ ...(await options.local.node(input, by)), name: name() }),
  };
  const alive = () => [...coordinator.membership].flatMap(([node, { state }]) => (state === 'alive' ? node : []));
  const away = () => [...coordinator.membership].flatMap(([node, { state }]) => (state === 'alive' ? [] : node));
  const { whereabouts } = options;
  const api = clusterApi({ peers: all, local: own, name, alive, away, whereabouts });
  let duplicates = '';
  const undo = [
    answerOperations(all, own),
    answerWhere(all, own),
    answerNotices(all, options.notices, clock),
    all.onChange(() => changed('peers')),
    book.onChange(() => {
      const names = book.state.pairs.flatMap((pair) => (pair.duplicate ? pair.name : [])).join(', ');
      if (names !== duplicates && names) say({ kind: 'cluster.changed', state: 'duplicate', text: names });
      duplicates = names;
    }),
  ];
  await clusterDesk.open();
  discovery.follow();
  const named = (node: string) => nodeNamed(all, { name: name() }, node);
  return {
    peers: all,
    coordinator,
    api,
    at: (node) => (named(node) === all.self ? own : remoteApi(all, named(node))),
    noticesOf: (node) => (named(node) === all.self ? options.notices : remoteNotices(all, named(node), clock)),
    metrics: () => metricsOf(coordinator, book),
    suspend: () => coordinator.sayGoodbye(),
    resume() {
      discovery.refresh();
      coordinator.check();
    },
    async close() {
      await coordinator.sayGoodbye();
      for (const end of undo) end();
      desk.close();
      discovery.close();
      introductions.close();
      coordinator.close();
      clusterDesk.close();
      await peers.close();
    },
  };
}

function remembered<T>(report: () => T, clock: Clock): () => T {
  let last: { report: T; at: number } | undefined;
  return () => {
    const at = clock.elapsed();
    if (!last || at - last.at > reportMs) last = { report: report(), at };
    return last.report;
  };
}

function metricsOf(coordinator: RuntimeCoordinator, book: ClusterBook): ClusterMetric[] {
  if (!book.state.cluster && coordinator.membership.size === 0) return [];
  const nodes = [...coordinator.membership];
  const states = ['alive', 'suspect', 'dead', 'asleep'] as const;
  const perNode = (of: (life: (typeof nodes)[number][1]) => number | null) =>
    nodes.flatMap(([node, life]) => {
      const value = of(life);
      return value === null ? [] : [{ labels: { node }, value }];
    });
  return [
    {
      name: 'agent_runtime_cluster_nodes',
      help: 'Other nodes of the cluster, by state.',
      type: 'gauge',
      samples: states.map((state) => ({
        labels: { state },
        value: nodes.filter(([, life]) => life.state === state).length,
      })),
    },
    {
      name: 'agent_runtime_peer_round_trip_ms',
      help: 'How long a node took to answer, last.',
      type: 'gauge',
      samples: perNode(({ roundTripMs }) => roundTripMs),
    },
    {
      name: 'agent_runtime_peer_clock_skew_ms',
      help: 'How far the clock of a node is ahead.',
      type: 'gauge',
      samples: perNode(({ clockSkewMs }) => clockSkewMs),
    },
  ];
}
