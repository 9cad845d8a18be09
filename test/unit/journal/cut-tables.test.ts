import { expect, onTestFinished, test } from 'vitest';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { SqliteJournal } from '../../../src/main/journal/sqlite-journal.ts';
import { FollowedModels } from '../../../src/main/journal/tables/followed-models.ts';
import { ReadModels } from '../../../src/main/journal/tables/read-models.ts';
import { rebuildReadModels } from '../../../src/main/runtime/keeping/rebuild.ts';
import { type Database, openDatabase } from '../../../src/main/store/database.ts';
import { readModelTables, runtimeMigrations } from '../../../src/main/store/migrations.ts';
import type { JournalEntry } from '../../../src/shared/entries/journal-entries.ts';
import { draws } from '../../world/draws.ts';
import { writeHistory } from '../../world/random-history.ts';
import { deadEvent } from '../../world/told-inbox.ts';

function tables() {
  const database = openDatabase(':memory:', runtimeMigrations);
  onTestFinished(() => void database.close());
  return database;
}

// What people published, and messages, are in streams of the node, which nobody cuts; a made-up history has them too.
const listed = readModelTables.filter((table) => table !== 'read_messages' && table !== 'read_bus_events');

const rowsOf = (database: Database) => {
  const own = database.prepare("SELECT * FROM read_bus_events WHERE source <> 'user'").all();
  const tables = listed.map((table): [string, unknown[]] => [table, database.prepare(`SELECT * FROM ${table}`).all()]);
  return [...tables, ['read_bus_events', own] as [string, unknown[]]].map(([table, rows]) => [
    table,
    rows.map((row) => JSON.stringify(row)).toSorted(),
  ]);
};

async function rebuilt(database: Database, journal: SqliteJournal) {
  const { differences } = await rebuildReadModels(database, journal);
  return differences.filter((one) => listed.some((table) => one.startsWith(table)));
}

function made(entries: readonly JournalEntry[]) {
  const database = tables();
  new ReadModels(database).applyAll(entries);
  return rowsOf(database);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'tables of a made-up history that is cut are those of what is left of it, DRAWS=%i',
  async (start) => {
    const by = draws(start);
    const database = tables();
    const journal = new SqliteJournal(database, new ReadModels(database));
    await writeHistory(journal, 'p', by, 300);
    await writeHistory(journal, 'other', by, 30);
    for (const share of [0.9, 0.6, 0.2]) {
      const entries = await journal.read('p');
      const after = Math.floor(entries.length * share);
      await journal.cut('p', after);
      expect(rowsOf(database)).toEqual(made([...entries.slice(0, after), ...(await journal.read('other'))]));
      expect(await rebuilt(database, journal)).toEqual([]);
    }
  },
);

test('so are those of a journal that is kept elsewhere', async () => {
  const database = tables();
  const journal = new FollowedModels(database, new ReadModels(database)).wrap(new MemoryJournal(), () => true);
  await writeHistory(journal, 'p', draws(9), 200);
  const entries = await journal.read('p');
  const after = Math.floor(entries.length / 2);
  await journal.cut('p', after);
  expect(rowsOf(database)).toEqual(made(entries.slice(0, after)));
  await journal.open('p');
  await journal.append({ process: 'p', commit: 'fail', entries: deadEvent('evt_new') }).durable;
  expect(rowsOf(database)).toEqual(made(await journal.read('p')));
});

test('where the past is erased in part, groups count what is left of them, and say what the newest of that says', async () => {
  const database = tables();
  const journal = new SqliteJournal(database, new ReadModels(database));
  await journal.open('p');
  const fail = (n: number) => journal.append({ process: 'p', commit: 'fail', entries: deadEvent(`evt_${n}`) }).durable;
  for (let n = 1; n <= 9; n++) await fail(n);
  const group = () => {
    const row = database.prepare("SELECT count, item FROM read_inbox WHERE kind = 'failure'").get();
    const { count, item } = row as { count: number; item: string };
    return { count, ...(JSON.parse(item) as { title: string; about: object }) };
  };
  expect(group()).toMatchObject({ count: 9, about: { event: 'evt_9' } });
  await journal.erase('p', [1, 2]);
  await journal.cut('p', 12);
  await journal.open('p');
  expect(group()).toMatchObject({ count: 6, title: '6 runs of p failed', about: { event: 'evt_6' } });
  expect(await rebuilt(database, journal)).toEqual([]);
  await fail(10);
  expect(group()).toMatchObject({ count: 7, title: '7 runs of p failed', about: { event: 'evt_10' } });
});
