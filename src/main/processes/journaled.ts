import type { EntryBody, NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import { applyEntry } from '../journal/fold/fold.ts';
import { emptySnapshot, type Snapshot, snapshotHash, snapshotToJson } from '../journal/fold/snapshot.ts';
import type { Appended, Head, Journal } from '../journal/journal.ts';
import { type Replayed, replay } from '../journal/replay.ts';
import { alone, type Ownership } from './ownership.ts';

/** A group of appends is written at the end of its turn; slow disks may need a few. */
const turnsUntilDurable = 20;

/** How many entries may follow a checkpoint before the next is written. */
const checkpointEvery = 1_000;

/** Takes out of entries what must not be kept. */
export type Clean = (entries: NewEntry[]) => NewEntry[];

export interface JournaledHost {
  readonly onBroken: (error: RuntimeError) => void;
  /** Something that is to be delivered has become durable. */
  readonly onOutgoing?: () => void;
  readonly clean?: Clean;
  /** Left out: this node owns it. */
  readonly ownership?: Ownership;
}

/**
 * One process's stream together with the state that follows from it.
 *
 * Invariants:
 *   S1. The snapshot changes only by entries that were appended, at the moment they are appended.
 *   S2. Nobody outside may act on a change before `append` has resolved.
 *   S3. When an append fails, the snapshot is ahead of the journal: it is broken and refuses everything until it has
 *       been loaded again.
 *   S4. What a call to the outside gave is a fact, whether or not it could be written: it is kept until it can.
 */
export class Journaled {
  readonly process: string;
  readonly #journal: Journal;
  readonly #onBroken: (error: RuntimeError) => void;
  readonly #onOutgoing: () => void;
  readonly #clean: Clean | undefined;
  readonly #ownership: Ownership;
  #snapshot: Snapshot;
  #durableSeq = 0;
  #written: Promise<void> = Promise.resolve();
  #broken: RuntimeError | undefined;
  #gone: RuntimeError | undefined;
  #sinceCheckpoint = 0;
  /** Results of calls that were seen but not kept. */
  readonly #unkept: EntryBody<'step.ended'>[] = [];

  constructor(process: string, journal: Journal, host: JournaledHost) {
    this.process = process;
    this.#journal = journal;
    this.#onBroken = host.onBroken;
    this.#onOutgoing = host.onOutgoing ?? (() => {});
    this.#clean = host.clean;
    this.#ownership = host.ownership ?? alone;
    this.#snapshot = emptySnapshot(process);
  }

  get snapshot(): Readonly<Snapshot> {
    return this.#snapshot;
  }

  /** Entries up to this one are safe; those after it are being written. */
  get durableSeq(): number {
    return this.#durableSeq;
  }

  /** Resolves when what was appended so far is safe, or has come to nothing. */
  get kept(): Promise<void> {
    return this.#written;
  }

  /** Why nothing can be appended, until it has been loaded again. */
  get broken(): RuntimeError | undefined {
    return this.#broken;
  }

  /** Writes nothing any more, from this moment on: it goes on elsewhere. Left out: it may be loaded again. */
  giveUp(why?: RuntimeError): void {
    this.#gone ??= why;
    this.#broken ??= why;
  }

  /**
   * Reads the state from the journal, which may have been written before this program started.
   * @throws RuntimeError why it was given up.
   */
  async load(): Promise<void> {
    if (this.#gone) throw this.#gone;
    await this.reload();
    this.#broken = undefined;
  }

  /** Reads the state again, so that it can be looked at; a broken one goes on to refuse. */
  async reload(): Promise<void> {
    let { snapshot, entries, head } = await this.#replayed();
    // What somebody appended in this turn is counted already and can be read in the next.
    for (let turn = 0; snapshot.seq < head.seq && turn < turnsUntilDurable; turn++) {
      await new Promise(setImmediate);
      ({ snapshot, entries, head } = await this.#replayed());
    }
    if (snapshot.seq !== head.seq) {
      throw new RuntimeError(
        'JOURNAL_CORRUPT',
        `The journal of "${this.process}" ends at ${head.seq}, but only ${snapshot.seq} could be read.`,
        { process: this.process },
      );
    }
    this.#snapshot = snapshot;
    this.#durableSeq = snapshot.seq;
    this.#sinceCheckpoint = entries;
  }

  async #replayed(): Promise<Replayed & { head: Head }> {
    const replayed = await replay(this.#journal, this.process);
    return { ...replayed, head: await this.#journal.open(this.process) };
  }

  /** Results that could not be kept, of calls that still wait for theirs. Gives each once. */
  takeUnkept(): NewEntry<'step.ended'>[] {
    const { runs } = this.#snapshot;
    const unkept = this.#unkept.splice(0).filter((body) => {
      const step = runs.get(body.run)?.steps.get(body.step);
      return step?.state === 'intended' && step.argsHash === body.argsHash;
    });
    return [...new Map(unkept.map((body) => [`${body.run}/${body.step}`, body])).values()].map((body) => ({
      kind: 'step.ended',
      body,
    }));
  }

  /** Appends and applies at once; resolves when durable. */
  append(commit: string, written: NewEntry[]): Promise<void> {
    const entries = this.#clean ? this.#clean(written) : written;
    if (this.#broken) return this.#refuse(entries, this.#broken);
    let appended: Appended;
    try {
      appended = this.#journal.append({
        process: this.process,
        commit,
        entries,
        after: this.#snapshot.seq,
        epoch: this.#ownership.epoch(this.process),
      });
    } catch (thrown) {
      // It will not open again, so nothing is to be begun that could not be kept.
      if (thrown instanceof RuntimeError && thrown.code === 'JOURNAL_CLOSED') this.#broken ??= thrown;
      if (thrown instanceof RuntimeError && isNotOurs(thrown.code)) this.#break(thrown);
      return this.#refuse(entries, thrown);
    }
    const { entries: numbered, durable } = appended;
    for (const entry of numbered) applyEntry(this.#snapshot, entry);
    this.#sinceCheckpoint += numbered.length;
    const { seq, outbox, memoryOutbox, escalations } = this.#snapshot;
    const outgoing = outbox.size > 0 || memoryOutbox.size > 0 || hasAny(escalations);
    this.#written = durable.then(
      () => {
        this.#durableSeq = seq;
        if (outgoing) this.#onOutgoing();
      },
      (thrown: unknown) => {
        this.#keep(entries);
        this.#break(thrown);
      },
    );
    return durable;
  }

  #refuse(entries: readonly NewEntry[], reason: unknown): Promise<never> {
    this.#keep(entries);
    return Promise.reject(reason);
  }

  #keep(entries: readonly NewEntry[]): void {
    // Steps that carry their arguments had no intent: they touched nothing outside and are made anew.
    for (const { kind, body } of entries) if (kind === 'step.ended' && body.args === undefined) this.#unkept.push(body);
  }

  /**
   * Writes the state down when enough has happened since the last time. Left out, that is a thousand entries, or twice as
   * many as there is to be written of what waits: else a long queue would be written for every thousand of its events.
   */
  checkpointIfDue(enough?: number): Promise<void> {
    const { queue, outbox } = this.#snapshot;
    const due = enough ?? Math.max(checkpointEvery, 2 * (queue.size + outbox.size));
    return this.#sinceCheckpoint >= due ? this.checkpoint() : Promise.resolve();
  }

  async checkpoint(): Promise<void> {
    if (this.#sinceCheckpoint === 0 || this.#broken) return;
    const body = { snapshot: snapshotToJson(this.#snapshot), hash: snapshotHash(this.#snapshot) };
    const durable = this.append('write-checkpoint', [{ kind: 'checkpoint', body }]);
    this.#sinceCheckpoint = 0;
    await durable;
  }

  /**
   * Says that it ended in order. Where that cannot be written it is as if it had been killed: whoever takes it up next
   * recovers it.
   */
  async release(): Promise<void> {
    const { released, life } = this.#snapshot;
    if (released || life === 0 || this.#broken) return;
    try {
      await this.append('release-process', [{ kind: 'process.released', body: {} }]);
      await this.checkpoint();
    } catch (thrown) {
      if (!this.#broken) throw thrown;
    }
  }

  find(key: string): Promise<number | undefined> {
    return this.#journal.find(this.process, key);
  }

  read: Journal['read'] = (_process, range) => this.#journal.read(this.process, range);

  #break(thrown: unknown): void {
    if (this.#broken) return;
    this.#broken =
      thrown instanceof RuntimeError
        ? thrown
        : new RuntimeError('INTERNAL', asError(thrown).message, {}, { cause: thrown });
    this.#onBroken(this.#broken);
  }
}

/** Whether somebody else writes this journal, so that what is known here has to be given up. */
export function isNotOurs(code: string): boolean {
  return code === 'JOURNAL_SHARED' || code === 'STALE_EPOCH';
}

function hasAny(record: Readonly<Record<string, unknown>>): boolean {
  for (const _key in record) return true;
  return false;
}
