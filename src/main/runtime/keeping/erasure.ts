import type { EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { forgotten } from '../../journal/fold/fold-changes.ts';
import type { Journal } from '../../journal/journal.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { Database } from '../../store/database.ts';
import { DatabaseUpkeep } from '../../store/database-upkeep.ts';

/** Entries looked at before others get their turn. */
const piece = 200;
/** Shorter texts stand everywhere, and say nothing by themselves. */
const shortestTelling = 8;
/** A prompt may show only the beginning of a memory. */
const probedChars = 200;
/** What a process is made of has to stay; it is no memory. */
const kept: readonly EntryKind[] = ['process.created', 'definition.changed', 'memory.erased'];

export interface ErasureParts {
  readonly journal: Journal;
  readonly database: Database;
  /** All processes of the node. */
  list(): readonly AgentProcess[];
}

/** Whether the process has been told to forget something that its journal still holds. */
export function hasToErase({ snapshot }: AgentProcess): boolean {
  return (snapshot.remembered.get(forgotten)?.size ?? 0) > 0;
}

/**
 * Takes what a process was told to forget out of its past: the bodies of all entries that hold it, older checkpoints among
 * them, are erased; their hashes stay, so the chain stays whole. Where memory is shared, out of the past of all who share
 * it. Only while nobody works: the recorded steps of an open run are what it goes on from.
 *
 * What agents or people said or wrote elsewhere in the same words (conversation, context) is theirs to clear.
 *
 * @returns whether it could be done now.
 */
export async function eraseForgotten(
  process: AgentProcess,
  { journal, database, list }: ErasureParts,
): Promise<boolean> {
  const ids = [...(process.snapshot.remembered.get(forgotten)?.keys() ?? [])];
  if (ids.length === 0) return true;
  const { space } = process.memory;
  const sharers = list().filter((one) => one === process || spaceOf(one) === space);
  if (!sharers.every(isAtRest)) return false;
  const texts = new Set<string>();
  for (const one of sharers) for (const text of await textsOf(journal, one.name, ids)) texts.add(text);
  const isTelling = tellingOf([...texts]);
  for (const one of sharers) {
    // What comes after it is all that is needed from now on.
    await one.journaled.checkpoint();
    const found = await entriesWith(journal, one.name, isTelling);
    // What names the memory goes last: after a crash it is where the text is found again.
    for (const seqs of [found.others, found.sources])
      for (let from = 0; from < seqs.length; from += piece)
        await journal.erase(one.name, seqs.slice(from, from + piece));
  }
  clearTables(database, isTelling);
  await process.memory.scrub();
  new DatabaseUpkeep(database).writeAnew();
  await process.journaled.append('note-erased', [{ kind: 'memory.erased', body: { ids } }]);
  return true;
}

function isAtRest({ snapshot, isBusy, halted }: AgentProcess): boolean {
  const { runs, queue, outbox, memoryOutbox } = snapshot;
  return !isBusy && !halted && runs.size === 0 && queue.size === 0 && outbox.size === 0 && memoryOutbox.size === 0;
}

function spaceOf(process: AgentProcess): string | null {
  try {
    return process.memory.space;
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return null;
    throw thrown;
  }
}

/** What the memories said, as far as the journal of the process holds it; all of them for `*`. */
async function textsOf(journal: Journal, process: string, ids: readonly string[]): Promise<Set<string>> {
  const texts = new Set<string>();
  const wanted = new Set(ids);
  for await (const { body, kind } of entriesOf(journal, process)) {
    if (kind !== 'run.settled' && kind !== 'step.ended' && kind !== 'memory.changed') continue;
    for (const effect of 'effects' in body ? body.effects : [])
      if (effect.type === 'memory.store' && (wanted.has('*') || wanted.has(effect.id))) texts.add(effect.content);
  }
  return texts;
}

/** Whether the JSON of an entry holds one of the texts, as it is or inside of another text. */
function tellingOf(texts: readonly string[]): (json: string) => boolean {
  const probes = texts
    .map((text) => text.slice(0, probedChars))
    .filter((text) => text.length >= shortestTelling)
    .flatMap((text) => {
      const once = JSON.stringify(text).slice(1, -1);
      const twice = JSON.stringify(once).slice(1, -1);
      return once === twice ? [once] : [once, twice, JSON.stringify(twice).slice(1, -1)];
    });
  return (json) => probes.some((probe) => json.includes(probe));
}

async function entriesWith(
  journal: Journal,
  process: string,
  isTelling: (json: string) => boolean,
): Promise<{ others: number[]; sources: number[] }> {
  const last = (await journal.lastCheckpoint(process))?.seq ?? 0;
  const found = { others: [] as number[], sources: [] as number[] };
  for await (const { seq, kind, body } of entriesOf(journal, process)) {
    if (seq >= last || kept.includes(kind) || 'erased' in body) continue;
    const json = JSON.stringify(body);
    if (!isTelling(json)) continue;
    (json.includes('"memory.store"') ? found.sources : found.others).push(seq);
  }
  return found;
}

async function* entriesOf(journal: Journal, process: string): AsyncGenerator<JournalEntry> {
  for (let after = 0; ; ) {
    const page = await journal.read(process, { after, limit: piece });
    for (const entry of page) if (!('erased' in entry.body)) yield entry;
    const newest = page.at(-1);
    if (!newest || page.length < piece) return;
    after = newest.seq;
    await new Promise(setImmediate);
  }
}

/** What screens list of it. */
function clearTables(db: Database, isTelling: (json: string) => boolean): void {
  const columns = [
    ['read_bus_events', 'data'],
    ['read_inbox', 'item'],
    ['read_inbox', 'answer'],
    ['read_runs', 'gist'],
    ['read_runs', 'note'],
  ] as const;
  db.transaction(() => {
    for (const [table, column] of columns) {
      const rows = db.prepare(`SELECT id, ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`).all() as {
        id: string;
        text: string;
      }[];
      for (const { id, text } of rows) {
        if (!isTelling(text)) continue;
        if (column === 'item') {
          const item = { ...(JSON.parse(text) as object), question: '(forgotten since)', about: {} };
          db.prepare('UPDATE read_inbox SET item = ? WHERE id = ?').run(JSON.stringify(item), id);
        } else db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`).run('"(forgotten since)"', id);
      }
    }
  })();
}
