import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { Head, Journal } from '../../journal/journal.ts';

/** How many entries and about how many bytes go to another node at a time. */
const pageEntries = 500;
const pageBytes = 1 << 20;

/** The hash of an entry of a stream; that of the base where it has been trimmed there; `undefined` beyond both ends. */
export async function hashAt(journal: Journal, stream: string, seq: number): Promise<string | undefined> {
  if (seq === 0) return '';
  const base = await journal.base(stream);
  if (base.seq === seq) return base.hash;
  const [entry] = await journal.read(stream, { after: seq - 1, limit: 1 });
  return entry?.seq === seq ? entry.hash : undefined;
}

/**
 * The newest entry up to which a stream here and another chain are the same, by asking for hashes of the other: equal
 * hashes mean equal pasts. `null`: nothing that both still have is the same.
 */
export async function commonAncestor(
  journal: Journal,
  stream: string,
  hashesOf: (seqs: readonly number[]) => Promise<readonly (string | null)[]>,
): Promise<number | null> {
  const base = await journal.base(stream);
  const head = await journal.open(stream);
  // All up to `low` is the same; what comes after `high` is not.
  let [low, high] = [base.seq - 1, head.seq];
  while (low < high) {
    const seqs = spread(low + 1, high);
    const theirs = await hashesOf(seqs);
    const ours = await Promise.all(seqs.map((seq) => hashAt(journal, stream, seq)));
    const last = seqs.findLastIndex((_, index) => ours[index] !== undefined && ours[index] === theirs[index]);
    high = (seqs[last + 1] ?? high + 1) - 1;
    low = seqs[last] ?? low;
  }
  return low < base.seq ? null : low;
}

/** Up to 32 numbers from `from` to `to`, both among them. */
function spread(from: number, to: number): number[] {
  const count = Math.min(32, to - from + 1);
  if (count === 1) return [to];
  return [...new Set(Array.from({ length: count }, (_, i) => from + Math.round(((to - from) * i) / (count - 1))))];
}

/** A piece of a stream on its way to another node. */
export interface ChainPiece {
  readonly after: Head;
  readonly entries: readonly JournalEntry[];
  /** Where the stream ends at its owner. */
  readonly head: Head;
}

/** What comes after `known` in a stream; from its beginning where `known` is no part of it. */
export async function pieceAfter(journal: Journal, stream: string, known: Head): Promise<ChainPiece> {
  const head = await journal.open(stream);
  const base = await journal.base(stream);
  const isPart = known.seq >= base.seq && (await hashAt(journal, stream, known.seq)) === known.hash;
  const after = isPart && known.seq > 0 ? known : base;
  const read = await journal.read(stream, { after: after.seq, limit: pageEntries });
  const entries: JournalEntry[] = [];
  let bytes = 0;
  for (const entry of read) {
    if (bytes > pageBytes) break;
    entries.push(entry);
    bytes += JSON.stringify(entry.body).length + 200;
  }
  return { after: { seq: after.seq, hash: after.hash }, entries, head };
}

/** Takes a head as another node wrote it. */
export function headFrom(json: Json | undefined): Head {
  if (!isJsonObject(json)) return { seq: 0, hash: '' };
  const { seq, hash } = json;
  return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : { seq: 0, hash: '' };
}
