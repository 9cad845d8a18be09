import { z } from 'zod';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { PeerRoleName } from '../../shared/views/cluster-views.ts';
import type { Clock } from '../lib/clock.ts';
import { roleAllows } from './answers.ts';
import type { ClusterBook, Pair } from './cluster-book.ts';
import { isNodeId } from './identity/node-id.ts';
import type { Peers } from './peers.ts';

const MemberList = z.object({
  cluster: z.object({ id: z.string(), name: z.string() }),
  nodes: z
    .array(
      z.object({
        node: z.string().refine(isNodeId),
        name: z.string().max(200),
        role: PeerRoleName,
        addresses: z.array(z.string().max(260)).max(8),
      }),
    )
    .max(64),
});
type MemberList = z.infer<typeof MemberList>;

const pullEveryMs = 30_000;
const retryPushMs = 1_000;
const pushTimeoutMs = 1_500;

/**
 * Keeps members of a cluster known to each other: each was paired with the hub by people, and the hub tells each of the
 * others. It is told at once of changes, so that a revoked node is cut off everywhere, and asks now and then in case it
 * was not there to be told.
 */
export class Introductions {
  readonly #peers: Peers;
  readonly #book: ClusterBook;
  readonly #clock: Clock;
  readonly #undo: (() => void)[];
  #told = '';
  #disarm: (() => void) | undefined;
  #closed = false;

  constructor(peers: Peers, book: ClusterBook, clock: Clock) {
    this.#peers = peers;
    this.#book = book;
    this.#clock = clock;
    this.#undo = [
      peers.answer('members', 'member', async () => this.#memberList() as unknown as Json),
      peers.answer('members.changed', 'hub', async ({ from, body }) => {
        this.#take(from, body);
        return true;
      }),
      book.onChange(() => this.#changed()),
    ];
    this.#changed();
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    for (const undo of this.#undo) undo();
  }

  get #isHub(): boolean {
    return this.#book.state.cluster?.hub === this.#peers.self;
  }

  #changed(): void {
    const { cluster } = this.#book.state;
    if (!cluster) {
      this.#disarm?.();
      this.#disarm = undefined;
      this.#told = '';
    } else if (this.#isHub) {
      const text = JSON.stringify(this.#memberList());
      if (text === this.#told) return;
      this.#told = text;
      void this.#push(text);
    } else if (!this.#disarm) void this.#pull();
  }

  #memberList(): MemberList {
    const { cluster, pairs } = this.#book.state;
    if (!cluster || !this.#isHub) throw new RuntimeError('HUB_ONLY', 'This node is not the hub of a cluster.');
    const members = pairs.filter(({ role, duplicate }) => roleAllows(role, 'member') && !duplicate);
    return {
      cluster: { id: cluster.id, name: cluster.name },
      nodes: members.map(({ node, name, role, addresses }) => ({ node, name, role, addresses })),
    };
  }

  async #push(text: string): Promise<void> {
    const told = JSON.parse(text) as Json;
    const members = this.#peers.list().filter(({ role }) => roleAllows(role, 'member'));
    const answers = members.map(({ node }) =>
      this.#peers.ask(node, 'members.changed', told, { timeoutMs: pushTimeoutMs }).then(
        () => true,
        () => false,
      ),
    );
    const missed = (await Promise.all(answers)).includes(false);
    // Who was away asks when it is back; who was only slow is told once more.
    if (!missed || this.#closed || text !== this.#told) return;
    this.#disarm?.();
    this.#disarm = this.#clock.after(retryPushMs, () => {
      if (text === this.#told)
        void this.#pushOnce(
          told,
          members.map(({ node }) => node),
        );
    });
  }

  async #pushOnce(told: Json, nodes: readonly string[]): Promise<void> {
    await Promise.allSettled(
      nodes.map((node) => this.#peers.ask(node, 'members.changed', told, { timeoutMs: pushTimeoutMs })),
    );
  }

  async #pull(): Promise<void> {
    this.#disarm = this.#clock.after(pullEveryMs, () => void this.#pull());
    const { cluster } = this.#book.state;
    if (!cluster || this.#isHub || !this.#trusts(cluster.hub)) return;
    try {
      this.#take(cluster.hub, await this.#peers.ask(cluster.hub, 'members', null, { timeoutMs: pushTimeoutMs }));
    } catch {
      // The hub is away: what is known goes on to hold.
    }
  }

  /** Only a hub that this node was paired with, as one, may say who else belongs here. */
  #trusts(node: string): boolean {
    const { cluster } = this.#book.state;
    return cluster?.hub === node && this.#book.pair(node)?.role === 'hub';
  }

  #take(hub: string, body: Json): void {
    const { cluster } = this.#book.state;
    if (!cluster || !this.#trusts(hub)) throw new RuntimeError('PEER_REFUSED', 'This node takes no list from there.');
    const list = MemberList.parse(body);
    if (list.cluster.id !== cluster.id) throw new RuntimeError('PEER_REFUSED', 'That is the list of another cluster.');
    const listed = new Map(list.nodes.map((entry) => [entry.node, entry]));
    listed.delete(this.#peers.self);
    const kept = this.#book.state.pairs.filter(({ node, introducedBy }) => introducedBy !== hub || listed.has(node));
    const pairs = kept.map((pair) => this.#updated(pair, listed.get(pair.node)));
    const known = new Set(pairs.map(({ node }) => node));
    for (const entry of listed.values()) {
      if (known.has(entry.node)) continue;
      const { node, name, addresses } = entry;
      const fresh = { introducedBy: hub, pairedAt: this.#clock.now(), generation: 0, boot: '', duplicate: false };
      // What the hub is to the others it is to this node by pairing, never by its own list.
      pairs.push({ node, name, role: 'member', addresses, ...fresh });
    }
    this.#book.change({ pairs, cluster: { ...cluster, name: list.cluster.name } });
  }

  #updated(pair: Pair, entry: MemberList['nodes'][number] | undefined): Pair {
    if (!entry) return pair;
    const addresses = [...new Set([...pair.addresses, ...entry.addresses])].slice(0, 8);
    return { ...pair, addresses };
  }
}
