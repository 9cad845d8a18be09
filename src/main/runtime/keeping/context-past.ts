import type { EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { ContextMoment, ContextPast } from '../../../shared/views/context-views.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import type { Journal } from '../../journal/journal.ts';
import { canonicalJson } from '../../lib/hash.ts';
import { stateAt } from '../../processes/replays/rewind.ts';

/** Entries that may change context. */
const kinds: readonly EntryKind[] = ['context.set', 'context.deleted', 'run.settled', 'journal.rewound'];
const pageSize = 200;
/** As many entries of one process as are looked at for one list. */
const mostRead = 2_000;

interface Moments {
  items: ContextMoment[];
  /** It is complete back to then; null: back to the first entry. */
  since: number | null;
}

/** The newest moments of all these processes at which context changed, newest first. */
export async function momentsOf(
  journal: Journal,
  snapshots: readonly Readonly<Snapshot>[],
  before: number | undefined,
  limit: number,
): Promise<Moments> {
  const items: ContextMoment[] = [];
  let since: number | null = null;
  for (const snapshot of snapshots) {
    const own = await momentsIn(journal, snapshot, before, limit);
    items.push(...own.items);
    if (own.since !== null) since = Math.max(since ?? 0, own.since);
  }
  const from = since ?? Number.NEGATIVE_INFINITY;
  const known = items
    .filter(({ at }) => at >= from)
    .sort((a, b) => b.at - a.at || (a.process < b.process ? -1 : 1) || b.seq - a.seq);
  if (known.length <= limit) return { items: known, since };
  const kept = known.slice(0, limit);
  return { items: kept, since: kept.at(-1)?.at ?? since };
}

async function momentsIn(
  journal: Journal,
  { process, seq }: Readonly<Snapshot>,
  before: number | undefined,
  limit: number,
): Promise<Moments> {
  const items: ContextMoment[] = [];
  let after = before === undefined ? seq + 1 : (await entryAt(journal, process, seq, before - 1)).seq + 1;
  for (let read = 0; read < mostRead; ) {
    const page = await journal.read(process, { order: 'desc', after, limit: pageSize, kinds });
    read += page.length;
    for (const entry of page) items.push(...momentOf(entry));
    const last = page.at(-1);
    if (!last || page.length < pageSize) return { items, since: null };
    if (items.length >= limit || read >= mostRead) return { items, since: last.at };
    after = last.seq;
  }
  return { items, since: null };
}

function momentOf({ process, seq, at, kind, body }: JournalEntry): ContextMoment[] {
  if ('erased' in body) return [];
  const moment = (by: string, keys: string[]) => [{ process, seq, at, by, keys }];
  if (kind === 'context.set' || kind === 'context.deleted') return moment(body.by, [body.key]);
  if (kind === 'journal.rewound') return body.context ? moment(body.by, []) : [];
  if (kind !== 'run.settled') return [];
  const keys = body.effects.flatMap((effect) =>
    effect.type === 'context.set' || effect.type === 'context.delete' ? [effect.key] : [],
  );
  return keys.length > 0 ? moment(`run:${body.run}`, [...new Set(keys)]) : [];
}

/**
 * The newest entry that was written at or before `at`. Where the clock was set back in between, entries near it may be
 * taken for the other side. `known`: nothing of that time has been trimmed.
 */
async function entryAt(
  journal: Journal,
  process: string,
  newest: number,
  at: number,
): Promise<{ seq: number; known: boolean }> {
  const base = (await journal.base(process)).seq;
  let [low, high] = [base, newest];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = await journal.read(process, { after: middle - 1, limit: 1 });
    if (entry && entry.at <= at) low = middle;
    else high = middle - 1;
  }
  return { seq: low, known: low > base || base === 0 };
}

/** What a process kept at a moment, beside what it keeps now; null where that is nothing at both times. */
export async function contextPast(journal: Journal, live: Readonly<Snapshot>, at: number): Promise<ContextPast | null> {
  const { process } = live;
  const { seq, known } = await entryAt(journal, process, live.seq, at);
  const then = known ? await stateThen(journal, live, seq) : undefined;
  const context = then?.context ?? new Map();
  const keys = [...new Set([...context.keys(), ...live.context.keys()])].sort();
  if (keys.length === 0) return null;
  return {
    process,
    seq,
    known,
    keys: keys.map((key) => {
      const [old, now] = [context.get(key), live.context.get(key)];
      return {
        key,
        was: old?.value ?? null,
        now: now?.value ?? null,
        version: now?.version ?? 0,
        change: !old ? 'later' : !now ? 'gone' : isSame(old.value, now.value) ? 'same' : 'changed',
        at: old?.at ?? null,
        by: old?.by ?? null,
      };
    }),
  };
}

const isSame = (a: Parameters<typeof canonicalJson>[0], b: typeof a) => canonicalJson(a) === canonicalJson(b);

async function stateThen(
  journal: Journal,
  live: Readonly<Snapshot>,
  seq: number,
): Promise<Readonly<Snapshot> | undefined> {
  if (seq === 0) return undefined;
  // Most agents of a moment keep what they kept: those need no replay.
  const since = await journal.read(live.process, { after: seq, limit: pageSize, kinds });
  if (seq >= live.life && since.length < pageSize && since.flatMap(momentOf).length === 0) return live;
  return stateAt(journal, live.process, seq, live.seq);
}
