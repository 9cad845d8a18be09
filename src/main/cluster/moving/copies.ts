import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Head } from '../../journal/journal.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import { type Positions, positionsFromJson, positionsToJson } from '../crossing/positions.ts';
import type { Peers } from '../peers.ts';
import type { ChainPiece } from './chains.ts';

/** How long an owner holds back an answer while it has nothing new. */
export const pullWaitMs = 4_000;
const pullTimeoutMs = 9_000;
const firstWaitMs = 200;
const longestWaitMs = 2_000;
const noteEveryMs = 2_000;
/** Between two pulls that brought nothing. */
const idleMs = 1_000;

/** `former`: another node keeps the copy that counts. */
export type CopyMode = 'async' | 'sync' | 'former';

/** The journal of a process of another node, kept here. */
export interface Copy {
  readonly process: string;
  readonly owner: string;
  readonly epoch: number;
  readonly mode: CopyMode;
  readonly head: Head;
  /** What the process had of what others publish: all of that is in the copy, whatever else is. */
  readonly positions: Positions;
}

/** What an owner answers to a pull. */
export interface PullAnswer {
  /** The processes of which the asker keeps the copy. */
  readonly assigned: readonly { process: string; epoch: number; mode: 'async' | 'sync' }[];
  readonly pieces: readonly (ChainPiece & { process: string; positions: [string, number, number][] })[];
}

export interface CopiesParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly db: Database;
  /** A journal of its own: what stands in it does not run. */
  readonly store: GraftableJournal;
  readonly local: Pick<LocalNode, 'process' | 'log'>;
  members(): readonly string[];
}

/**
 * Keeps copies of the journals of other nodes' processes, by pulling what comes after what it has.
 *
 * Invariants:
 *   K1. A copy is a chain whose every link was checked when it came.
 *   K2. A pull says only what is durable here, so an owner that heard of an entry can count on it.
 *   K3. `positions` are those from before the entries were read: whatever they stand for is in the entries.
 */
export class Copies {
  readonly #parts: CopiesParts;
  readonly #copies = new Map<string, Copy>();
  readonly #dirty = new Set<string>();
  readonly #loops = new Map<string, AbortController>();
  readonly #turns = new Map<string, Promise<unknown>>();
  /** About to live here: their owner is told of nothing more that came. */
  readonly #sealed = new Set<string>();
  #disarm: (() => void) | undefined;

  constructor(parts: CopiesParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const rows = this.#parts.db.prepare('SELECT process, owner, epoch, mode, positions FROM copies').all() as {
      process: string;
      owner: string;
      epoch: number;
      mode: CopyMode;
      positions: string;
    }[];
    for (const { positions, ...row } of rows) {
      const head = await this.#parts.store.open(row.process);
      this.#copies.set(row.process, { ...row, head, positions: positionsFromJson(JSON.parse(positions)) });
    }
  }

  /** Begins to pull from every member. */
  start(): void {
    this.refresh();
  }

  /** Members came or went. */
  refresh(): void {
    const members = this.#parts.members();
    for (const [node, abort] of this.#loops) {
      if (members.includes(node)) continue;
      abort.abort();
      this.#loops.delete(node);
    }
    for (const node of members) {
      if (this.#loops.has(node)) continue;
      const abort = new AbortController();
      this.#loops.set(node, abort);
      void this.#loop(node, abort.signal);
    }
  }

  of(process: string): Copy | undefined {
    return this.#copies.get(process);
  }

  all(): readonly Copy[] {
    return [...this.#copies.values()];
  }

  /** Brings the copy of one process up to date with its owner, up to `upTo` where it is given. */
  async catchUp(process: string, owner: string, epoch: number, upTo?: Head): Promise<Copy> {
    for (;;) {
      const known = await this.#parts.store.open(process);
      if (upTo && known.seq === upTo.seq && known.hash === upTo.hash) break;
      const piece = (await this.#parts.peers.ask(
        owner,
        'copies.read',
        { process, after: { seq: known.seq, hash: known.hash } },
        { timeoutMs: pullTimeoutMs },
      )) as unknown as ChainPiece & { positions: [string, number, number][] };
      await this.#keep(owner, epoch, this.of(process)?.mode ?? 'former', { ...piece, process });
      const { seq, hash } = await this.#parts.store.open(process);
      if (piece.entries.length > 0 && (seq !== known.seq || hash !== known.hash)) continue;
      if (piece.entries.length > 0) throw notKept(process, this.of(process)?.epoch ?? 0, epoch);
      if (!upTo) break;
      throw new RuntimeError('CHAIN_INVALID', `The journal of "${process}" ends at ${seq} here, not at ${upTo.seq}.`, {
        process,
        seq,
        upTo: upTo.seq,
      });
    }
    this.#flush();
    return this.of(process) as Copy;
  }

  /** Notes what a process had when it was let go, durably. */
  notePositions(process: string, positions: Positions): void {
    const copy = this.#copies.get(process);
    if (!copy) return;
    this.#copies.set(process, { ...copy, positions });
    this.#dirty.add(process);
    this.#flush();
  }

  /**
   * Takes nothing more of a process: what its owner hears of from now on would be in no copy that counts. What is being
   * kept already is waited for. Lasts until `unseal` or `drop`.
   */
  async seal(process: string): Promise<void> {
    this.#sealed.add(process);
    await this.#turns.get(process);
  }

  unseal(process: string): void {
    this.#sealed.delete(process);
  }

  async drop(process: string): Promise<void> {
    this.#sealed.delete(process);
    this.#copies.delete(process);
    this.#dirty.delete(process);
    this.#parts.db.prepare('DELETE FROM copies WHERE process = ?').run(process);
    await this.#parts.store.cut(process, 0);
  }

  close(): void {
    for (const abort of this.#loops.values()) abort.abort();
    this.#disarm?.();
    this.#flush();
  }

  async #loop(node: string, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const begun = this.#parts.clock.elapsed();
        const isNew = await this.#pull(node, signal);
        failures = 0;
        // What is offered and cannot be taken, such as a process that lives here by now, would be offered for ever.
        if (!isNew && this.#parts.clock.elapsed() - begun < idleMs) await this.#rest(idleMs);
      } catch (thrown) {
        if (signal.aborted) return;
        failures++;
        const { code, message } = toWire(thrown);
        if (code === 'CHAIN_INVALID')
          this.#parts.local.log('error', `node ${node} sent a journal that does not hold together`, {
            reason: message,
          });
        await this.#rest(backoffMs(failures, firstWaitMs, longestWaitMs));
      }
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((go) => {
      this.#parts.clock.after(ms, go);
    });
  }

  /** Whether it brought anything. */
  async #pull(node: string, signal: AbortSignal): Promise<boolean> {
    const mine = this.all()
      .filter(({ owner, mode }) => owner === node && mode !== 'former')
      .filter(({ process }) => !this.#sealed.has(process));
    const body = {
      heads: mine.map(({ process, head, epoch, mode }) => [process, head.seq, head.hash, epoch, mode]),
    };
    const options = { timeoutMs: pullTimeoutMs, signal };
    const answer = (await this.#parts.peers.ask(node, 'copies.pull', body, options)) as unknown as PullAnswer;
    if (!isJsonObject(answer as unknown as Json) || !Array.isArray(answer.assigned)) return false;
    let isNew = false;
    const modes = new Map(answer.assigned.map((one) => [one.process, one]));
    for (const { process } of mine) if (!modes.has(process)) this.#change(process, { mode: 'former' });
    for (const [process, { epoch, mode }] of modes) {
      if (this.#parts.local.process(process) || this.#sealed.has(process)) continue;
      const known = this.#copies.get(process);
      if (known && known.owner === node && known.mode === mode && known.epoch === epoch) continue;
      if (known && known.epoch > epoch) continue;
      isNew = true;
      this.#set({
        process,
        owner: node,
        epoch,
        mode,
        head: await this.#parts.store.open(process),
        positions: known?.positions ?? new Map(),
      });
      this.#flush();
    }
    for (const piece of answer.pieces) {
      const about = modes.get(piece.process);
      if (!about || this.#parts.local.process(piece.process)) continue;
      const before = this.of(piece.process)?.head.seq;
      await this.#keep(node, about.epoch, about.mode, piece);
      if (this.of(piece.process)?.head.seq !== before) isNew = true;
    }
    return isNew;
  }

  /** One piece of a process at a time. */
  #keep(
    owner: string,
    epoch: number,
    mode: CopyMode,
    piece: ChainPiece & { process: string; positions?: [string, number, number][] },
  ): Promise<void> {
    const { process } = piece;
    const turn = (this.#turns.get(process) ?? Promise.resolve()).then(() =>
      this.#keepInTurn(owner, epoch, mode, piece),
    );
    const settled = turn.catch(() => {});
    this.#turns.set(process, settled);
    return turn;
  }

  async #keepInTurn(
    owner: string,
    epoch: number,
    mode: CopyMode,
    { process, after, entries, positions }: ChainPiece & { process: string; positions?: [string, number, number][] },
  ): Promise<void> {
    const { store } = this.#parts;
    let head = await store.open(process);
    const known = this.#copies.get(process);
    if (this.#sealed.has(process) || (known && known.epoch > epoch)) return;
    const isNext = head.seq === after.seq && head.hash === after.hash;
    // The owner's past is another: what is here is no copy of it.
    if (!isNext && head.seq > 0 && entries.length > 0) await store.cut(process, 0);
    if (entries.length > 0) await store.graft(process, after, entries);
    head = await store.open(process);
    const had = positions ? positionsFromJson(positions) : (known?.positions ?? new Map());
    this.#set({ process, owner, epoch, mode, head, positions: had });
  }

  #change(process: string, change: Partial<Copy>): void {
    const copy = this.#copies.get(process);
    if (copy) this.#set({ ...copy, ...change });
  }

  #set(copy: Copy): void {
    this.#copies.set(copy.process, copy);
    this.#dirty.add(copy.process);
    this.#disarm ??= this.#parts.clock.after(noteEveryMs, () => this.#flush());
  }

  #flush(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#dirty.size === 0) return;
    const { db, clock } = this.#parts;
    const put = db.prepare(
      'INSERT OR REPLACE INTO copies (process, owner, epoch, mode, positions, noted_at) VALUES (?, ?, ?, ?, ?, ?)',
    );
    db.transaction(() => {
      for (const process of this.#dirty) {
        const copy = this.#copies.get(process);
        if (!copy) continue;
        const positions = JSON.stringify(positionsToJson(copy.positions));
        put.run(process, copy.owner, copy.epoch, copy.mode, positions, clock.now());
      }
    })();
    this.#dirty.clear();
  }
}

function notKept(process: string, known: number, epoch: number): RuntimeError {
  const text =
    known > epoch
      ? `This node has a copy of "${process}" of a later ownership, ${known}, than the ${epoch} that it is to be kept of; take it over from that here, or delete it where it lives.`
      : `This node is taking "${process}" up, and keeps nothing more of it.`;
  return new RuntimeError('STALE_EPOCH', text, { process, known, epoch });
}
