import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Position } from './positions.ts';

/**
 * After which entry of a stream somebody goes on who has come as far as `position`. Where another ownership wrote on from
 * an earlier entry than that, it is the last one before: epochs never go back within a stream.
 */
export async function startOf(journal: Journal, stream: string, { epoch, seq }: Position): Promise<number> {
  const entry = await entryAt(journal, stream, seq);
  if (!entry) {
    const { seq: head } = await journal.open(stream);
    if (seq > head) return Math.min(head, await lastUpTo(journal, stream, (one) => one.epoch <= epoch));
    return seq;
  }
  if (entry.epoch <= epoch) return seq;
  return Math.min(seq, await lastUpTo(journal, stream, (one) => one.epoch <= epoch));
}

/** The number of the first entry that was written at `time` (epoch ms) or later; one past the end where there is none. */
export async function firstAfter(journal: Journal, stream: string, time: number): Promise<number> {
  return (await lastUpTo(journal, stream, ({ at }) => at < time)) + 1;
}

/** The newest entry up to which `holds` is true, of a stream in which it is true of all before some entry and false after. */
export async function lastUpTo(
  journal: Journal,
  stream: string,
  holds: (entry: JournalEntry) => boolean,
): Promise<number> {
  let { seq: low } = await journal.base(stream);
  let { seq: high } = await journal.open(stream);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const entry = await entryAt(journal, stream, middle);
    if (entry && holds(entry)) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function entryAt(journal: Journal, stream: string, seq: number): Promise<JournalEntry | undefined> {
  if (seq <= 0) return undefined;
  const [entry] = await journal.read(stream, { after: seq - 1, limit: 1 });
  return entry?.seq === seq ? entry : undefined;
}
