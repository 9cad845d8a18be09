import { RuntimeError } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Appended, Batch } from '../../journal/journal.ts';

interface Waiter {
  seq: number;
  go: () => void;
  fail: (reason: RuntimeError) => void;
}

/**
 * Where processes with synchronous copies wait: nothing of theirs counts as durable before the standby has it, so nobody
 * is told yes, and nothing leaves, that a take-over could lose.
 */
export class StandbyGate {
  readonly #waiters = new Map<string, Waiter[]>();
  /** Processes that wait, with the newest entry that the standby has; absent: those that do not wait. */
  readonly #reached = new Map<string, number>();
  /** Those that have no standby that answers: they go on without. */
  readonly #open = new Set<string>();
  /** The newest entry that was appended. */
  readonly #last = new Map<string, number>();
  #onOpen: (process: string) => void = () => {};
  #onClose: (process: string) => void = () => {};

  /** Calls back when a process goes on without a standby. */
  onOpen(listener: (process: string) => void): void {
    this.#onOpen = listener;
  }

  /** Calls back when one that went on without a standby has one again that lacks nothing. */
  onClose(listener: (process: string) => void): void {
    this.#onClose = listener;
  }

  /**
   * Those that live here with a synchronous copy. Of all others nothing is kept: one that comes back may have another
   * past, of which no standby has anything.
   */
  setSynchronous(processes: ReadonlySet<string>): void {
    for (const process of processes) if (!this.#reached.has(process)) this.#reached.set(process, 0);
    for (const process of [...this.#reached.keys()]) {
      if (processes.has(process)) continue;
      this.#reached.delete(process);
      this.#open.delete(process);
      this.#last.delete(process);
      this.#release(process, Number.POSITIVE_INFINITY);
    }
  }

  /** Whether it waits for a standby, or goes on without one that it should have. */
  knows(process: string): boolean {
    return this.#reached.has(process);
  }

  /** The standby has everything up to `seq`. */
  reached(process: string, seq: number): void {
    if (!this.#reached.has(process)) return;
    this.#reached.set(process, Math.max(seq, this.#reached.get(process) ?? 0));
    this.#release(process, seq);
    // What counted as done without a standby must be there before anything is said to be safe again.
    if (seq >= (this.#last.get(process) ?? 0) && this.#open.delete(process)) this.#onClose(process);
  }

  /** There is no standby to be had: waiting would be for ever. */
  giveUp(process: string): void {
    if (!this.#reached.has(process) || this.#open.has(process)) return;
    this.#open.add(process);
    this.#release(process, Number.POSITIVE_INFINITY);
    this.#onOpen(process);
  }

  /** Another node owns the process: what waits here is in no copy that counts, and nobody is told yes. */
  fail(process: string): void {
    const waiters = this.#waiters.get(process) ?? [];
    this.#waiters.delete(process);
    const message = `"${process}" was taken over before a copy had what was written here; it counts for nothing.`;
    for (const { fail } of waiters) fail(new RuntimeError('STALE_EPOCH', message, { process }));
  }

  openAll(): void {
    for (const process of [...this.#reached.keys()]) this.giveUp(process);
  }

  /** Whether a process that should wait for its standby has none. */
  isOpen(process: string): boolean {
    return this.#open.has(process);
  }

  /** The newest entry that may leave the node; left out: any that is durable here. */
  upTo(process: string): number | undefined {
    return this.#open.has(process) ? undefined : this.#reached.get(process);
  }

  /** The journal as processes see it. */
  wrap(inner: GraftableJournal): GraftableJournal {
    const append = (batch: Batch): Appended => {
      const appended = inner.append(batch);
      const last = appended.entries.at(-1);
      const reached = this.#reached.get(batch.process);
      if (!last || reached === undefined) return appended;
      this.#last.set(batch.process, last.seq);
      if (this.#open.has(batch.process)) return appended;
      const durable = appended.durable.then(() => this.#wait(batch.process, last.seq));
      // As with any promise of an append: whoever does not wait for it does not hear of it.
      durable.catch(() => {});
      return { entries: appended.entries, durable };
    };
    return new Proxy(inner, {
      get(target, name) {
        if (name === 'append') return append;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  #wait(process: string, seq: number): Promise<void> {
    const reached = this.#reached.get(process);
    if (reached === undefined || reached >= seq || this.#open.has(process)) return Promise.resolve();
    return new Promise((go, fail) => {
      const waiters = this.#waiters.get(process) ?? [];
      waiters.push({ seq, go, fail });
      this.#waiters.set(process, waiters);
    });
  }

  #release(process: string, seq: number): void {
    const waiters = this.#waiters.get(process);
    if (!waiters) return;
    const still = waiters.filter((waiter) => waiter.seq > seq);
    if (still.length > 0) this.#waiters.set(process, still);
    else this.#waiters.delete(process);
    for (const waiter of waiters) if (waiter.seq <= seq) waiter.go();
  }
}
