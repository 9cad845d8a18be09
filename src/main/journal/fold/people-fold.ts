import type { EntryBody, JournalEntry } from '../../../shared/entries/journal-entries.ts';
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
  'context.locked'(
    snapshot: Snapshot,
    { key, by, reason }: EntryBody<'context.locked'>,
    { at }: JournalEntry<'context.locked'>,
  ): void {
    const others = (snapshot.contextLocks ?? []).filter((lock) => lock.key !== key);
    snapshot.contextLocks = [...others, { key, by, at, ...(reason ? { reason } : {}) }];
  },
  'context.unlocked'(snapshot: Snapshot, { key }: EntryBody<'context.unlocked'>): void {
    const left = (snapshot.contextLocks ?? []).filter((lock) => lock.key !== key);
    if (left.length > 0) snapshot.contextLocks = left;
    else delete snapshot.contextLocks;
  },
  'report.answered': nothing,
  'process.restored'(snapshot: Snapshot): void {
    snapshot.deleted = false;
  },
  /** Of what it was nothing is left, in the next checkpoint either. */
  'process.purged'(snapshot: Snapshot, _body: EntryBody<'process.purged'>, { seq, at, process }: JournalEntry): void {
    Object.assign(snapshot, emptySnapshot(process), { seq, updatedAt: at, deleted: true });
    delete snapshot.contextLocks;
  },
};
