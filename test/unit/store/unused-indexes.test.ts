import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/main/store/database.ts';
import { readModelTables, runtimeMigrations } from '../../../src/main/store/migrations.ts';
import { home } from '../../world/home.ts';

const at = runtimeMigrations.findIndex(({ title }) => title.startsWith('no indexes that no list'));
const gone = ['read_messages_open', 'read_runs_state', 'read_trigger_events_cron', 'read_trigger_events_open'];

const indexesOf = (db: Database) =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name").pluck().all();
const rowsOf = (db: Database) => readModelTables.map((table) => db.prepare(`SELECT * FROM ${table}`).all());

test('an older database loses the indexes that no list is read by, and nothing else', () => {
  const path = join(home(), 'runtime.db');
  const old = openDatabase(path, runtimeMigrations.slice(0, at));
  old.exec(`
    INSERT INTO read_trigger_events (id, process, seq, trigger_id, kind, state, dedupe_key, priority, attempts, accepted_at)
      VALUES ('evt_1', 'p', 1, 't', 'cron', 'waiting', 'k', 5, 0, 1), ('evt_2', 'p', 2, 't', 'event', 'dead', 'l', 5, 1, 2);
    INSERT INTO read_runs (id, process, event_id, trigger_id, state, definition, step_count, started_at, seq)
      VALUES ('run_1', 'p', 'evt_2', 't', 'failed', 'd', 0, 3, 3);
    INSERT INTO read_messages (id, seq, topic, sender, state, sent_at) VALUES ('msg_1', 1, 'work', 'p', 'waiting', 4);
  `);
  const before = { rows: rowsOf(old), indexes: indexesOf(old) };
  expect(before.indexes).toEqual(expect.arrayContaining(gone));
  old.close();

  const db = openDatabase(path, runtimeMigrations);
  expect(rowsOf(db)).toEqual(before.rows);
  expect(before.indexes.filter((name) => !indexesOf(db).includes(name))).toEqual(gone);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
});
