import { randomUUID } from 'node:crypto';
import type { Parsed, RuntimeApi } from '../../shared/api.ts';
import { RuntimeError, toWire } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { clusterOperations } from '../../shared/operations/cluster-operations.ts';
import type { ClusterView, PairingView } from '../../shared/views/cluster-views.ts';
import { clusterView, ownAddresses, type ViewParts } from './cluster-views.ts';
import { forgetIdentity } from './identity/identity.ts';
import { hubLimits } from './leases/hub-store.ts';
import { parseAddress, usualPeerPort } from './link/addresses.ts';
import type { Paired } from './pairing/pairing-desk.ts';
import type { PeerRole } from './peers.ts';
import { nodeNamed } from './remote/cluster-api.ts';

export interface ClusterDeskParts extends ViewParts {
  dataDir: string | null;
  log(level: 'error', message: string, details: JsonObject): void;
}

const leaveTimeoutMs = 1_000;

/** The operations on the cluster: what people do to say who belongs to it. */
export class ClusterDesk {
  readonly #parts: ClusterDeskParts;
  readonly #undo: () => void;

  constructor(parts: ClusterDeskParts) {
    this.#parts = parts;
    // Somebody leaves: whatever it was here, it is no longer. Without its hub there is no cluster.
    this.#undo = parts.peers.answer('leave', 'observe', async ({ from }) => {
      if (parts.book.state.cluster?.hub === from) setImmediate(() => void this.#forgetAll());
      else parts.book.remove(from);
      return true;
    });
  }

  /** Takes up the cluster that this node was in when it ended. */
  async open(): Promise<void> {
    const { book, log } = this.#parts;
    if (!book.state.cluster) return;
    try {
      await this.#listen(book.state.port);
    } catch (thrown) {
      // Agents are worked on all the same; the cluster shows that this node listens nowhere.
      const { code, message } = toWire(thrown);
      log('error', 'this node takes no part in its cluster', { code, reason: message });
    }
  }

  close(): void {
    this.#undo();
  }

  operations(): Pick<RuntimeApi, keyof typeof clusterOperations> {
    const { book, desk, discovery } = this.#parts;
    return {
      cluster: async () => this.#view(),
      createCluster: async (input) => this.#create(input),
      configureCluster: async (settings) => this.#configure(settings),
      leaveCluster: async () => this.#leave(),
      openPairing: async () => {
        this.#assertHub();
        this.#assertPlace();
        return { ...desk.showCode(), addresses: ownAddresses(this.#parts.peers) };
      },
      pair: (input) => this.#pair(input),
      confirmPairing: async ({ id, role }) => desk.confirm(id, role),
      rejectPairing: async ({ id }) => desk.reject(id),
      setPeerRole: async ({ node, role }) => this.#setRole(this.#other(node), role),
      unpair: async ({ node }) => this.#unpair(this.#other(node)),
      acceptNode: async ({ node }) => {
        const pair = book.pair(this.#other(node));
        if (pair) book.put({ ...pair, duplicate: false, boot: '' });
        return this.#view();
      },
      renewIdentity: async () => {
        const { dataDir } = this.#parts;
        if (dataDir === null)
          throw new RuntimeError('NOT_SUPPORTED', 'This node keeps nothing: it is new at each start.');
        await this.#leave();
        forgetIdentity(dataDir);
        return { restartNeeded: true };
      },
      lookAround: async () => {
        discovery.look();
        return { ok: true };
      },
      discovered: async () => ({ items: discovery.list(), next: null }),
    };
  }

  /** Keeps a pair that both sides have confirmed. */
  paired({ side, node, name, role, address, cluster }: Paired): void {
    const { book, clock } = this.#parts;
    book.countStart(clock.now());
    const before = book.pair(node);
    const pair = {
      node,
      name,
      role,
      addresses: [...new Set([...(address ? [address] : []), ...(before?.addresses ?? [])])],
      introducedBy: null,
      pairedAt: clock.now(),
      generation: before?.generation ?? 0,
      boot: '',
      duplicate: false,
    };
    // In one piece: who lets a hub in and is in no cluster would be asked by it, and ask nobody.
    book.put(pair, side === 'asker' ? { cluster: { ...cluster, hub: node } } : {});
  }

  /** Stops listening when this node listened only to be paired and was not. */
  async settle(): Promise<void> {
    const { book, desk, peers, discovery } = this.#parts;
    const isOpen = desk.list().some(({ state }) => state === 'compare' || state === 'waiting');
    if (book.state.cluster || isOpen || peers.port === null) return;
    discovery.close();
    await peers.quiet();
  }

  /** Peers hear a new name with the next connection. */
  #call(nodeName: string | undefined): void {
    if (nodeName !== undefined) this.#parts.book.change({ ownName: nodeName });
  }

  #view(): ClusterView {
    return clusterView(this.#parts);
  }

  async #create({ name, port, mdns, nodeName }: Parsed<'createCluster'>): Promise<ClusterView> {
    const { book, peers, clock } = this.#parts;
    this.#assertOutside();
    this.#call(nodeName);
    await this.#listen(port);
    book.countStart(clock.now());
    book.change({ cluster: { id: randomUUID(), name, hub: peers.self }, port: peers.port ?? 0, mdns });
    this.#parts.discovery.follow();
    return this.#view();
  }

  #configure({ name, mdns, peers, nodeName }: Parsed<'configureCluster'>): ClusterView {
    const { book, discovery } = this.#parts;
    const { cluster } = book.state;
    if (!cluster) throw outside();
    if (name !== undefined) this.#assertHub();
    this.#call(nodeName);
    for (const address of peers ?? []) parseAddress(address);
    book.change({
      cluster: { ...cluster, name: name ?? cluster.name },
      mdns: mdns ?? book.state.mdns,
      peers: [...new Set(peers ?? book.state.peers)],
    });
    discovery.follow();
    return this.#view();
  }

  async #pair({ address, code, role, port, mdns, nodeName }: Parsed<'pair'>): Promise<PairingView> {
    const { book, desk, peers, discovery } = this.#parts;
    this.#assertOutside();
    parseAddress(address);
    this.#call(nodeName);
    await this.#listen(port);
    book.change({ port: peers.port ?? 0, mdns });
    discovery.follow();
    try {
      return await desk.ask(address, code, role ?? 'hub');
    } catch (thrown) {
      await this.settle();
      throw thrown;
    }
  }

  async #leave(): Promise<ClusterView> {
    const { peers } = this.#parts;
    const asked = peers.list().map(({ node }) => peers.ask(node, 'leave', null, { timeoutMs: leaveTimeoutMs }));
    await Promise.allSettled(asked);
    await this.#forgetAll();
    return this.#view();
  }

  async #forgetAll(): Promise<void> {
    const { book, peers, desk, discovery } = this.#parts;
    desk.close();
    discovery.close();
    book.reset();
    await peers.quiet();
  }

  #setRole(node: string, role: PeerRole): ClusterView {
    const { book } = this.#parts;
    const pair = book.pair(node);
    const isHub = book.state.cluster?.hub === node;
    if (role === 'hub' && !isHub) {
      throw new RuntimeError('REQUEST_INVALID', `${pair?.name} is not the hub: give it observe, operate or member.`, {
        role,
      });
    }
    if (role === 'member' && pair && pair.role !== 'member' && pair.role !== 'hub') this.#assertPlace();
    if (pair) book.put({ ...pair, role });
    return this.#view();
  }

  async #unpair(node: string): Promise<ClusterView> {
    const { book } = this.#parts;
    if (book.state.cluster?.hub === node) return this.#leave();
    const pair = book.pair(node);
    if (pair?.introducedBy) {
      throw new RuntimeError(
        'HUB_ONLY',
        `${pair.name} belongs to the cluster: take it out on the hub, or give it the role observe here.`,
        { node },
      );
    }
    book.remove(node);
    return this.#view();
  }

  /** The paired node that is meant. @throws RuntimeError `PEER_UNKNOWN` */
  #other(wanted: string): string {
    const { peers, name } = this.#parts;
    const node = nodeNamed(peers, { name: name() }, wanted);
    if (node !== peers.self) return node;
    throw new RuntimeError('PEER_UNKNOWN', `${wanted} is this node itself: name another.`, { node });
  }

  async #listen(port: number | undefined): Promise<void> {
    const { peers } = this.#parts;
    if (peers.port !== null) return;
    try {
      await peers.listen(port ?? usualPeerPort);
    } catch (thrown) {
      // A port that nobody asked for by number is no reason to stay out; others are told the new one.
      if (toWire(thrown).code !== 'PORT_TAKEN' || (port && port !== this.#parts.book.state.port)) throw thrown;
      await peers.listen(0);
    }
  }

  #assertOutside(): void {
    const { cluster } = this.#parts.book.state;
    if (!cluster) return;
    throw new RuntimeError('CLUSTER_JOINED', `This node is in the cluster "${cluster.name}".`, { cluster: cluster.id });
  }

  #assertHub(): void {
    const { cluster } = this.#parts.book.state;
    if (!cluster) throw outside();
    if (cluster.hub === this.#parts.peers.self) return;
    const hub = this.#parts.book.pair(cluster.hub)?.name ?? cluster.hub;
    throw new RuntimeError('HUB_ONLY', `That is done on the hub of "${cluster.name}", which is ${hub}.`, {
      hub: cluster.hub,
    });
  }

  /** @throws RuntimeError `CLUSTER_FULL` where the hub takes no further node that may own processes. */
  #assertPlace(): void {
    const { cluster, pairs } = this.#parts.book.state;
    if (cluster?.hub !== this.#parts.peers.self) return;
    const owners = 1 + pairs.filter(({ role }) => role === 'member' || role === 'hub').length;
    if (owners < hubLimits.nodes) return;
    const text = `A hub takes ${hubLimits.nodes} nodes that own agents, and "${cluster.name}" has ${owners}.`;
    throw new RuntimeError('CLUSTER_FULL', text, { limit: hubLimits.nodes });
  }
}

function outside(): RuntimeError {
  return new RuntimeError('CLUSTER_OFF', 'This node is in no cluster.');
}
