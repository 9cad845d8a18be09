import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/main/store/database.ts';
import { ManyRows } from '../../../src/main/store/many-rows.ts';

const migrations = [
  { title: 'a table', sql: 'CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT' },
];

test('inserts as many rows as were added, in their order, and says how many went in', () => {
  const db = openDatabase(':memory:', migrations);
  const rows = new ManyRows(db, 't (text)', "('row ' || ?)", 'ON CONFLICT DO NOTHING');
  for (const count of [0, 1, 3, 4, 31, 32, 33, 100]) {
    db.exec('DELETE FROM t');
    for (let n = 0; n < count; n++) rows.add(String(n));
    expect(rows.size).toBe(count);
    expect(rows.flush()).toBe(count);
    const kept = db.prepare('SELECT text FROM t ORDER BY n').pluck().all();
    expect(kept).toEqual(Array.from({ length: count }, (_, n) => `row ${n}`));
  }
  for (let n = 98; n < 103; n++) rows.add(String(n));
  expect(rows.flush()).toBe(3);
  db.close();
});

test('forgets what came to nothing', () => {
  const db = openDatabase(':memory:', migrations);
  const rows = new ManyRows(db, 't (text)', '(?)');
  rows.add('first');
  rows.clear();
  rows.add('second');
  expect(rows.flush()).toBe(1);
  expect(db.prepare('SELECT text FROM t').pluck().all()).toEqual(['second']);
  db.close();
});
