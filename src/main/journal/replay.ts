import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { hashOf, sha256 } from '../lib/hash.ts';
import { linkHash } from './chain.ts';
import { applyEntry } from './fold/fold.ts';
import { emptySnapshot, type Snapshot, snapshotFromJson } from './fold/snapshot.ts';
import type { Head, Journal, ReadRange } from './journal.ts';

const pageSize = 1_000;

export interface Replayed {
  snapshot: Snapshot;
  /** How many entries were applied; with a checkpoint, only those after it. */
  entries: number;
}

export interface ReplayOptions {
  /** Leaves checkpoints aside as far as the journal goes back. */
  fromStart?: boolean;
  /** Stops after the entry with this number. */
  upTo?: number;
}

/**
 * The last known state of a process, from its journal. Cost depends on what came after the last checkpoint, not on
 * the length of its history.
 *
 * @throws RuntimeError `JOURNAL_CORRUPT` when an entry is missing or a checkpoint does not have the hash it was written
 * with, `REQUEST_INVALID` when the state at `upTo` has been trimmed away.
 */
export async function replay(journal: Journal, process: string, options: ReplayOptions = {}): Promise<Replayed> {
  const { fromStart = false, upTo = Number.POSITIVE_INFINITY } = options;
  const checkpoint = await checkpointToStartFrom(journal, process, fromStart, upTo);
  let snapshot = checkpoint ? restore(process, checkpoint) : emptySnapshot(process);
  let applied = 0;
  for (;;) {
    const page = await journal.read(process, { after: snapshot.seq, limit: pageSize });
    let later: Checkpoint | undefined;
    for (const entry of page) {
      if (entry.seq > upTo) return { snapshot, entries: applied };
      if (entry.seq !== snapshot.seq + 1) throw missing(process, snapshot.seq + 1);
      if ('erased' in entry.body) later = await keptCheckpoint(journal, process, { after: entry.seq }, upTo);
      if (later) break;
      applyEntry(snapshot, entry);
      applied++;
    }
    // What an erased entry brought is in the next checkpoint.
    if (later) snapshot = restore(process, later);
    else if (page.length < pageSize) return { snapshot, entries: applied };
  }
}

type Checkpoint = JournalEntry<'checkpoint'>;

/** The first checkpoint of a range that has not been erased itself. */
async function keptCheckpoint(
  journal: Journal,
  process: string,
  range: ReadRange,
  upTo: number,
): Promise<Checkpoint | undefined> {
  let after = range.after;
  for (;;) {
    const [next] = await journal.read(process, {
      ...range,
      kinds: ['checkpoint'],
      limit: 1,
      ...(after === undefined ? {} : { after }),
    });
    if (!next || next.seq > upTo) return undefined;
    if (!('erased' in next.body)) return next as Checkpoint;
    after = next.seq;
  }
}

async function checkpointToStartFrom(
  journal: Journal,
  process: string,
  fromStart: boolean,
  upTo: number,
): Promise<Checkpoint | undefined> {
  const base = await journal.base(process);
  if (!fromStart) {
    const last = await journal.lastCheckpoint(process);
    if (last && last.seq <= upTo) return last;
    if (last) {
      const earlier = await keptCheckpoint(journal, process, { order: 'desc', after: upTo + 1 }, upTo);
      if (earlier) return earlier;
    }
    if (base.seq === 0) return undefined;
  } else if (base.seq === 0) return undefined;
  const first = await keptCheckpoint(journal, process, {}, Number.POSITIVE_INFINITY);
  if (!first)
    throw new RuntimeError('JOURNAL_CORRUPT', `The journal of "${process}" is trimmed but has no checkpoint.`, {
      process,
    });
  if (first.seq <= upTo) return first;
  throw new RuntimeError(
    'REQUEST_INVALID',
    `The journal of "${process}" goes back to entry ${first.seq}, not to ${upTo}.`,
    {
      process,
      upTo,
      first: first.seq,
    },
  );
}

function restore(process: string, checkpoint: Checkpoint): Snapshot {
  const { seq, body } = checkpoint;
  // The JSON is what was hashed: a later version may know more members than the one that wrote it.
  if (hashOf(body.snapshot) !== body.hash || body.snapshot['seq'] !== seq - 1) {
    throw new RuntimeError('JOURNAL_CORRUPT', `Checkpoint ${seq} of "${process}" is damaged.`, { process, seq });
  }
  const snapshot = snapshotFromJson(body.snapshot);
  applyEntry(snapshot, checkpoint);
  return snapshot;
}

function missing(process: string, seq: number): RuntimeError {
  return new RuntimeError('JOURNAL_CORRUPT', `Entry ${seq} of "${process}" is missing.`, { process, seq });
}

export interface ChainReport {
  ok: boolean;
  entries: number;
  /** Number of the first entry that does not fit, where there is one. */
  brokenAt: number | null;
  problem: string | null;
}

/** Checks numbers and hashes of all entries that are kept (J1, J5). Erased bodies are checked by what is left of them. */
export async function verifyChain(journal: Journal, process: string): Promise<ChainReport> {
  return verifyAfter(await journal.base(process), journal, process);
}

/** The same for what a start goes by: the entries after the last checkpoint, which has a hash of its own. */
async function verifyTail(journal: Journal, process: string): Promise<ChainReport> {
  return verifyAfter((await journal.lastCheckpoint(process)) ?? (await journal.base(process)), journal, process);
}

async function verifyAfter(from: Head, journal: Journal, process: string): Promise<ChainReport> {
  let previous = from;
  let entries = 0;
  for (;;) {
    let page: JournalEntry[];
    try {
      page = await journal.read(process, { after: previous.seq, limit: pageSize });
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError) || thrown.code !== 'JOURNAL_CORRUPT') throw thrown;
      const seq = thrown.details['seq'];
      return {
        ok: false,
        entries,
        brokenAt: typeof seq === 'number' ? seq : previous.seq + 1,
        problem: thrown.message,
      };
    }
    for (const entry of page) {
      const problem = misfit(previous, entry);
      if (problem) return { ok: false, entries, brokenAt: entry.seq, problem };
      previous = entry;
      entries++;
    }
    if (page.length < pageSize) return { ok: true, entries, brokenAt: null, problem: null };
  }
}

/** @throws RuntimeError `JOURNAL_CORRUPT` when what a start would go by is not what was written. */
export async function assertLinked(journal: Journal, process: string): Promise<void> {
  const { ok, brokenAt, problem } = await verifyTail(journal, process);
  if (ok) return;
  const { seq: last } = await journal.open(process);
  const after =
    brokenAt !== null && last > brokenAt ? ` It and the ${last - brokenAt} after it cannot be relied on.` : '';
  throw new RuntimeError('JOURNAL_CORRUPT', `The journal of "${process}" is damaged: ${problem}${after}`, {
    process,
    seq: brokenAt,
    last,
  });
}

function misfit(previous: Head, entry: JournalEntry): string | null {
  if (entry.seq !== previous.seq + 1) return `Entry ${previous.seq + 1} is missing.`;
  const body = JSON.stringify(entry.body);
  const bodyHash = 'erased' in entry.body ? String((entry.body as { hash?: unknown }).hash) : sha256(body);
  const hash = linkHash(previous.hash, { ...entry, body }, bodyHash);
  return hash === entry.hash ? null : `Entry ${entry.seq} was changed after it was written.`;
}
