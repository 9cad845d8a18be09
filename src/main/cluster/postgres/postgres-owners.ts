import type { LocalProcess } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { PostgresJournal } from '../../journal/postgres-journal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Lease } from '../leases/leases.ts';
import type { LeasedOwnership } from '../leases/ownership.ts';
import type { Departures } from './departures.ts';
import type { PostgresLeases } from './postgres-leases.ts';

/** A node that lacks what a process needs looks at it again after this. */
const unfitMs = 60_000;
const announceMs = 5_000;
/** A name that was claimed for a process that did not come about is given back after this. */
const makingMs = 10_000;

export interface PostgresOwnersOptions {
  readonly node: string;
  readonly name: string;
  readonly leases: PostgresLeases;
  readonly journal: PostgresJournal;
  readonly ownership: LeasedOwnership;
  readonly departures: Departures;
  readonly clock: Clock;
  /** Whether this node took no process in when its last program ended. */
  readonly isDrained: boolean;
}

/** What a process takes along of what it was told, when it goes from one node to another (`SharedCrossing`). */
export interface Baggage {
  leaving(process: string): Promise<void>;
  arriving(process: string): Promise<void>;
  arrived(process: string): Promise<void>;
}

export type LocalSide = Pick<
  LocalNode,
  'processes' | 'process' | 'adopt' | 'dismiss' | 'abandon' | 'goOn' | 'breakOff' | 'lacks' | 'onChange' | 'say' | 'log'
>;

/**
 * Which processes of a shared database live on this node. The journal of every one of them is at hand, so taking a process
 * over is taking its lease, and giving it away is releasing it.
 */
export class PostgresOwners {
  readonly #options: PostgresOwnersOptions;
  readonly #unfitUntil = new Map<string, number>();
  readonly #undo: (() => void)[] = [];
  #sweeping: Promise<void> | undefined;
  #local: LocalSide | undefined;
  #baggage: Baggage | undefined;
  /** What people call this node. */
  #name: () => string;
  readonly #leaving = new Set<string>();
  /** Names that were claimed for processes that are being made, and when. */
  readonly #making = new Map<string, number>();
  readonly #takingUp = new Map<string, Promise<void>>();
  #known: ReadonlySet<string> = new Set();
  #isDrained: boolean;
  #announcedAt = Number.NEGATIVE_INFINITY;
  #isWanted = false;
  #isClosed = false;

  constructor(options: PostgresOwnersOptions) {
    this.#options = options;
    this.#isDrained = options.isDrained;
    this.#name = () => options.name;
  }

  /** Whether there was a lease for the process, of whatever node, when leases were looked at last. */
  isKnown(process: string): boolean {
    return this.#known.has(process);
  }

  /** Takes what was this node's, and what nobody has, before the runtime opens. */
  async begin(): Promise<void> {
    const { leases, journal, ownership, node, name } = this.#options;
    await leases.announce(node, name, this.#options.clock.now());
    const { now, leases: all } = await leases.list();
    const known = new Map(all.map((lease) => [lease.process, lease]));
    this.#known = new Set(known.keys());
    const streams = (await journal.processes()).filter((name) => !name.startsWith('@'));
    const wishes = streams.flatMap((process) => {
      const lease = known.get(process);
      if (lease && !this.#isForUs(lease, now)) return [];
      if (lease && lease.owner !== node && this.#isDrained) return [];
      return { process, failover: lease?.failover ?? ('manual' as const) };
    });
    for (const { process } of wishes) await this.#beforeTaking(known.get(process));
    await ownership.acquire(wishes);
    ownership.start();
  }

  /** The runtime is open: what changes hands from now on is taken up or let go at once. */
  start(local: LocalSide, baggage: Baggage, name: () => string): void {
    const { ownership, leases } = this.#options;
    this.#local = local;
    this.#baggage = baggage;
    this.#name = name;
    this.#undo.push(
      ownership.onLost((process, epoch, lease) => void this.#lose(process, epoch, lease)),
      ownership.onSilence((process, silence) => {
        if (silence === 'abort') local.breakOff(process);
        if (silence === 'back') local.goOn(process);
      }),
      local.onChange(() => this.#sweepSoon()),
      leases.watch(() => this.#sweepSoon()),
    );
    this.#sweepSoon();
  }

  /**
   * A process is about to be made here: its lease comes before its first entry, which the fence of the lease would refuse.
   * @throws RuntimeError `NAME_TAKEN` where a process of another node has the name, `DATABASE_UNREACHABLE`.
   */
  async claimName(process: string): Promise<void> {
    const { ownership, clock } = this.#options;
    if (ownership.isHeld(process)) return;
    this.#making.set(process, clock.elapsed());
    const answer = await ownership.claim({ process, failover: 'manual' });
    if (answer.granted) return;
    this.#making.delete(process);
    const text = `There is a process "${process}" already, on node ${answer.lease?.owner}.`;
    throw new RuntimeError('NAME_TAKEN', text, { name: process });
  }

  /** Gives a process to another node, which takes it as soon as it hears of it. */
  async release(process: string, to: string, drainMs: number): Promise<void> {
    this.#leaving.add(process);
    try {
      await this.#baggage?.leaving(process);
      await this.#side.dismiss(process, drainMs);
      await this.#options.ownership.release(process, to);
    } finally {
      this.#leaving.delete(process);
    }
  }

  /** Looks now at what changed hands, and resolves when that was taken up. */
  async look(): Promise<void> {
    this.#sweepSoon();
    await this.#sweeping;
  }

  /** Takes a process from whoever has it, because a person says so. Gives the epoch that fences the old owner. */
  async force(lease: Lease): Promise<number> {
    await this.#beforeTaking(lease);
    const { process, failover } = lease;
    const { epoch } = await this.#options.ownership.force({ process, failover });
    await this.#takeUp(process);
    return epoch;
  }

  /** What its owner wrote down last is what the process has been told, once that can write no more. */
  async #beforeTaking(lease: Lease | undefined): Promise<void> {
    const { departures, node } = this.#options;
    if (lease && lease.owner !== null && lease.owner !== node)
      await departures.before(lease.process, lease.owner, lease.epoch);
  }

  /** Its lease has just become this node's. */
  #takeUp(process: string): Promise<void> {
    let present = this.#takingUp.get(process);
    if (!present) {
      present = this.#takeUpOnce(process).finally(() => this.#takingUp.delete(process));
      this.#takingUp.set(process, present);
    }
    return present;
  }

  async #takeUpOnce(process: string): Promise<void> {
    if (this.#side.process(process)) return;
    await this.#options.journal.forget(process);
    await this.#baggage?.arriving(process);
    await this.#side.adopt(process);
    await this.#baggage?.arrived(process);
  }

  /** Whether this node takes no process in. */
  setDrained(isDrained: boolean): void {
    this.#isDrained = isDrained;
    this.#sweepSoon();
  }

  /** The newest entry of a process. */
  async endOf(process: string): Promise<number> {
    await this.#options.journal.forget(process);
    return (await this.#options.journal.open(process)).seq;
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#undo) undo();
    this.#options.ownership.stop();
  }

  get #side(): LocalSide {
    if (this.#local) return this.#local;
    throw new RuntimeError('INTERNAL', 'Nobody says yet what lives on this node.');
  }

  #sweepSoon(): void {
    this.#isWanted = true;
    this.#sweeping ??= this.#sweepWhileWanted().finally(() => {
      this.#sweeping = undefined;
    });
  }

  async #sweepWhileWanted(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      try {
        await this.#sweep();
      } catch (thrown) {
        // Nobody takes anything over while the database is away, or once all this is over.
        if (!this.#isClosed && toWire(thrown).code !== 'DATABASE_UNREACHABLE')
          this.#side.log('error', 'leases could not be looked at', { reason: toWire(thrown).message });
      }
    }
  }

  async #sweep(): Promise<void> {
    const { leases, ownership, clock, node } = this.#options;
    const local = this.#side;
    if (clock.elapsed() - this.#announcedAt >= announceMs) {
      await leases.announce(node, this.#name(), clock.now());
      this.#announcedAt = clock.elapsed();
    }
    for (const process of local.processes()) {
      this.#making.delete(process.name);
      if (this.#leaving.has(process.name)) continue;
      if (ownership.epoch(process.name) === 0) await this.#claimNew(process);
      else ownership.follow(process.name, process.placement.failover);
    }
    const { now, leases: all } = await leases.list();
    this.#known = new Set(all.map(({ process }) => process));
    for (const lease of all) {
      if (this.#isClosed) return;
      if (local.process(lease.process) || this.#leaving.has(lease.process)) continue;
      // Taken by this program, which could not take it up then; or given away while others were being looked at.
      const isTaken = lease.owner === node && lease.session === ownership.session;
      if (isTaken && this.#isBeingMade(lease.process)) continue;
      if (isTaken && ownership.isHeld(lease.process)) await this.#settle(lease.process);
      else if (isTaken || (!this.#isDrained && this.#isForUs(lease, now))) await this.#takeOver(lease);
    }
  }

  #isBeingMade(process: string): boolean {
    const since = this.#making.get(process);
    if (since !== undefined && this.#options.clock.elapsed() - since < makingMs) return true;
    this.#making.delete(process);
    return false;
  }

  /** A process that was made here works as soon as it has a lease. */
  async #claimNew({ name, placement }: LocalProcess): Promise<void> {
    const { ownership } = this.#options;
    const local = this.#side;
    const answer = await ownership.claim({ process: name, failover: placement.failover });
    if (answer.granted) local.goOn(name);
    else local.log('error', `"${name}" may not run here: its lease is ${answer.refusal}`, { process: name });
  }

  #isForUs({ process, owner, reservedFor, freeAt, session }: Lease, now: number): boolean {
    const { node, clock, ownership } = this.#options;
    if ((this.#unfitUntil.get(process) ?? 0) > clock.now()) return false;
    if (owner === node) return session !== ownership.session;
    if (owner === null && (reservedFor === null || reservedFor === node)) return true;
    return freeAt !== null && now >= freeAt;
  }

  async #takeOver(lease: Lease): Promise<void> {
    const { ownership, node } = this.#options;
    const { process, owner, failover } = lease;
    await this.#beforeTaking(lease);
    const answer = await ownership.claim({ process, failover });
    if (!answer.granted) return;
    const { epoch } = answer.lease;
    if (owner !== null && owner !== node) this.#side.log('warn', `"${process}" is taken over`, { owner, epoch });
    await this.#settle(process);
  }

  /** Takes up what is this node's by lease, or gives it on where it cannot live here. */
  async #settle(process: string): Promise<void> {
    const { ownership, clock, node } = this.#options;
    const local = this.#side;
    try {
      await this.#takeUp(process);
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      // It is this node's, and the next look takes it up; the others are looked at all the same.
      if (code === 'NOT_KNOWN_YET') return local.log('warn', `"${process}" is not taken up yet`, { reason: message });
      // One that was deleted, or never came about, is not taken up.
      if (code !== 'PROCESS_NOT_FOUND') throw thrown;
    }
    const adopted = local.process(process);
    if (!adopted) return void (await ownership.forget(process));
    const reasons = await local.lacks(adopted.needs, adopted.placement, process);
    if (reasons.length === 0) return local.say({ kind: 'process.changed', process, state: 'moved', text: node });
    this.#unfitUntil.set(process, clock.now() + unfitMs);
    local.log('warn', `"${process}" cannot live here`, { process, reasons });
    await local.dismiss(process, 0);
    await ownership.release(process);
  }

  async #lose(process: string, epoch: number, lease: Lease | null): Promise<void> {
    const local = this.#side;
    local.log('warn', `"${process}" lives on another node now`, { node: lease?.owner ?? null, epoch });
    local.say({ kind: 'process.changed', process, state: 'yielded', text: lease?.owner ?? '' });
    await local.abandon(process);
  }
}
