import { toWire } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Homes } from '../crossing/homes.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Positions } from '../crossing/positions.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Failover } from '../leases/leases.ts';
import type { Peers } from '../peers.ts';
import type { Branches } from './branches.ts';
import { yieldTo } from './installing.ts';
import type { Late } from './late.ts';
import type { StandbyGate } from './standby-gate.ts';

const firstWaitMs = 500;
const longestWaitMs = 5_000;

export interface HomecomingParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly journal: GraftableJournal;
  readonly homes: Homes;
  readonly branches: Branches;
  readonly holdings: Holdings;
  readonly roster: Roster;
  readonly gate: StandbyGate;
  readonly late: Late;
  readonly local: Pick<LocalNode, 'process' | 'adopt' | 'abandon' | 'log' | 'say'>;
  failoverOf(process: string): Promise<Failover>;
  /** Brings a process that begins now what was told meanwhile. Never rejects. */
  catchUp(process: string): Promise<void>;
  onCut(process: string): Promise<void>;
}

/**
 * A node that starts, or that was cut off, and finds out which of its processes are still its own.
 *
 * Invariants:
 *   Y1. No process runs after a start before the arbiter has said that it is still this node's.
 *   Y2. A process that another has taken over is yielded: at once, whatever it is doing. What was written alone is kept
 *       as a branch before anything else is done with its journal.
 *   Y3. Whoever begins later than the others here is brought what was told meanwhile.
 */
export class Homecoming {
  readonly #parts: HomecomingParts;
  readonly #pending = new Set<string>();
  readonly #yielding = new Map<string, string>();
  readonly #stopListening: () => void;
  #failures = 0;
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: HomecomingParts) {
    this.#parts = parts;
    this.#stopListening = parts.holdings.onLost((process) => void this.lose(process));
  }

  /** Asks for all that lived here, before the runtime opens. Those without an answer are asked for again. */
  async begin(processes: readonly string[]): Promise<void> {
    for (const process of processes) if (!this.#parts.homes.isElsewhere(process)) this.#pending.add(process);
    await this.#claim();
    for (const { process, node, place } of this.#parts.homes.all())
      if (place === 'elsewhere' && node !== null) this.#yielding.set(process, node);
  }

  /** Whether a process must not be taken up when the runtime opens. */
  isAway(process: string): boolean {
    return this.#parts.homes.isElsewhere(process) || this.#pending.has(process);
  }

  /** Whether it is yet to be found out whose a process is, or what was written of it here alone. */
  isUnsettled(process: string): boolean {
    return this.#pending.has(process) || this.#yielding.has(process);
  }

  /** The runtime is about to hand on what is told; `positions`: how far everyone who is here has come. */
  noteLate(positions: Positions): void {
    if (this.#pending.size > 0) this.#parts.late.note([...this.#pending], positions);
  }

  /** The runtime is open: what becomes this node's from now on is taken up at once. */
  start(): void {
    void this.#goOn();
  }

  /** Another node owns it now. */
  async lose(process: string): Promise<void> {
    const { homes, holdings, local, gate } = this.#parts;
    if (homes.isElsewhere(process)) return;
    const list = await holdings.list().catch(() => null);
    const lease = list?.leases.find((one) => one.process === process);
    this.#leave(process, lease?.owner ?? null, lease?.epoch ?? 0);
    if (lease) await this.#parts.journal.fence(process, lease.epoch).catch(() => {});
    gate.fail(process);
    await local.abandon(process);
    void this.#goOn();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#disarm?.();
  }

  #leave(process: string, owner: string | null, epoch: number): void {
    const { homes, late, local } = this.#parts;
    late.drop(process);
    homes.note(process, 'elsewhere', owner, epoch, 'another node took it over');
    if (owner !== null) this.#yielding.set(process, owner);
    local.log('warn', `"${process}" lives on another node now`, { node: owner, epoch });
    local.say({ kind: 'process.changed', process, state: 'yielded', text: owner ?? '' });
  }

  async #goOn(): Promise<void> {
    if (this.#isClosed) return;
    this.#disarm?.();
    this.#disarm = undefined;
    await this.#adopt(await this.#claim());
    for (const process of [...this.#yielding.keys()]) await this.#yield(process);
    if (this.#pending.size === 0 && this.#yielding.size === 0) {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    this.#disarm = this.#parts.clock.after(backoffMs(this.#failures, firstWaitMs, longestWaitMs), () => {
      void this.#goOn();
    });
  }

  async #adopt(processes: readonly string[]): Promise<void> {
    const { local, homes, catchUp } = this.#parts;
    const adopted = processes.map(async (process) => {
      if (homes.isElsewhere(process)) return;
      if (!local.process(process)) await local.adopt(process);
      await catchUp(process);
    });
    await Promise.all(adopted);
  }

  /** Those that are this node's, of the ones that wait for an answer. */
  async #claim(): Promise<string[]> {
    const { holdings, homes, journal, failoverOf, peers } = this.#parts;
    const mine: string[] = [];
    for (const process of [...this.#pending]) {
      try {
        const answer = await holdings.claim({ process, failover: await failoverOf(process) });
        if (answer.granted) {
          await journal.fence(process, answer.lease.epoch);
          if (homes.of(process)?.place === 'leaving')
            homes.note(process, 'here', null, answer.lease.epoch, 'was not moved');
          this.#pending.delete(process);
          mine.push(process);
          continue;
        }
        const { lease } = answer;
        if (lease?.owner && lease.owner !== peers.self) {
          this.#leave(process, lease.owner, lease.epoch);
          this.#pending.delete(process);
        } else if (homes.of(process)?.place === 'leaving') this.#pending.delete(process);
      } catch (thrown) {
        if (toWire(thrown).code === 'PEER_UNREACHABLE') {
          mine.push(...(await this.#assume()));
          break;
        }
        this.#parts.local.log('warn', `nobody says yet whose "${process}" is`, { code: toWire(thrown).code });
      }
    }
    return mine;
  }

  /** Nobody answers: those that stay where they are go on, under the ownership they had. */
  async #assume(): Promise<string[]> {
    const { holdings, homes, journal, failoverOf } = this.#parts;
    const mine: string[] = [];
    for (const process of [...this.#pending]) {
      const failover = await failoverOf(process);
      const epoch = await journal.epochOf(process);
      if (failover === 'auto' || epoch === 0 || homes.of(process)?.place === 'leaving') continue;
      holdings.assume(process, epoch, failover);
      this.#pending.delete(process);
      mine.push(process);
    }
    return mine;
  }

  /** Compares what was written here with the past that goes on elsewhere. */
  async #yield(process: string): Promise<void> {
    const { peers, roster, homes, local } = this.#parts;
    const owner = roster.whereIs(process)?.node ?? this.#yielding.get(process);
    if (!homes.isElsewhere(process) || !owner || owner === peers.self) {
      this.#yielding.delete(process);
      return;
    }
    const hashesOf = async (seqs: readonly number[]) =>
      (await peers.ask(owner, 'chain.hashes', { process, seqs: [...seqs] } as Json)) as (string | null)[];
    try {
      const branch = await yieldTo(this.#parts, process, owner, hashesOf);
      this.#yielding.delete(process);
      if (!branch) return;
      const { id, afterSeq, lastSeq } = branch;
      local.log('warn', `"${process}" was written here while node ${owner} had taken it over`, {
        branch: id,
        afterSeq,
        lastSeq,
      });
      local.say({ kind: 'process.changed', process, state: 'branched', text: id });
    } catch (thrown) {
      if (toWire(thrown).code === 'PEER_UNKNOWN') this.#yielding.delete(process);
    }
  }
}
