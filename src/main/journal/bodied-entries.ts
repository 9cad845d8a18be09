import type { EntryKind, JournalEntry } from '../../shared/entries/journal-entries.ts';
import type { Journal } from './journal.ts';

/** Entries looked at before others get their turn. */
export const piece = 200;
/** What a process is made of has to stay; it is no memory. */
export const itsOwn: readonly EntryKind[] = ['process.created', 'definition.changed', 'memory.erased'];

/** All entries of a process that still have a body, in pieces. */
export async function* entriesOf(journal: Journal, process: string): AsyncGenerator<JournalEntry> {
  for (let after = 0; ; ) {
    const page = await journal.read(process, { after, limit: piece });
    for (const entry of page) if (!('erased' in entry.body)) yield entry;
    const newest = page.at(-1);
    if (!newest || page.length < piece) return;
    after = newest.seq;
    await new Promise(setImmediate);
  }
}
