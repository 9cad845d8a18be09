import type { EntryKind, JournalEntry } from '../../shared/entries/journal-entries.ts';
import type { Journal } from './journal.ts';

/** What is kept of a process's past; see `journal.level` and `journal.retention_days` of its settings. */
export interface Keeping {
  level: 'none' | 'checkpoint' | 'full';
  /** Entries before this time (epoch ms) go altogether. */
  since: number;
  /** Entries after this one are still wanted elsewhere; left out: none are. */
  heldFrom?: number;
}

/** What is open in a stream: nothing is touched from the oldest of it on. */
export interface Needed {
  readonly queue: ReadonlyMap<string, { readonly seq: number }>;
  readonly outbox: ReadonlyMap<number, unknown>;
}

export interface Pruned {
  erased: number;
  trimmed: number;
  /** Everything up to this entry is as it should be; the next look begins after it. */
  cursor: number;
}

/** How many entries are looked at, at most, before others get their turn. */
const piece = 500;

/** What a run did, step by step, and what it was woken with: all that goes where only its outcome is kept. */
const details: readonly EntryKind[] = [
  'event.accepted',
  'step.intended',
  'step.attached',
  'step.ended',
  'run.parked',
  'item.answered',
  'checkpoint',
];

/**
 * Takes one small piece of a process's past away, as far as its settings say. Nothing is touched that comes after the
 * last checkpoint, from which the process is recovered, or after the oldest event that has not ended.
 */
export async function prune(
  journal: Journal,
  process: string,
  needed: Needed,
  keeping: Keeping,
  cursor: number,
): Promise<Pruned> {
  const { seq: base } = await journal.base(process);
  const bound = Math.min(await boundOf(journal, process, needed), keeping.heldFrom ?? Number.POSITIVE_INFINITY);
  const last = keeping.level === 'none' ? bound : await lastBefore(journal, process, keeping.since, base, bound);
  const upTo = Math.min(last, base + 2 * piece);
  const trimmed = upTo > base ? await journal.trim(process, upTo) : 0;
  const from = Math.max(cursor, base + trimmed);
  if (keeping.level !== 'checkpoint') return { erased: 0, trimmed, cursor: from };
  const found = await journal.read(process, { after: from, kinds: details, limit: piece });
  const reached = Math.max(from, found.length < piece ? bound : Math.min(bound, found.at(-1)?.seq ?? bound));
  const seqs = found.filter(({ seq, body }) => seq <= reached && !('erased' in body)).map(({ seq }) => seq);
  if (seqs.length > 0) await journal.erase(process, seqs);
  return { erased: seqs.length, trimmed, cursor: reached };
}

/** How many entries would go altogether by these settings, sooner or later. */
export async function prunable(journal: Journal, process: string, needed: Needed, keeping: Keeping): Promise<number> {
  const { seq: base } = await journal.base(process);
  const bound = Math.min(await boundOf(journal, process, needed), keeping.heldFrom ?? Number.POSITIVE_INFINITY);
  const last = keeping.level === 'none' ? bound : await lastBefore(journal, process, keeping.since, base, bound);
  return Math.max(0, last - base);
}

/** The newest entry that nothing needs any more. */
async function boundOf(journal: Journal, process: string, { queue, outbox }: Needed): Promise<number> {
  const checkpoint = await journal.lastCheckpoint(process);
  let bound = (checkpoint?.seq ?? 0) - 1;
  for (const { seq } of queue.values()) bound = Math.min(bound, seq - 1);
  for (const seq of outbox.keys()) bound = Math.min(bound, seq - 1);
  return bound;
}

/** The newest entry that was written before a time, between two others: entries are in the order of their times. */
async function lastBefore(
  journal: Journal,
  process: string,
  time: number,
  base: number,
  bound: number,
): Promise<number> {
  let [low, high] = [base, Math.max(base, bound)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = (await journal.read(process, { after: middle - 1, limit: 1 })) as [JournalEntry?];
    if (entry && entry.at < time) low = middle;
    else high = middle - 1;
  }
  return low;
}
