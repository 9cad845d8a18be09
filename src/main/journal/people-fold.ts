import type { EntryBody, JournalEntry } from '../../shared/journal-entries.ts';
import { emptySnapshot, type Snapshot } from './snapshot.ts';

const nothing = () => {};

/** What people do beside the work of an agent. */
export const peopleChanges = {
  'run.noted': nothing,
  'item.snoozed'(snapshot: Snapshot, { item, until }: EntryBody<'item.snoozed'>): void {
    const open = snapshot.items.get(item);
    if (!open) return;
    const { snoozedUntil: _before, ...rest } = open;
    snapshot.items.set(item, until === null ? rest : { ...rest, snoozedUntil: until });
  },
  'process.restored'(snapshot: Snapshot): void {
    snapshot.deleted = false;
  },
  /** Of what it was nothing is left, in the next checkpoint either. */
  'process.purged'(snapshot: Snapshot, _body: EntryBody<'process.purged'>, { seq, at, process }: JournalEntry): void {
    Object.assign(snapshot, emptySnapshot(process), { seq, updatedAt: at, deleted: true });
  },
};
