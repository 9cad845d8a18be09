import { applyEntry } from '../../src/main/journal/fold/fold.ts';
import { emptySnapshot, type OpenRun, type Parking, type Snapshot } from '../../src/main/journal/fold/snapshot.ts';
import type { EntryBody, EntryKind, JournalEntry } from '../../src/shared/entries/journal-entries.ts';

/** A snapshot as it follows from entries, so that what tests make up cannot drift from what there is. */
export class Folded {
  readonly snapshot: Snapshot = emptySnapshot('p');

  add<K extends EntryKind>(kind: K, body: EntryBody<K>): this {
    const entry = { process: 'p', seq: this.snapshot.seq + 1, at: 7, kind, body, commit: '', epoch: 0, hash: '' };
    applyEntry(this.snapshot, entry as JournalEntry);
    return this;
  }

  event(id: string, more: Partial<EntryBody<'event.accepted'>> = {}): this {
    return this.add('event.accepted', {
      id,
      trigger: 't',
      kind: 'manual',
      dedupeKey: id,
      payload: null,
      metadata: {},
      taint: [],
      priority: 5,
      notBefore: null,
      expiresAt: null,
      ...more,
    });
  }

  /** An event `id` with a run `run of <id>` that was begun. */
  run(id: string, more: Partial<EntryBody<'event.accepted'>> = {}): this {
    this.event(id, more);
    return this.add('run.started', { id: `run of ${id}`, event: id, definition: '', attempt: 1, taint: [] });
  }

  parked(id: string, why: Exclude<Parking['why'], 'retry'>, until: number | null): this {
    return this.add('run.parked', { run: `run of ${id}`, step: 1, why, until });
  }

  retrying(id: string, until: number): this {
    const error = { code: 'FETCH_FAILED', message: 'gone' };
    return this.add('run.retrying', { run: `run of ${id}`, event: id, attempt: 2, until, error, voided: [] });
  }

  openRun(id: string): OpenRun {
    return this.snapshot.runs.get(`run of ${id}`) as OpenRun;
  }
}
