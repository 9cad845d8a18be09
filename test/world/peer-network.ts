import { Answers } from '../../src/main/cluster/answers.ts';
import {
  type AskOptions,
  maxMessageBytes,
  type Peer,
  type PeerRole,
  type Peers,
} from '../../src/main/cluster/peers.ts';
import { type Clock, systemClock } from '../../src/main/lib/clock.ts';
import { fromWire, RuntimeError, toWire } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { type Draws, draws } from './draws.ts';

/** One direction between two nodes. */
interface Line {
  cut: boolean;
  delayMs: number;
  /** Share of what is sent that never arrives. */
  loss: number;
}

export interface PeerNetworkOptions {
  clock?: Clock;
  /** Where the losses come from; print its label to have them again. */
  draws?: Draws;
}

export interface JoinOptions {
  name?: string;
  /** What the others let this node do; null: it is paired with nobody yet. */
  role?: PeerRole | null;
}

/**
 * A network of nodes in this process that is exactly the seam `Peers`, with faults to order. What is sent over a line
 * that is cut is gone, as packets are: the asker learns of it at its deadline. A node that is down refuses at once.
 * All that is said is copied through JSON, so nodes share no objects.
 */
export class PeerNetwork {
  readonly clock: Clock;
  readonly draws: Draws;
  /** Everything that was asked, in order, as `from>to question`. */
  readonly said: string[] = [];
  readonly #nodes = new Map<string, StandInPeers>();
  readonly #lines = new Map<string, Line>();
  readonly #down = new Set<string>();

  constructor({ clock = systemClock, draws: given = draws() }: PeerNetworkOptions = {}) {
    this.clock = clock;
    this.draws = given;
  }

  /** A new node, paired both ways with all there are, as a `member` unless told otherwise. */
  join(node: string, { name = node, role = 'member' }: JoinOptions = {}): Peers {
    const peers = new StandInPeers(this, node, name);
    const others = [...this.#nodes.values()];
    this.#nodes.set(node, peers);
    if (role) for (const other of others) this.pair(node, other.self, role);
    return peers;
  }

  /** Both know each other from now on; `roleOfA` is what `a` may do at `b`, and the other way round. */
  pair(a: string, b: string, roleOfA: PeerRole = 'member', roleOfB: PeerRole = 'member'): void {
    this.grant(b, a, roleOfA);
    this.grant(a, b, roleOfB);
  }

  /** What `of` may do at the node `at` from now on; null: nothing, it is not known there any more. */
  grant(at: string, of: string, role: PeerRole | null): void {
    this.node(at).grant(of, this.node(of).name, role);
  }

  /** Nothing gets from one to the other, in either direction. */
  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  cutOneWay(from: string, to: string): void {
    this.line(from, to).cut = true;
  }

  /** Cuts a node off from all others. */
  isolate(node: string): void {
    for (const other of this.#nodes.keys()) if (other !== node) this.cut(node, other);
  }

  /** Undoes cuts, delays and losses: between two nodes, of one node, or everywhere. Who is down stays down. */
  heal(a?: string, b?: string): void {
    for (const key of [...this.#lines.keys()]) {
      const ends = key.split('>');
      if ((a === undefined || ends.includes(a)) && (b === undefined || ends.includes(b))) this.#lines.delete(key);
    }
  }

  delay(from: string, to: string, ms: number): void {
    this.line(from, to).delayMs = ms;
  }

  /** @param share of what is sent in that direction that never arrives, 0 to 1 */
  lose(from: string, to: string, share: number): void {
    this.line(from, to).loss = share;
  }

  /** The program of the node has ended: it is refused at once, asks nothing, and what it was asked gets no answer. */
  stop(node: string): void {
    this.#down.add(node);
  }

  start(node: string): void {
    this.#down.delete(node);
  }

  isDown(node: string): boolean {
    return this.#down.has(node);
  }

  node(node: string): StandInPeers {
    const found = this.#nodes.get(node);
    if (!found) throw new Error(`no node ${node} has joined this network`);
    return found;
  }

  /** Whether what is sent now arrives, after the delay of the line. */
  async carries(from: string, to: string): Promise<boolean> {
    if (from === to) return true;
    const { cut, delayMs, loss } = this.line(from, to);
    if (cut || (loss > 0 && this.draws.chance(loss))) return false;
    if (delayMs > 0) await new Promise<void>((arrive) => this.clock.after(delayMs, arrive));
    return !this.line(from, to).cut;
  }

  line(from: string, to: string): Line {
    const key = `${from}>${to}`;
    const known = this.#lines.get(key) ?? { cut: false, delayMs: 0, loss: 0 };
    this.#lines.set(key, known);
    return known;
  }
}

const usualTimeoutMs = 10_000;

class StandInPeers implements Peers {
  readonly self: string;
  readonly name: string;
  readonly #network: PeerNetwork;
  readonly #answers = new Answers();
  readonly #known = new Map<string, Peer>();
  readonly #listeners = new Set<() => void>();

  constructor(network: PeerNetwork, self: string, name: string) {
    this.#network = network;
    this.self = self;
    this.name = name;
  }

  list(): readonly Peer[] {
    return [...this.#known.values()];
  }

  grant(node: string, name: string, role: PeerRole | null): void {
    if (role) this.#known.set(node, { node, name, role });
    else this.#known.delete(node);
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (thrown) {
        // Its power went meanwhile, which is nothing to the one that was paired with it.
        if (!this.#network.isDown(this.self)) throw thrown;
      }
    }
  }

  async ask(
    node: string,
    question: string,
    body: Json,
    { timeoutMs = usualTimeoutMs, signal }: AskOptions = {},
  ): Promise<Json> {
    if (node !== this.self && !this.#known.has(node)) {
      throw new RuntimeError('PEER_UNKNOWN', `This node is not paired with ${node}.`, { node });
    }
    this.#network.said.push(`${this.self}>${node} ${question}`);
    if (this.#network.isDown(node) || this.#network.isDown(this.self)) throw unreachable(node, 'it is down');
    // Refused before anything waits for an answer.
    const said = copied(body);
    const stop = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const give = (why: string) => {
      reject(unreachable(node, why));
      stop.abort();
    };
    const giveUp = () => give('the question was given up');
    const disarm = this.#network.clock.after(timeoutMs, () => give(`no answer within ${timeoutMs} ms`));
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
    this.#carry(node, question, said, stop.signal).then(resolve, reject);
    try {
      return await promise;
    } finally {
      disarm();
      signal?.removeEventListener('abort', giveUp);
    }
  }

  answer(...[question, least, answer]: Parameters<Peers['answer']>): () => void {
    return this.#answers.add(question, least, answer);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** There and back; what gets lost on the way is never settled. */
  async #carry(node: string, question: string, body: Json, signal: AbortSignal): Promise<Json> {
    const never = new Promise<Json>(() => {});
    if (!(await this.#network.carries(this.self, node)) || signal.aborted) return never;
    if (this.#network.isDown(node)) throw unreachable(node, 'it is down');
    const reply = await this.#network.node(node).reply(this.self, question, body, signal);
    if (this.#network.isDown(node)) throw unreachable(node, 'it went down');
    if (!(await this.#network.carries(node, this.self))) return never;
    if ('value' in reply) return reply.value;
    throw fromWire(reply.error);
  }

  async reply(from: string, question: string, body: Json, signal: AbortSignal) {
    const role = from === this.self ? 'hub' : this.#known.get(from)?.role;
    try {
      if (!role) throw new RuntimeError('PEER_REFUSED', `${this.self} is not paired with ${from}.`, { node: from });
      return { value: copied(await this.#answers.give(question, { from, role, body, signal })) };
    } catch (thrown) {
      return { error: copied(toWire(thrown) as unknown as Json) };
    }
  }
}

/** @throws RuntimeError `BODY_TOO_LARGE` */
function copied(value: Json): Json {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > maxMessageBytes)
    throw new RuntimeError('BODY_TOO_LARGE', 'It is too long for the line.');
  return JSON.parse(text) as Json;
}

function unreachable(node: string, why: string): RuntimeError {
  return new RuntimeError('PEER_UNREACHABLE', `${node} cannot be reached: ${why}.`, { node });
}
