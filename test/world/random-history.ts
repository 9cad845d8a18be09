import { applyEntry } from '../../src/main/journal/fold/fold.ts';
import { emptySnapshot, type Snapshot, snapshotHash } from '../../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../../src/main/journal/journal.ts';
import {
  type Effect,
  entryBodies,
  type JournalEntry,
  type NewEntry,
} from '../../src/shared/entries/journal-entries.ts';
import type { Json } from '../../src/shared/json.ts';
import type { Draws } from './draws.ts';
import { createProcess, deeds } from './history-deeds.ts';
import { afterDeletion } from './people-deeds.ts';

/** A process's life as it might have been: what was appended, the live state, and what is known apart from the fold. */
export interface History {
  readonly process: string;
  /** The fold of all entries, made as they were appended. */
  readonly live: Snapshot;
  /** The hash of the live state after each entry; the first stands for entry 1. */
  readonly hashes: string[];
  /** The context, kept apart from the fold. */
  readonly context: Map<string, Json>;
  /** For each open run, the context when it began. */
  readonly contextAtStart: Map<string, Map<string, Json>>;
  /** Events that ended badly. */
  readonly failed: string[];
}

/** Who makes a history up. */
export interface Author extends History {
  readonly draws: Draws;
  /** A name nothing else has. */
  name(prefix: string): string;
}

/** Writes a history of `length` batches into the journal; every entry fits its schema and what came before it. */
export async function writeHistory(journal: Journal, process: string, draws: Draws, length: number): Promise<History> {
  let names = 0;
  const author: Author = {
    process,
    draws,
    live: emptySnapshot(process),
    hashes: [],
    context: new Map(),
    contextAtStart: new Map(),
    failed: [],
    name: (prefix) => `${prefix}_${process}_${++names}`,
  };
  await journal.open(process);
  const choices = deeds.flatMap(([commit, weight, deed]) => Array<[string, typeof deed]>(weight).fill([commit, deed]));
  let durable = append(journal, author, 'create-process', createProcess(author));
  for (let done = 1; done < length; ) {
    const [commit, deed] = author.live.deleted ? afterDeletion(author, createProcess) : draws.one(choices);
    const entries = deed(author);
    if (!entries) continue;
    durable = append(journal, author, commit, entries);
    // Else several batches share a turn.
    if (draws.chance(0.3)) await durable;
    done++;
  }
  await durable;
  return author;
}

function append(journal: Journal, author: Author, commit: string, entries: NewEntry[]): Promise<void> {
  for (const { kind, body } of entries) entryBodies[kind].parse(body);
  const appended = journal.append({ process: author.process, commit, entries });
  for (const entry of appended.entries) {
    applyEntry(author.live, entry);
    noteApart(author, entry);
    author.hashes.push(snapshotHash(author.live));
  }
  return appended.durable;
}

function noteApart({ live, context, contextAtStart, failed }: Author, entry: JournalEntry): void {
  switch (entry.kind) {
    case 'process.created':
    case 'process.purged':
      context.clear();
      contextAtStart.clear();
      break;
    case 'run.started':
      contextAtStart.set(entry.body.id, new Map(context));
      break;
    case 'run.settled':
      if (entry.body.outcome === 'failed') failed.push(entry.body.event);
      contextAtStart.delete(entry.body.run);
      for (const effect of entry.body.effects) applyApart(context, effect);
      break;
    case 'event.ended':
      for (const run of contextAtStart.keys()) if (!live.runs.has(run)) contextAtStart.delete(run);
      break;
    case 'context.set':
      context.set(entry.body.key, entry.body.value);
      break;
    case 'context.deleted':
      context.delete(entry.body.key);
      break;
  }
}

function applyApart(context: Map<string, Json>, effect: Effect): void {
  if (effect.type === 'context.set') context.set(effect.key, effect.value);
  else if (effect.type === 'context.delete') context.delete(effect.key);
}
