import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { firstHash, type StoredEntry } from './chain.ts';
import { type GraftableJournal, type KeyedJournal, lifeIn, storedFrom } from './grafting.ts';
import { GroupCommit, type NumberedBatch, type StreamHead } from './group-commit.ts';
import { type Appended, assertTrimmable, type Batch, erasedBody, type Head, type ReadRange } from './journal.ts';

interface Stream {
  entries: StoredEntry[];
  keys: Map<string, number>;
  base: Head;
  head: StreamHead;
}

const nowhere: StreamHead = { seq: 0, hash: firstHash, epoch: 0 };

/** A journal that lasts as long as the program: for tests, trials and processes whose past does not matter. */
export class MemoryJournal implements GraftableJournal, KeyedJournal {
  readonly kind = 'memory';
  readonly #streams = new Map<string, Stream>();
  readonly #group: GroupCommit;

  constructor(clock: Clock = systemClock) {
    this.#group = new GroupCommit(
      {
        write: (batches) => this.#write(batches),
        head: (process) => this.#streams.get(process)?.head ?? nowhere,
        fence: (process, epoch) => void (this.#stream(process).head.epoch = epoch),
        findKey: (process, key) => this.#streams.get(process)?.keys.get(key),
      },
      clock,
    );
  }

  open(process: string): Promise<Head> {
    return this.#group.open(process);
  }

  append(batch: Batch): Appended {
    return this.#group.append(batch);
  }

  async read(process: string, range: ReadRange = {}): Promise<JournalEntry[]> {
    const all = this.#streams.get(process)?.entries ?? [];
    return inRange(all, range).map(parseEntry);
  }

  async find(process: string, key: string): Promise<number | undefined> {
    return this.#group.freshKey(process, key) ?? this.#streams.get(process)?.keys.get(key);
  }

  async lastCheckpoint(process: string): Promise<JournalEntry<'checkpoint'> | undefined> {
    const entry = this.#streams.get(process)?.entries.findLast(({ kind }) => kind === 'checkpoint');
    return entry && (parseEntry(entry) as JournalEntry<'checkpoint'>);
  }

  fence(process: string, epoch: number): Promise<void> {
    return this.#group.fence(process, epoch);
  }

  epochOf(process: string): Promise<number> {
    return this.#group.epochOf(process);
  }

  async graft(process: string, from: Head, entries: readonly JournalEntry[]): Promise<void> {
    const stored = storedFrom(from, entries, await lifeIn(this, process));
    await this.#group.graft(process, from, stored, () => {
      this.#stream(process).base = { ...from };
    });
  }

  async cut(process: string, after: number): Promise<void> {
    await this.#group.forget(process);
    const stream = this.#streams.get(process);
    if (!stream) return;
    stream.entries = stream.entries.filter(({ seq }) => seq <= after);
    for (const [key, seq] of stream.keys) if (seq > after) stream.keys.delete(key);
    stream.head = { ...(stream.entries.at(-1) ?? stream.base), epoch: stream.head.epoch };
  }

  async keys(process: string): Promise<[string, number][]> {
    return [...(this.#streams.get(process)?.keys ?? [])];
  }

  async processes(): Promise<string[]> {
    return [...this.#streams].flatMap(([name, { head }]) => (head.seq > 0 ? name : []));
  }

  async base(process: string): Promise<Head> {
    const { seq, hash } = this.#streams.get(process)?.base ?? nowhere;
    return { seq, hash };
  }

  async trim(process: string, upTo: number): Promise<number> {
    await this.#group.settled();
    const stream = this.#streams.get(process);
    if (!stream || upTo <= stream.base.seq) return 0;
    assertTrimmable(process, upTo, stream.entries.findLast(({ kind }) => kind === 'checkpoint')?.seq ?? 0);
    const dropped = stream.entries.splice(0, upTo - stream.base.seq);
    const { seq, hash } = dropped.at(-1) as StoredEntry;
    stream.base = { seq, hash };
    return dropped.length;
  }

  async erase(process: string, seqs: readonly number[]): Promise<void> {
    await this.#group.settled();
    const erased = new Set(seqs);
    for (const entry of this.#streams.get(process)?.entries ?? []) {
      if (erased.has(entry.seq) && !entry.body.startsWith('{"erased"')) entry.body = erasedBody(sha256(entry.body));
    }
  }

  onDurable(listener: (entries: readonly JournalEntry[]) => void): () => void {
    return this.#group.onDurable(listener);
  }

  async check(): Promise<string[]> {
    return [];
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  #write(batches: readonly NumberedBatch[]): void {
    for (const { process, entries, epoch } of batches) {
      const stream = this.#stream(process);
      for (const entry of entries) {
        stream.entries.push(entry);
        if (entry.key !== undefined) stream.keys.set(entry.key, entry.seq);
        stream.head = { seq: entry.seq, hash: entry.hash, epoch };
      }
    }
  }

  #stream(process: string): Stream {
    let stream = this.#streams.get(process);
    if (!stream)
      this.#streams.set(process, (stream = { entries: [], keys: new Map(), base: nowhere, head: { ...nowhere } }));
    return stream;
  }
}

/** The entries of a range, of a list in ascending order. */
export function inRange<T extends { seq: number; kind: string }>(ascending: readonly T[], range: ReadRange): T[] {
  const { after, kinds, order = 'asc', limit = Number.POSITIVE_INFINITY } = range;
  const first = ascending[0]?.seq ?? 1;
  const from = after === undefined ? 0 : Math.max(0, after + 1 - first);
  const chosen: T[] = [];
  if (order === 'asc') {
    for (let index = from; index < ascending.length && chosen.length < limit; index++) {
      const entry = ascending[index] as T;
      if (!kinds || (kinds as readonly string[]).includes(entry.kind)) chosen.push(entry);
    }
    return chosen;
  }
  const start = after === undefined ? ascending.length - 1 : Math.min(ascending.length, after - first) - 1;
  for (let index = start; index >= 0 && chosen.length < limit; index--) {
    const entry = ascending[index] as T;
    if (!kinds || (kinds as readonly string[]).includes(entry.kind)) chosen.push(entry);
  }
  return chosen;
}

export function parseEntry(stored: StoredEntry): JournalEntry {
  const { process, seq, at, kind, commit, epoch, hash, body } = stored;
  return { process, seq, at, kind, body: JSON.parse(body), commit, epoch, hash } as JournalEntry;
}
