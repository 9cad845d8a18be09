import { expect, onTestFinished, test } from 'vitest';
import { SqliteJournal } from '../../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../../src/main/journal/tables/read-models.ts';
import { rebuildReadModels } from '../../../src/main/runtime/keeping/rebuild.ts';
import { openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import type { NewEntry } from '../../../src/shared/entries/journal-entries.ts';

const accepted = (id: string): NewEntry => ({
  kind: 'event.accepted',
  key: `1/${id}`,
  body: {
    id,
    trigger: 't',
    kind: 'manual',
    dedupeKey: id,
    payload: {},
    metadata: {},
    taint: [],
    priority: 5,
    notBefore: null,
    expiresAt: null,
  },
});
const superseded = (id: string): NewEntry => ({
  kind: 'event.ended',
  body: { id, outcome: 'superseded', reason: 'a newer one came', by: 'runtime' },
});
const published = (id: string): NewEntry => ({
  kind: 'event.published',
  body: { id, type: 'orders.paid', data: { id }, by: 'user' },
});

test('what is accepted and ends in one group stands in the tables as it ended, as it does when they are made again', async () => {
  const db = openDatabase(':memory:', runtimeMigrations);
  onTestFinished(() => void db.close());
  const journal = new SqliteJournal(db, new ReadModels(db));
  const ids = Array.from({ length: 40 }, (_, n) => `evt_${n + 10}`);
  const append = async (process: string, entries: NewEntry[]) => {
    await journal.open(process);
    return journal.append({ process, commit: 'accept-event', entries });
  };
  const batches = await Promise.all([
    append('p', ids.map(accepted)),
    append('node', [published('bus_1'), published('bus_2')]),
    append('p', [superseded('evt_49'), accepted('evt_50')]),
    append('q', [accepted('evt_51'), superseded('evt_51')]),
  ]);
  await Promise.all(batches.map(({ durable }) => durable));

  const rows = () => db.prepare('SELECT id, process, state FROM read_trigger_events ORDER BY id').raw().all();
  expect(rows()).toEqual([
    ...ids.map((id) => [id, 'p', id === 'evt_49' ? 'superseded' : 'waiting']),
    ['evt_50', 'p', 'waiting'],
    ['evt_51', 'q', 'superseded'],
  ]);
  const heard = db.prepare('SELECT id, type, data FROM read_bus_events ORDER BY id').raw();
  expect(heard.all()).toEqual(['bus_1', 'bus_2'].map((id) => [id, 'orders.paid', JSON.stringify({ id })]));
  expect((await rebuildReadModels(db, journal)).differences).toEqual([]);
});
