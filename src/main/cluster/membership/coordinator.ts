import { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { NodeReport, type NodeState } from '../../../shared/views/cluster-views.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Peers } from '../peers.ts';
import {
  afterSighting,
  indirectProbes,
  type Membership,
  type NodeLife,
  type Sighting,
  suspectAfterMisses,
} from './membership.ts';

export interface RuntimeCoordinatorOptions {
  peers: Peers;
  clock: Clock;
  /** How this node fares, for the others. */
  report(): NodeReport;
  /** Calls back when a node is no longer what it was. */
  onState(node: string, state: NodeState, before: NodeState): void;
}

const busyMs = 1_000;
const idleMs = 5_000;
const pingTimeoutMs = 1_000;
const goodbyeMs = 500;
/** A timer as late as this says that this node was stopped or very busy: what it missed meanwhile is not the others' fault. */
const lateMs = 2_000;

const Pong = z.object({ at: z.number(), report: NodeReport });

/**
 * Knows of every paired node whether it lives and how it fares, by asking it. It decides nothing that must be right:
 * who owns a process is decided by leases alone.
 */
export class RuntimeCoordinator {
  readonly #options: RuntimeCoordinatorOptions;
  readonly #undo: (() => void)[];
  readonly #pinging = new Set<string>();
  readonly #lastPing = new Map<string, number>();
  #membership: Membership = new Map();
  #disarm: (() => void) | undefined;
  #dueAt = 0;
  #silent = false;
  #closed = false;

  constructor(options: RuntimeCoordinatorOptions) {
    this.#options = options;
    const { peers } = options;
    this.#undo = [
      peers.answer('ping', 'observe', async ({ from }) => {
        // An answer after the goodbye would take it back.
        if (this.#silent) throw new RuntimeError('NODE_CLOSING', 'The node is going to sleep.');
        this.#see({ kind: 'heard', node: from, at: this.#now() });
        return { at: options.clock.now(), report: options.report() } as unknown as Json;
      }),
      peers.answer('probe', 'member', async ({ body }) => this.#probe(body)),
      peers.answer('goodbye', 'observe', async ({ from }) => {
        this.#see({ kind: 'goodbye', node: from, at: this.#now() });
        return true;
      }),
      peers.onChange(() => this.#follow()),
    ];
    this.#follow();
  }

  /** What is known of a node; undefined: it is not paired, or is this node. */
  life(node: string): NodeLife | undefined {
    return this.#membership.get(node);
  }

  get membership(): Membership {
    return this.#membership;
  }

  /** Milliseconds of this node's own time since a moment in a NodeLife. */
  ago(at: number): number {
    return this.#now() - at;
  }

  /** Tells the others that this node will be silent on purpose, and is so until `check`. */
  async sayGoodbye(): Promise<void> {
    const { peers } = this.#options;
    this.#silent = true;
    this.#disarm?.();
    const awake = peers.list().filter(({ node }) => this.life(node)?.state === 'alive');
    await Promise.allSettled(awake.map(({ node }) => peers.ask(node, 'goodbye', null, { timeoutMs: goodbyeMs })));
  }

  /** Asks everybody now, such as after this computer has slept. */
  check(): void {
    this.#silent = false;
    this.#lastPing.clear();
    this.#tick();
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    for (const undo of this.#undo) undo();
  }

  /** Without peers no timer is armed. */
  #follow(): void {
    const at = this.#now();
    const paired = new Set(this.#options.peers.list().map(({ node }) => node));
    for (const node of this.#membership.keys()) if (!paired.has(node)) this.#see({ kind: 'left', node, at });
    for (const node of paired) this.#see({ kind: 'joined', node, at });
    if (paired.size > 0) this.#tick();
    else this.#disarm?.();
  }

  #tick(): void {
    this.#disarm?.();
    if (this.#closed || this.#silent) return;
    const at = this.#now();
    const wasLate = this.#dueAt > 0 && at - this.#dueAt > lateMs;
    this.#see({ kind: 'passed', at });
    for (const { node } of this.#options.peers.list()) {
      if (at - (this.#lastPing.get(node) ?? Number.NEGATIVE_INFINITY) < this.#everyMs(node)) continue;
      this.#lastPing.set(node, at);
      void this.#ping(node, wasLate);
    }
    this.#dueAt = at + busyMs;
    this.#disarm = this.#options.clock.after(busyMs, () => this.#tick());
  }

  /** Once a second while there is work or doubt, else every five. */
  #everyMs(node: string): number {
    const life = this.life(node);
    if (!life || life.misses > 0 || life.state === 'suspect') return busyMs;
    const works = this.#options.report().running > 0 || (life.report?.running ?? 0) > 0;
    return works && life.state === 'alive' ? busyMs : idleMs;
  }

  async #ping(node: string, forgiven: boolean): Promise<void> {
    if (this.#pinging.has(node)) return;
    this.#pinging.add(node);
    const { peers, clock } = this.#options;
    const askedAt = clock.now();
    const begun = this.#now();
    try {
      const pong = Pong.parse(await peers.ask(node, 'ping', null, { timeoutMs: pingTimeoutMs }));
      const roundTripMs = this.#now() - begun;
      const clockSkewMs = pong.at - (askedAt + roundTripMs / 2);
      this.#see({ kind: 'answered', node, at: this.#now(), roundTripMs, clockSkewMs, report: pong.report });
    } catch {
      if (!forgiven && !this.#closed) await this.#miss(node);
    } finally {
      this.#pinging.delete(node);
    }
  }

  async #miss(node: string): Promise<void> {
    this.#see({ kind: 'missed', node, at: this.#now() });
    const life = this.life(node);
    if (life?.state !== 'alive' || life.misses < suspectAfterMisses) return;
    const { peers } = this.#options;
    const others = peers.list().filter((peer) => peer.node !== node && this.life(peer.node)?.state === 'alive');
    const asked = others.slice(0, indirectProbes);
    const probes = asked.length;
    if (probes === 0) this.#see({ kind: 'probed', node, at: this.#now(), via: peers.self, reached: false, probes });
    await Promise.all(
      asked.map(async ({ node: via }) => {
        // No answer is no sign of life either, as in SWIM: who is cut off from everybody must not take all for alive.
        const answer = await peers.ask(via, 'probe', { node }, { timeoutMs: 2 * pingTimeoutMs }).catch(() => null);
        const reached = isJsonObject(answer) && answer['reached'] === true;
        this.#see({ kind: 'probed', node, at: this.#now(), via, reached, probes });
      }),
    );
  }

  async #probe(body: Json): Promise<Json> {
    const node = isJsonObject(body) ? String(body['node']) : '';
    const { peers } = this.#options;
    if (node === peers.self) return { reached: true };
    const answer = peers.ask(node, 'ping', null, { timeoutMs: pingTimeoutMs });
    return answer.then(
      () => ({ reached: true }),
      () => ({ reached: false }),
    );
  }

  #see(sighting: Sighting): void {
    const before = this.#membership;
    this.#membership = afterSighting(before, sighting);
    if (this.#membership === before) return;
    for (const [node, life] of this.#membership) {
      const was = before.get(node)?.state;
      if (was && was !== life.state) this.#options.onState(node, life.state, was);
    }
  }

  #now(): number {
    return this.#options.clock.elapsed();
  }
}
