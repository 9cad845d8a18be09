import type { LocalProcess } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { PostgresJournal } from '../../journal/postgres-journal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Lease } from '../leases/leases.ts';
import type { LeasedOwnership } from '../leases/ownership.ts';
import type { PostgresLeases } from './postgres-leases.ts';

/** A node that lacks what a process needs looks at it again after this. */
const unfitMs = 60_000;
const announceMs = 5_000;

export interface PostgresOwnersOptions {
  readonly node: string;
  readonly name: string;
  readonly leases: PostgresLeases;
  readonly journal: PostgresJournal;
  readonly ownership: LeasedOwnership;
  readonly clock: Clock;
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
  readonly #leaving = new Set<string>();
  #isDrained = false;
  #announcedAt = Number.NEGATIVE_INFINITY;
  #isWanted = false;
  #isClosed = false;

  constructor(options: PostgresOwnersOptions) {
    this.#options = options;
  }

  /** Takes what was this node's, and what nobody has, before the runtime opens. */
  async begin(): Promise<void> {
    const { leases, journal, ownership, node, name } = this.#options;
    await leases.announce(node, name, this.#options.clock.now());
    const { now, leases: all } = await leases.list();
    const known = new Map(all.map((lease) => [lease.process, lease]));
    const streams = (await journal.processes()).filter((name) => !name.startsWith('@'));
    const wishes = streams.flatMap((process) => {
      const lease = known.get(process);
      if (lease && !this.#isForUs(lease, now)) return [];
      return { process, failover: lease?.failover ?? ('manual' as const) };
    });
    await ownership.acquire(wishes);
    ownership.start();
  }

  /** The runtime is open: what changes hands from now on is taken up or let go at once. */
  start(local: LocalSide): void {
    const { ownership, leases } = this.#options;
    this.#local = local;
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

  /** Gives a process to another node, which takes it as soon as it hears of it. */
  async release(process: string, to: string, drainMs: number): Promise<void> {
    this.#leaving.add(process);
    try {
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

  /** Its lease has just become this node's. */
  async takeUp(process: string): Promise<void> {
    if (this.#side.process(process)) return;
    await this.#options.journal.forget(process);
    await this.#side.adopt(process);
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
        // Nobody takes anything over while the database is away.
        if (toWire(thrown).code !== 'DATABASE_UNREACHABLE')
          this.#side.log('error', 'leases could not be looked at', { reason: toWire(thrown).message });
      }
    }
  }

  async #sweep(): Promise<void> {
    const { leases, ownership, clock, node, name } = this.#options;
    const local = this.#side;
    if (clock.elapsed() - this.#announcedAt >= announceMs) {
      await leases.announce(node, name, clock.now());
      this.#announcedAt = clock.elapsed();
    }
    for (const process of local.processes()) {
      if (this.#leaving.has(process.name)) continue;
      if (ownership.epoch(process.name) === 0) await this.#claimNew(process);
      else ownership.follow(process.name, process.placement.failover);
    }
    const { now, leases: all } = await leases.list();
    for (const lease of all) {
      const isFree = !local.process(lease.process) && !this.#leaving.has(lease.process);
      if (isFree && !this.#isDrained && this.#isForUs(lease, now)) await this.#takeOver(lease);
    }
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

  async #takeOver({ process, owner, failover }: Lease): Promise<void> {
    const { ownership, clock, node } = this.#options;
    const local = this.#side;
    const answer = await ownership.claim({ process, failover });
    if (!answer.granted) return;
    const { epoch } = answer.lease;
    if (owner !== null && owner !== node) local.log('warn', `"${process}" is taken over`, { owner, epoch });
    await this.takeUp(process);
    const adopted = local.process(process);
    // A deleted process is not taken up.
    if (!adopted) return void (await ownership.forget(process));
    const reasons = local.lacks(adopted.needs, adopted.placement, process);
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
