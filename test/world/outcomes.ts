import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { EntryBody, EntryKind, JournalEntry } from '../../src/shared/entries/journal-entries.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

/** Waits until nothing is left in its queue. */
export function drained(process: AgentProcess): Promise<unknown> {
  return until(() => process.snapshot.queue.size === 0);
}

/** Waits until so many of its events have ended, however. */
export function ended(process: AgentProcess, events: number): Promise<unknown> {
  return until(() => {
    const { done, dead, cancelled, superseded } = process.snapshot.counts;
    return done + dead + cancelled + superseded >= events;
  });
}

/** Every entry of a process up to what it knows now, once all of that is kept. */
export async function entriesOf(world: World, process: AgentProcess): Promise<JournalEntry[]> {
  const { seq } = process.snapshot;
  return until(async () => {
    const entries = await world.journal.read(process.name);
    return entries.length >= seq ? entries : undefined;
  });
}

/** The bodies of its entries of one kind. */
export async function bodiesOf<K extends EntryKind>(
  world: World,
  process: AgentProcess,
  kind: K,
): Promise<EntryBody<K>[]> {
  const entries = await entriesOf(world, process);
  return entries.filter((entry) => entry.kind === kind).map(({ body }) => body as EntryBody<K>);
}

/** How its settled runs ended, in that order. */
export async function settled(world: World, process: AgentProcess): Promise<EntryBody<'run.settled'>[]> {
  return bodiesOf(world, process, 'run.settled');
}

/** The only thing that waits for a person, once there is one. */
export async function openItem(process: AgentProcess): Promise<{ id: string; kind: string; question: string }> {
  const open = await until(() => process.snapshot.items.values().next().value);
  const { id, kind, question } = open.item;
  return { id, kind, question };
}

/** What the process keeps under a key. */
export function kept(process: AgentProcess, key: string): unknown {
  return process.snapshot.context.get(key)?.value;
}
