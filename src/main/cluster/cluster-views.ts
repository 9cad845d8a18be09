import type { ClusterNodeView, ClusterView, NodeReport } from '../../shared/views/cluster-views.ts';
import type { Clock } from '../lib/clock.ts';
import type { ClusterBook, Pair } from './cluster-book.ts';
import type { NodeDiscovery } from './discovery/node-discovery.ts';
import { nodeWords } from './identity/node-id.ts';
import { addressText, ownHosts } from './link/addresses.ts';
import type { LinkedPeers } from './link/linked-peers.ts';
import { duplicate } from './link/presence.ts';
import type { RuntimeCoordinator } from './membership/coordinator.ts';
import type { PairingDesk } from './pairing/pairing-desk.ts';
import type { Peer } from './peers.ts';

export interface ViewParts {
  name(): string;
  clock: Clock;
  startedAt: number;
  book: ClusterBook;
  peers: LinkedPeers;
  /** Those at the database that this node shares. */
  shared(): readonly Peer[];
  coordinator: RuntimeCoordinator;
  desk: PairingDesk;
  discovery: NodeDiscovery;
  report(): NodeReport;
}

export function clusterView(parts: ViewParts): ClusterView {
  const { book, peers, desk, discovery } = parts;
  const { cluster, pairs } = book.state;
  return {
    cluster,
    node: peers.self,
    port: peers.port,
    addresses: ownAddresses(peers),
    mdns: discovery.mdns,
    peers: book.state.peers,
    nodes: [
      ownView(parts),
      ...pairs.map((pair) => nodeView(pair, parts)),
      ...parts.shared().flatMap((peer) => (book.pair(peer.node) ? [] : sharedView(peer, parts))),
    ],
    pairings: desk.list(),
  };
}

/** Where others may reach this node. */
export function ownAddresses({ port }: LinkedPeers): string[] {
  return port === null ? [] : ownHosts().map((host) => addressText({ host, port }));
}

function ownView({ name, startedAt, clock, book, peers, report }: ViewParts): ClusterNodeView {
  return {
    node: peers.self,
    name: name(),
    words: nodeWords(peers.self),
    self: true,
    hub: book.state.cluster?.hub === peers.self,
    role: null,
    state: 'alive',
    since: startedAt,
    problem: null,
    address: null,
    lastSeenAt: clock.now(),
    roundTripMs: null,
    clockSkewMs: null,
    introduced: false,
    report: report(),
  };
}

function nodeView(pair: Pair, { clock, book, peers, coordinator }: ViewParts): ClusterNodeView {
  const { node, name, role, addresses, introducedBy, pairedAt } = pair;
  const { flaps, ...life } = lifeView(node, pairedAt, { clock, coordinator });
  return {
    ...life,
    node,
    name,
    words: nodeWords(node),
    self: false,
    hub: book.state.cluster?.hub === node,
    role,
    problem: pair.duplicate ? duplicate(name).message : (peers.refusal(node)?.message ?? flaps),
    address: addresses[0] ?? null,
    introduced: introducedBy !== null,
  };
}

/** A node that shares the database with this one and is not paired with it. */
function sharedView({ node, name, role }: Peer, { clock, coordinator, startedAt }: ViewParts): ClusterNodeView {
  const { flaps, ...life } = lifeView(node, startedAt, { clock, coordinator });
  const about = { node, name, role, words: nodeWords(node), self: false, hub: false, address: null, introduced: false };
  return { ...life, ...about, problem: flaps };
}

function lifeView(node: string, knownSince: number, { clock, coordinator }: Pick<ViewParts, 'clock' | 'coordinator'>) {
  const life = coordinator.life(node);
  const when = (at: number) => Math.round(clock.now() - coordinator.ago(at));
  const held = life?.heldUntil != null && coordinator.ago(life.heldUntil) < 0;
  return {
    state: life?.state ?? ('suspect' as const),
    since: life ? when(life.since) : knownSince,
    lastSeenAt: life?.report ? when(life.seenAt) : null,
    roundTripMs: life?.roundTripMs ?? null,
    clockSkewMs: life?.clockSkewMs ?? null,
    report: life?.report ?? null,
    flaps: held ? 'It came and went too often; it counts again when it has stayed for a minute.' : null,
  };
}
