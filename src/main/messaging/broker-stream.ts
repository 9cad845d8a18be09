import { brokerStream, type JournalEntry, type NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { Journal } from '../journal/journal.ts';
import type { Needed } from '../journal/pruning.ts';
import { hashOf } from '../lib/hash.ts';
import {
  applyToBroker,
  type BrokerState,
  brokerFromJson,
  brokerToJson,
  emptyBroker,
  type OpenMessage,
} from './broker-fold.ts';

const pageSize = 5_000;
/** A checkpoint is written after this many entries, and after twice as many as there are open messages. */
const checkpointEvery = 1_000;

/**
 * The broker's stream together with the state that follows from it. The state changes only by entries, at the moment
 * they are appended; when an append fails it is ahead of the journal and must be loaded again.
 */
export class BrokerStream {
  readonly #journal: Journal;
  readonly #onBroken: (error: RuntimeError) => void;
  #state = emptyBroker();
  #broken: RuntimeError | undefined;
  #sinceCheckpoint = 0;

  constructor(journal: Journal, onBroken: (error: RuntimeError) => void) {
    this.#journal = journal;
    this.#onBroken = onBroken;
  }

  get state(): BrokerState {
    return this.#state;
  }

  async load(): Promise<void> {
    const head = await this.#journal.open(brokerStream);
    const checkpoint = await this.#journal.lastCheckpoint(brokerStream);
    const state = checkpoint ? restored(checkpoint) : emptyBroker();
    this.#sinceCheckpoint = 0;
    for (;;) {
      const page = await this.#journal.read(brokerStream, { after: state.seq, limit: pageSize });
      for (const entry of page) applyToBroker(state, entry);
      this.#sinceCheckpoint += page.length;
      if (page.length < pageSize) break;
    }
    if (state.seq !== head.seq) {
      throw new RuntimeError(
        'JOURNAL_CORRUPT',
        `The journal of the message broker ends at ${head.seq}, but only ${state.seq} could be read.`,
      );
    }
    this.#state = state;
    this.#broken = undefined;
  }

  /** Appends and applies at once; resolves when durable. */
  append(commit: string, entries: NewEntry[]): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const { entries: numbered, durable } = this.#journal.append({ process: brokerStream, commit, entries });
    for (const entry of numbered) applyToBroker(this.#state, entry);
    this.#sinceCheckpoint += numbered.length;
    durable.catch((thrown: unknown) => this.#break(thrown));
    if (this.#sinceCheckpoint >= Math.max(checkpointEvery, 2 * this.#state.open.size)) void this.checkpoint();
    return durable;
  }

  async checkpoint(): Promise<void> {
    if (this.#sinceCheckpoint === 0 || this.#broken) return;
    const snapshot = brokerToJson(this.#state);
    this.#sinceCheckpoint = Number.NEGATIVE_INFINITY;
    const durable = this.append('write-checkpoint', [
      { kind: 'checkpoint', body: { snapshot, hash: hashOf(snapshot) } },
    ]);
    this.#sinceCheckpoint = 0;
    // Nothing depends on it; a failure is the stream's, and known there.
    await durable.catch(() => {});
  }

  /** What must stay of its journal: the messages that have not ended. */
  get needed(): Needed {
    return { queue: this.#state.open, outbox: new Map() };
  }

  checkpointIfDue(entries: number): Promise<void> {
    return this.#sinceCheckpoint >= entries ? this.checkpoint() : Promise.resolve();
  }

  /** Whether an entry was appended with this key before. */
  async has(key: string): Promise<boolean> {
    return (await this.#journal.find(brokerStream, key)) !== undefined;
  }

  async contentOf(message: OpenMessage): Promise<Json> {
    if (message.content !== undefined) return message.content;
    const [entry] = await this.#journal.read(brokerStream, { after: message.seq - 1, limit: 1 });
    return entry?.kind === 'message.sent' ? entry.body.content : null;
  }

  #break(thrown: unknown): void {
    if (this.#broken) return;
    this.#broken =
      thrown instanceof RuntimeError
        ? thrown
        : new RuntimeError('INTERNAL', asError(thrown).message, {}, { cause: thrown });
    this.#onBroken(this.#broken);
  }
}

function restored(checkpoint: JournalEntry<'checkpoint'>): BrokerState {
  const { seq, body } = checkpoint;
  if (hashOf(body.snapshot) !== body.hash || body.snapshot['seq'] !== seq - 1) {
    throw new RuntimeError('JOURNAL_CORRUPT', `Checkpoint ${seq} of the message broker is damaged.`, { seq });
  }
  const state = brokerFromJson(body.snapshot);
  state.seq = seq;
  return state;
}
