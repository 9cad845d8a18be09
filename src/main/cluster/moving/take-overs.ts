import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Homes } from '../crossing/homes.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Lease } from '../leases/leases.ts';
import type { Peers } from '../peers.ts';
import type { Arrivals } from './arrivals.ts';
import type { Copies, Copy } from './copies.ts';
import { assertWholeChain } from './installing.ts';
import { isDeletedIn } from './placement-in.ts';

/** How often leases are looked at while all is well, and while an owner is silent. */
const lookEveryMs = 4_000;
export const lookSoonMs = 1_000;
/** A copy that lacks what its owner last said waits this long for one that does not. */
export const behindMs = 3_000;
/** A released process that nobody took goes to whoever has a copy after this. */
const strandedMs = 10_000;

export interface TakeOverParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly journal: GraftableJournal;
  readonly store: GraftableJournal;
  readonly homes: Homes;
  readonly copies: Copies;
  readonly holdings: Holdings;
  readonly arrivals: Arrivals;
  readonly roster: Roster;
  readonly local: LocalNode;
  readonly isDrained: () => boolean;
  readonly isMoving: (process: string) => boolean;
}

/** What a node knows before it takes a process from another. */
export interface TakeOverOutlook {
  readonly process: string;
  readonly owner: string | null;
  readonly epoch: number;
  /** The newest entry that this node has. */
  readonly copySeq: number;
  /** The newest one that the owner said it had. */
  readonly ownerSeq: number | null;
}

/**
 * Takes processes up whose owner is gone, and finishes what a restart or a lost answer left half done.
 *
 * Invariants:
 *   T1. The lease comes first: nothing of a process runs here before the arbiter has said that it is this node's.
 *   T2. What runs is a chain that was checked, up to what the copy has; what it may lack is said.
 *   T3. `manual` processes are taken over by a person only.
 */
export class TakeOvers {
  readonly #parts: TakeOverParts;
  readonly #busy = new Set<string>();
  readonly #undo: () => void;
  #disarm: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: TakeOverParts) {
    this.#parts = parts;
    this.#undo = parts.peers.answer('copies.seq', 'member', async ({ body }) => {
      const copy = parts.copies.of(String((body as { process?: unknown } | null)?.process));
      return copy && !parts.isDrained() ? [copy.epoch, copy.head.seq] : null;
    });
  }

  /** Whether a process is being taken up here at this moment. */
  isTaking(process: string): boolean {
    return this.#busy.has(process);
  }

  start(): void {
    this.#arm(lookSoonMs);
  }

  /** Looks now: an owner has gone silent, or something was released. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** What a person is told before they force it. @throws RuntimeError `PROCESS_NOT_FOUND` where there is no copy here. */
  async outlook(process: string): Promise<TakeOverOutlook> {
    const copy = this.#parts.copies.of(process);
    const main = await this.#parts.journal.open(process);
    if (!copy && main.seq === 0)
      throw new RuntimeError('PROCESS_NOT_FOUND', `This node has no copy of "${process}".`, { name: process });
    const list = await this.#parts.holdings.list();
    const lease = list.leases.find((one) => one.process === process);
    return {
      process,
      owner: lease?.owner ?? null,
      epoch: lease?.epoch ?? 0,
      copySeq: Math.max(copy?.head.seq ?? 0, copy ? 0 : main.seq),
      ownerSeq: lease?.head?.seq ?? null,
    };
  }

  /** A person gives the process to this node, whoever has it. */
  async force(process: string): Promise<TakeOverOutlook & { newEpoch: number }> {
    const outlook = await this.outlook(process);
    const { holdings, copies } = this.#parts;
    if (copies.of(process)) await assertWholeChain(this.#parts.store, process);
    const lease = await holdings.force({ process, failover: this.#failoverOf(process) });
    await this.#settle(process, lease.epoch, outlook.owner, 'taken over by a person');
    return { ...outlook, newEpoch: lease.epoch };
  }

  close(): void {
    this.#isClosed = true;
    this.#undo();
    this.#disarm?.();
  }

  async #look(): Promise<void> {
    const { holdings, local } = this.#parts;
    let isPending = false;
    try {
      const { now, leases } = await holdings.list();
      for (const lease of leases) {
        const { process } = lease;
        if (local.process(process) || this.#busy.has(process) || this.#parts.isMoving(process)) continue;
        if (await this.#wasDeletedHere(lease)) continue;
        const due = this.#due(lease, now);
        if (due === null) continue;
        if (due > 0) isPending = true;
        else await this.#takeOver(lease);
      }
    } catch (thrown) {
      // Nobody can take over while the arbiter cannot be asked.
      isPending = toWire(thrown).code !== 'PEER_UNREACHABLE';
    }
    const isSilent = this.#parts.copies.all().some(({ owner }) => !this.#parts.roster.isFresh(owner));
    this.#arm(isPending || isSilent ? lookSoonMs : lookEveryMs);
  }

  /** The arbiter was not told that it was deleted, since it could not be reached then. */
  async #wasDeletedHere({ process, owner, failover }: Lease): Promise<boolean> {
    const { peers, journal, holdings } = this.#parts;
    if (owner !== peers.self || !(await isDeletedIn(journal, process))) return false;
    const answer = await holdings.claim({ process, failover });
    if (answer.granted) await holdings.forget(process);
    return true;
  }

  #arm(ms: number): void {
    if (this.#isClosed) return;
    this.#disarm?.();
    this.#disarm = this.#parts.clock.after(ms, () => void this.look());
  }

  /** How long it is until this node may take the process, by the arbiter's clock; `null`: it is not this node's to take. */
  #due(lease: Lease, now: number): number | null {
    const { peers, homes, copies, isDrained } = this.#parts;
    const { process, owner, reservedFor, freeAt } = lease;
    const home = homes.of(process)?.place;
    const copy = copies.of(process);
    // Ours by an earlier start of this program, or by a take-over that was not finished.
    if (owner === peers.self || (owner === null && reservedFor === peers.self)) return copy || home ? 0 : null;
    if (owner === null) {
      const free = (freeAt ?? now) - now;
      if (home === 'leaving') return free;
      return copy && isComplete(copy, lease) && !isDrained() ? free + strandedMs : null;
    }
    if (freeAt === null || !copy || copy.mode === 'former' || isDrained()) return null;
    const isBehind = !isComplete(copy, lease);
    // With a synchronous copy nothing may be lost: one that lacks something is not the one that counts.
    if (isBehind && copy.mode === 'sync') return null;
    return freeAt - now + (isBehind ? behindMs : 0);
  }

  async #takeOver({ process, owner, failover, head, epoch: before }: Lease): Promise<void> {
    const { holdings, local, copies, store, peers } = this.#parts;
    this.#busy.add(process);
    try {
      const copy = copies.of(process);
      if (copy && owner !== peers.self && owner !== null && (await this.#isElsewhereLonger(copy))) return;
      if (copy) await assertWholeChain(store, process);
      const answer = await holdings.claim({ process, failover });
      if (!answer.granted) return;
      const { epoch } = answer.lease;
      const missing = copy && head ? Math.max(0, head.seq - copy.head.seq) : 0;
      const reason =
        owner === peers.self || owner === null
          ? 'its lease was given to this node'
          : `node ${owner} was not heard of${missing > 0 ? `; up to ${missing} of its newest entries are not here` : ''}`;
      if (owner !== null && owner !== peers.self)
        local.log('warn', `"${process}" is taken over`, { owner, epoch, before, missing });
      await this.#settle(process, epoch, owner, reason);
    } catch (thrown) {
      local.log('error', `"${process}" could not be taken over`, {
        code: toWire(thrown).code,
        reason: toWire(thrown).message,
      });
    } finally {
      this.#busy.delete(process);
    }
  }

  /** Whether another node that answers has more of it: that one is to take it. */
  async #isElsewhereLonger({ process, epoch, head }: Copy): Promise<boolean> {
    const { peers, roster } = this.#parts;
    const asked = [...roster.nodes().keys()].map((node) =>
      peers.ask(node, 'copies.seq', { process }, { timeoutMs: lookSoonMs }).catch(() => null),
    );
    return (await Promise.all(asked)).some((theirs) => {
      const [theirEpoch, seq] = (theirs ?? []) as number[];
      return theirEpoch !== undefined && (theirEpoch > epoch || (theirEpoch === epoch && (seq ?? 0) > head.seq));
    });
  }

  async #settle(process: string, epoch: number, from: string | null, reason: string): Promise<void> {
    this.#busy.add(process);
    try {
      await this.#parts.arrivals.settle(process, epoch, from, reason);
    } finally {
      this.#busy.delete(process);
    }
  }

  #failoverOf(process: string): 'manual' | 'auto' | 'eager' {
    return this.#parts.roster.whereIs(process)?.about.placement.failover ?? 'manual';
  }
}

function isComplete(copy: Copy, { head }: Lease): boolean {
  return head === null || copy.head.seq >= head.seq;
}
