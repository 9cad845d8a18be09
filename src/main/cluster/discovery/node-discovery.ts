import type { JsonObject } from '../../../shared/json.ts';
import type { ClusterView, DiscoveredNode } from '../../../shared/views/cluster-views.ts';
import type { StartChild } from '../../lib/child.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ClusterBook } from '../cluster-book.ts';
import type { LinkedPeers } from '../link/linked-peers.ts';
import type { Discovery } from './discovery.ts';
import { MdnsDiscovery } from './mdns-discovery.ts';
import { RegistryDiscovery } from './registry-discovery.ts';
import { StaticDiscovery } from './static-discovery.ts';

export interface NodeDiscoveryOptions {
  peers: LinkedPeers;
  book: ClusterBook;
  clock: Clock;
  startChild: StartChild;
  onChange(): void;
  log(level: 'info' | 'warn', message: string, details: JsonObject): void;
}

const lookMs = 60_000;

/** All ways in which this node finds others, as its settings say; outside of a cluster none runs unless asked to. */
export class NodeDiscovery {
  readonly #options: NodeDiscoveryOptions;
  readonly #registry: RegistryDiscovery;
  #mdns: MdnsDiscovery | undefined;
  #fixed: StaticDiscovery | undefined;
  #looking: { mdns: MdnsDiscovery; disarm: () => void } | undefined;
  #running = '';

  constructor(options: NodeDiscoveryOptions) {
    this.#options = options;
    this.#registry = new RegistryDiscovery(options.book);
  }

  /** Starts and stops what the settings of now ask for. */
  follow(): void {
    const { book, peers, clock } = this.#options;
    const { mdns, peers: addresses } = book.state;
    const { port } = peers;
    const wanted = JSON.stringify([port, mdns, addresses]);
    if (wanted === this.#running) return;
    this.#rest();
    this.#running = wanted;
    if (port === null) return;
    if (mdns) {
      this.#endLook();
      this.#mdns = this.#listenToNetwork(port);
    }
    this.#fixed = new StaticDiscovery({ addresses, clock, visit: (address) => peers.visit(address) });
  }

  get mdns(): ClusterView['mdns'] {
    const enabled = this.#options.book.state.mdns;
    const mdns = this.#mdns ?? this.#looking?.mdns;
    if (!mdns) return { enabled, state: 'off', problem: null };
    return { enabled, state: mdns.isSearching ? 'searching' : 'resting', problem: mdns.problem };
  }

  list(): DiscoveredNode[] {
    const sources: Discovery[] = [this.#mdns ?? this.#looking?.mdns, this.#fixed, this.#registry].filter(
      (one) => one !== undefined,
    );
    return sources.flatMap((source) =>
      source.list().map(({ address, node, seenAt }) => {
        const name = node === null ? null : (this.#options.book.pair(node)?.name ?? null);
        return { address, node, seenAt, name, source: source.source };
      }),
    );
  }

  /** Looks by mDNS for a minute without saying anything of this node: to find a cluster to join. */
  look(): void {
    if (this.#mdns) return;
    const mdns = this.#looking?.mdns ?? this.#listenToNetwork(null);
    this.#looking?.disarm();
    this.#looking = { mdns, disarm: this.#options.clock.after(lookMs, () => this.#endLook()) };
  }

  /** After sleep, or when the network has changed. */
  refresh(): void {
    this.#mdns?.restart();
  }

  /** Ends everything for good. */
  close(): void {
    this.#endLook();
    this.#rest();
  }

  #rest(): void {
    this.#mdns?.close();
    this.#fixed?.close();
    this.#mdns = undefined;
    this.#fixed = undefined;
    this.#running = '';
  }

  #endLook(): void {
    this.#looking?.disarm();
    this.#looking?.mdns.close();
    this.#looking = undefined;
  }

  #listenToNetwork(port: number | null): MdnsDiscovery {
    const { peers, book, clock, startChild, log, onChange } = this.#options;
    const known = new Set<string>();
    return new MdnsDiscovery({
      startChild,
      clock,
      self: peers.self,
      port,
      nodes: () => book.state.pairs.map(({ node }) => node),
      log,
      onSighted: ({ node, address }) => {
        if (node && !peers.isLinked(node)) {
          peers.hint(node, address);
          // Where it was last may be long out of date; whoever is there is asked for its key as always.
          peers.ask(node, 'alive', null, { timeoutMs: 4_000 }).catch(() => {});
        }
        if (known.size < 1_000 && !known.has(address)) {
          known.add(address);
          onChange();
        }
      },
    });
  }
}
