import type { LocalProcess } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Homes } from '../crossing/homes.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import { type Positions, positionsFromJson, positionsToJson } from '../crossing/positions.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { PeerRequest, Peers } from '../peers.ts';
import type { Arrivals } from './arrivals.ts';
import { withoutSecrets } from './candidates.ts';
import { headFrom } from './chains.ts';
import type { Copies } from './copies.ts';
import type { SecretCarrier } from './secret-carrier.ts';

/** How long a step that works is given when its process moves. */
const drainMs = 20_000;
const prepareTimeoutMs = 60_000;
const takeTimeoutMs = 9_000;
/** How long the node that gives a process away waits for the word that it lives. */
const patienceMs = 15_000;
const againMs = 500;

export interface MoveParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly journal: GraftableJournal;
  readonly homes: Homes;
  readonly copies: Copies;
  readonly holdings: Holdings;
  readonly arrivals: Arrivals;
  readonly roster: Roster;
  readonly local: LocalNode;
  readonly secrets: SecretCarrier;
  readonly isDrained: () => boolean;
  /** What all here have of what is published, as of now. */
  positions(): Positions;
  /** All here have what the process told until now: where it goes, that need not be told again. */
  noteHeard(process: string): void;
}

export interface Moved {
  readonly process: string;
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
  /** How long nothing of it ran. */
  readonly gapMs: number;
}

/**
 * Gives processes to other nodes, and takes those that others give.
 *
 * Invariants:
 *   V1. Its journal is complete at the other node before its lease is given up here.
 *   V2. It runs nowhere between its last entry here and its first there.
 *   V3. Stopped at any moment, it goes on at one of the two: whoever has the lease has the whole journal.
 */
export class Moves {
  readonly #parts: MoveParts;
  readonly #moving = new Map<string, string>();
  readonly #undo: (() => void)[];
  #isClosed = false;

  constructor(parts: MoveParts) {
    this.#parts = parts;
    const { peers } = parts;
    this.#undo = [
      peers.answer('move.prepare', 'member', (request) => this.#prepare(request)),
      peers.answer('move.take', 'member', (request) => this.#take(request)),
      peers.answer('move.go', 'member', (request) => this.#go(request)),
    ];
  }

  /** Where a process is going at this moment. */
  movingTo(process: string): string | undefined {
    return this.#moving.get(process);
  }

  /** @throws RuntimeError `PROCESS_NOT_FOUND`, `PLACEMENT_REFUSED`, `MOVE_FAILED`; then it goes on here. */
  async move(name: string, to: string, { drain = drainMs, reason = 'moved' } = {}): Promise<Moved> {
    const { local, peers } = this.#parts;
    const process = local.process(name);
    if (!process) throw new RuntimeError('PROCESS_NOT_FOUND', `"${name}" does not live on this node.`, { name });
    if (to === peers.self)
      throw new RuntimeError('REQUEST_INVALID', `"${name}" lives on this node already.`, { name, node: to });
    const present = this.#moving.get(name);
    if (present)
      throw new RuntimeError('MOVE_FAILED', `"${name}" is being moved to node ${present} already.`, { name });
    this.#moving.set(name, to);
    try {
      return await this.#move(name, to, drain, reason);
    } finally {
      this.#moving.delete(name);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#undo) undo();
  }

  async #move(name: string, to: string, drain: number, reason: string): Promise<Moved> {
    const { peers, clock, homes, holdings, local } = this.#parts;
    const process = local.process(name) as LocalProcess;
    const { secrets } = this.#parts;
    const { needs, placement } = withoutSecrets(process, secrets.namesFor(process, to));
    const epoch = holdings.epoch(name);
    const about = { process: name, epoch, needs, placement } as unknown as Json;
    await peers.ask(to, 'move.prepare', about, { timeoutMs: prepareTimeoutMs });
    await secrets.send(process, to);
    homes.note(name, 'leaving', to, epoch, reason);
    const stoppedAt = clock.elapsed();
    try {
      await this.#handOver(name, to, epoch, drain);
    } catch (thrown) {
      await this.#goOn(name, epoch);
      await secrets.takeBack(process, to);
      const { code, message } = toWire(thrown);
      throw new RuntimeError('MOVE_FAILED', `"${name}" goes on here: ${message}`, { process: name, node: to, code });
    }
    const owned = await this.#untilItLives(name, to, epoch);
    secrets.leaveBehind(process, to);
    const gapMs = Math.round(clock.elapsed() - stoppedAt);
    local.log('info', `"${name}" was moved to node ${to}`, { epoch: owned, gapMs });
    local.say({ kind: 'process.changed', process: name, state: 'moved', text: to });
    return { process: name, from: peers.self, to, epoch: owned, gapMs };
  }

  async #handOver(name: string, to: string, epoch: number, drain: number): Promise<void> {
    const { peers, journal, homes, local } = this.#parts;
    // From before its triggers are let go: what is published from then on it may have missed.
    const positions = positionsToJson(this.#parts.positions());
    this.#parts.noteHeard(name);
    await local.dismiss(name, drain);
    const head = await journal.open(name);
    const body = { process: name, epoch, head: { ...head }, positions } as unknown as Json;
    await peers.ask(to, 'move.take', body, { timeoutMs: takeTimeoutMs });
    if (!(await this.#release(name, to)))
      throw new RuntimeError('STALE_EPOCH', `Ownership ${epoch} of "${name}" was over before it was given away.`, {
        epoch,
      });
    // Whatever is left over of the process here writes nothing any more.
    await journal.fence(name, epoch + 1);
    homes.note(name, 'elsewhere', to, epoch, 'moved');
  }

  /** Asks until there is an answer: while it is not known whether the lease was given up, nobody may run the process. */
  async #release(name: string, to: string): Promise<boolean> {
    const { holdings, local, peers } = this.#parts;
    try {
      return await holdings.release(name, to);
    } catch (thrown) {
      if (!isUnanswered(thrown)) throw thrown;
      local.log('warn', `whether "${name}" was given up is not known yet`, { reason: toWire(thrown).message });
    }
    for (;;) {
      await new Promise<void>((go) => {
        this.#parts.clock.after(againMs, go);
      });
      if (this.#isClosed) throw new RuntimeError('NODE_CLOSING', 'The node is closing.');
      try {
        const { leases } = await holdings.list();
        const lease = leases.find(({ process }) => process === name);
        if (lease?.owner !== peers.self) return true;
        await holdings.claim({ process: name, failover: lease.failover });
        return await holdings.release(name, to);
      } catch (thrown) {
        if (!isUnanswered(thrown)) throw thrown;
      }
    }
  }

  /** It was not given away: takes it up again. */
  async #goOn(name: string, epoch: number): Promise<void> {
    const { homes, holdings, local } = this.#parts;
    if (!holdings.owns(name)) return;
    homes.note(name, 'here', null, epoch, 'was not moved');
    if (!local.process(name)) await local.adopt(name);
  }

  /** @throws RuntimeError `MOVE_FAILED` when nobody says that it lives; whoever of the two gets the lease goes on with it. */
  async #untilItLives(name: string, to: string, epoch: number): Promise<number> {
    const { peers, clock, holdings } = this.#parts;
    let reason = '';
    for (const begun = clock.elapsed(); clock.elapsed() - begun < patienceMs; ) {
      try {
        const answer = await peers.ask(to, 'move.go', { process: name, epoch }, { timeoutMs: takeTimeoutMs });
        return isJsonObject(answer) ? Number(answer['epoch']) : 0;
      } catch (thrown) {
        reason = toWire(thrown).message;
      }
      const list = await holdings.list().catch(() => ({ leases: [] }));
      const lease = list.leases.find(({ process }) => process === name);
      if (lease?.owner === to && lease.epoch > epoch) return lease.epoch;
      await new Promise<void>((go) => {
        clock.after(againMs, go);
      });
    }
    throw new RuntimeError(
      'MOVE_FAILED',
      `"${name}" was given to node ${to}, which does not say that it runs (${reason}); it goes on there, or here when its lease is free.`,
      { process: name, node: to },
    );
  }

  async #prepare({ from, body }: PeerRequest): Promise<Json> {
    const { process, epoch } = named(body);
    const { needs, placement } = body as never;
    if (this.#parts.isDrained())
      throw new RuntimeError('PLACEMENT_REFUSED', `Node ${this.#parts.peers.self} takes nothing in: it is drained.`);
    await this.#parts.arrivals.assertFits(process, needs, placement);
    await this.#parts.copies.catchUp(process, from, epoch);
    await this.#parts.arrivals.prepare(process, from);
    await this.#parts.copies.catchUp(process, from, epoch);
    return null;
  }

  async #take({ from, body }: PeerRequest): Promise<Json> {
    const { process, epoch } = named(body);
    const { copies } = this.#parts;
    const head = headFrom((body as { head?: Json }).head);
    await copies.catchUp(process, from, epoch, head);
    copies.notePositions(process, positionsFromJson((body as { positions?: Json }).positions));
    await this.#parts.arrivals.prepare(process, from);
    return null;
  }

  async #go({ from, body }: PeerRequest): Promise<Json> {
    const { process } = named(body);
    const { holdings, local } = this.#parts;
    if (local.process(process) && holdings.owns(process)) return { epoch: holdings.epoch(process) };
    return { epoch: await this.arrive(process, from, 'moved here') };
  }

  /** Claims a process that was released for this node, and takes it up. @throws RuntimeError `LEASE_LOST`. */
  async arrive(process: string, from: string, reason: string): Promise<number> {
    const { holdings, arrivals, copies, local } = this.#parts;
    const failover = copies.of(process) ? await this.#failoverOf(process) : 'manual';
    const answer = await holdings.claim({ process, failover });
    if (!answer.granted)
      throw new RuntimeError('LEASE_LOST', `"${process}" is not free: its lease is ${answer.refusal}.`, { process });
    if (!local.process(process)) await arrivals.settle(process, answer.lease.epoch, from, reason);
    return answer.lease.epoch;
  }

  async #failoverOf(process: string): Promise<'manual' | 'auto' | 'eager'> {
    return this.#parts.roster.whereIs(process)?.about.placement.failover ?? 'manual';
  }
}

function named(body: Json): { process: string; epoch: number } {
  if (!isJsonObject(body) || typeof body['process'] !== 'string')
    throw new RuntimeError('REQUEST_INVALID', 'The question names no process.');
  return { process: body['process'], epoch: Number(body['epoch']) || 0 };
}

function isUnanswered(thrown: unknown): boolean {
  return toWire(thrown).code === 'PEER_UNREACHABLE';
}
