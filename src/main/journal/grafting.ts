import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { linkHash, type StoredEntry } from './chain.ts';
import type { Head, Journal } from './journal.ts';

/** A journal that can also keep what another journal has numbered and linked, as the same chain. */
export interface GraftableJournal extends Journal {
  /**
   * Adds entries of another journal after `from`, which must be where the stream ends here; an empty stream begins
   * there. Durable when it resolves. No ownership is asked: these entries were allowed where they were written.
   * @throws RuntimeError `CHAIN_INVALID` where they do not follow from each other and from what is here.
   */
  graft(process: string, from: Head, entries: readonly JournalEntry[]): Promise<void>;
  /** Takes the entries after `after` out again, as if they had never been. Only of a stream that nobody writes. */
  cut(process: string, after: number): Promise<void>;
}

/** A journal that can name the keys it keeps, also of entries that were trimmed. */
export interface KeyedJournal extends Journal {
  keys(process: string): Promise<(readonly [key: string, seq: number])[]>;
}

export function isGraftable(journal: Journal): journal is GraftableJournal {
  return 'graft' in journal && 'cut' in journal;
}

/**
 * Entries as a store keeps them, with the keys that their events were accepted under: keys stand in no entry.
 * `life` is that of the process before the first of them.
 * @throws RuntimeError `CHAIN_INVALID`.
 */
export function storedFrom(from: Head, entries: readonly JournalEntry[], life: number): StoredEntry[] {
  let { seq: previousSeq, hash: previous } = from;
  let present = life;
  return entries.map((entry) => {
    const { process, seq, at, kind, commit, epoch, hash } = entry;
    const body = JSON.stringify(entry.body);
    const bodyHash = 'erased' in entry.body ? String((entry.body as { hash?: unknown }).hash) : sha256(body);
    const stored: StoredEntry = { process, seq, at, kind, commit, epoch, body, hash };
    if (seq !== previousSeq + 1 || linkHash(previous, stored, bodyHash) !== hash) {
      throw new RuntimeError(
        'CHAIN_INVALID',
        `Entry ${seq} of "${process}" does not follow from entry ${previousSeq} that it was sent after.`,
        { process, seq, after: previousSeq },
      );
    }
    previousSeq = seq;
    previous = hash;
    if (!('erased' in entry.body)) {
      present = lifeAfter(present, entry);
      if (entry.kind === 'event.accepted') stored.key = `${present}/${entry.body.dedupeKey}`;
    }
    return stored;
  });
}

function lifeAfter(life: number, entry: JournalEntry): number {
  if (entry.kind === 'process.created') return entry.seq;
  const known = entry.kind === 'checkpoint' && !('erased' in entry.body) ? entry.body.snapshot['life'] : undefined;
  return typeof known === 'number' ? known : life;
}

/** The life of a process at the end of what a journal has of it. */
export async function lifeIn(journal: Journal, process: string): Promise<number> {
  const [last] = await journal.read(process, { kinds: ['process.created', 'checkpoint'], order: 'desc', limit: 1 });
  return last ? lifeAfter(0, last) : 0;
}
