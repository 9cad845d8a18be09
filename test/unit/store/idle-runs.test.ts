import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ReadQueries } from '../../../src/main/journal/tables/read-queries.ts';
import { openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import type { JournalEntry } from '../../../src/shared/entries/journal-entries.ts';
import { home } from '../../world/home.ts';

const at = runtimeMigrations.findIndex(({ title }) => title === 'which runs found nothing to do');
const stream = 3;

test('runs of an older database say whether they found nothing to do, by their entries where these are here', async () => {
  const path = join(home(), 'runtime.db');
  const old = openDatabase(path, runtimeMigrations.slice(0, at));
  old.prepare("INSERT INTO streams (id, name) VALUES (?, 'here')").run(stream);
  const entry = old.prepare("INSERT INTO journal VALUES (?, 0, 'run.settled', 'settle', 0, ?, '')");
  entry.run(stream * 2 ** 34 + 2, JSON.stringify({ outcome: 'done', idle: true }));
  entry.run(stream * 2 ** 34 + 4, JSON.stringify({ outcome: 'done' }));
  const run = old.prepare(
    `INSERT INTO read_runs (id, process, event_id, trigger_id, state, definition, step_count, started_at, seq, settled_seq)
     VALUES (?, ?, '', '', 'done', '', 0, 0, 1, ?)`,
  );
  run.run('run_1', 'here', 2);
  run.run('run_2', 'here', 4);
  run.run('run_3', 'here', null);
  run.run('run_4', 'elsewhere', 2);
  old.close();

  const db = openDatabase(path, runtimeMigrations);
  expect(db.prepare('SELECT idle FROM read_runs ORDER BY id').pluck().all()).toEqual([1, 0, null, null]);
  const settled = { kind: 'run.settled', seq: 2, body: { idle: true } } as unknown as JournalEntry;
  const queries = new ReadQueries(db, { read: async () => [settled] } as never);
  const idle = async (process: string) => (await queries.recentRuns(process, 9)).map((one) => one.idle);
  expect(await idle('here')).toEqual([false, false, true]);
  expect(await idle('elsewhere')).toEqual([true]);
  db.close();
});
