import { RuntimeError } from '../../shared/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { type StoredEntry, firstHash, linkHash } from './chain.ts';
import { applyEntry } from './fold.ts';
import type { Journal } from './journal.ts';
import { type Snapshot, emptySnapshot, snapshotFromJson, snapshotHash } from './snapshot.ts';

const pageSize = 5_000;

export interface Replayed {
  snapshot: Snapshot;
  /** How many entries were applied; with a checkpoint, only those after it. */
  entries: number;
}

/**
 * The last known state of a process, from its journal. Cost depends on what came after the last checkpoint, not on
 * the length of its history. `fromStart` leaves checkpoints aside; `upTo` stops after that entry.
 *
 * @throws RuntimeError `JOURNAL_CORRUPT` when a checkpoint does not have the hash it was written with.
 */
export async function replay(journal: Journal, process: string, options: { fromStart?: boolean; upTo?: number } = {}): Promise<Replayed> {
  let snapshot = emptySnapshot(process);
  const { fromStart = false, upTo = Number.POSITIVE_INFINITY } = options;
  const checkpoint = fromStart ? undefined : await journal.lastCheckpoint(process);
  if (checkpoint && checkpoint.seq <= upTo) {
    snapshot = snapshotFromJson(checkpoint.body.snapshot);
    if (snapshotHash(snapshot) !== checkpoint.body.hash) {
      throw new RuntimeError('JOURNAL_CORRUPT', `Checkpoint ${checkpoint.seq} of "${process}" is damaged.`, { process, seq: checkpoint.seq });
    }
    applyEntry(snapshot, checkpoint);
  }
  let applied = 0;
  for (;;) {
    const page = await journal.read(process, { after: snapshot.seq, limit: pageSize });
    for (const entry of page) {
      if (entry.seq > upTo) return { snapshot, entries: applied };
      // A trimmed journal begins with a checkpoint; everything before it is in there.
      if (snapshot.seq === 0 && entry.kind === 'checkpoint') snapshot = snapshotFromJson(entry.body.snapshot);
      applyEntry(snapshot, entry);
      applied++;
    }
    if (page.length < pageSize) return { snapshot, entries: applied };
  }
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
  let previous: { seq: number; hash: string } | undefined;
  let entries = 0;
  for (;;) {
    const page = await journal.read(process, { after: previous?.seq ?? 0, limit: pageSize });
    for (const entry of page) {
      const problem = misfit(previous, entry);
      if (problem) return { ok: false, entries, brokenAt: entry.seq, problem };
      previous = entry;
      entries++;
    }
    if (page.length < pageSize) return { ok: true, entries, brokenAt: null, problem: null };
  }
}

function misfit(previous: { seq: number; hash: string } | undefined, entry: Awaited<ReturnType<Journal['read']>>[number]): string | null {
  if (previous && entry.seq !== previous.seq + 1) return `Entry ${previous.seq + 1} is missing.`;
  // The first kept entry of a trimmed journal has nothing left to be checked against.
  if (!previous && entry.seq !== 1) return null;
  const erasedHash = 'erased' in entry.body ? (entry.body as { hash?: string }).hash : undefined;
  if ('erased' in entry.body && erasedHash === undefined) return null;
  const body = JSON.stringify(entry.body);
  const stored: StoredEntry = { ...entry, body };
  return linkHash(previous?.hash ?? firstHash, stored, erasedHash ?? sha256(body)) === entry.hash ? null : `Entry ${entry.seq} was changed after it was written.`;
}
