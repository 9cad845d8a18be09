import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Database, openDatabase, owedPath } from '../../../src/main/store/database.ts';
import { DatabaseUpkeep } from '../../../src/main/store/database-upkeep.ts';
import { draws } from '../../world/draws.ts';
import { home } from '../../world/home.ts';

const secret = 'third-flowerpot';
const migrations = [
  { title: 'entries', sql: 'CREATE TABLE entries (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT' },
  { title: 'filler', sql: 'CREATE TABLE filler (bytes BLOB NOT NULL) STRICT' },
];
const remains = (path: string) => readFileSync(path).toString('latin1').split(secret).length - 1;

/** Rows of many streams, one between the others, as journals have them: pages split, and rows move. */
function fill(db: Database, fillerMb: number): void {
  const random = draws(7);
  const insert = db.prepare('INSERT INTO entries VALUES (?, ?)');
  const streams = new Map<number, number>();
  db.transaction(() => {
    for (let n = 0; n < 20_000; n++) {
      const stream = random.int(0, 40);
      const seq = (streams.get(stream) ?? 0) + 1;
      streams.set(stream, seq);
      const told = random.chance(0.05) ? secret : 'nothing';
      insert.run(stream * 2 ** 34 + seq, `${told} ${'y'.repeat(random.int(0, 1_000))}`);
    }
    const filler = db.prepare('INSERT INTO filler VALUES (randomblob(1000000))');
    for (let mb = 0; mb < fillerMb; mb++) filler.run();
  })();
}

function erase(db: Database): void {
  db.pragma('secure_delete = ON');
  db.prepare(`UPDATE entries SET body = 'erased' WHERE body LIKE '${secret}%'`).run();
  db.pragma('secure_delete = OFF');
  new DatabaseUpkeep(db).emptyLog();
}

test.each([
  ['small', 0],
  ['of more than 64 MB, once it has been opened again', 70],
])(
  'of what was erased nothing is left in the file of a database that is %s',
  (_what, fillerMb) => {
    const path = join(home(), 'large.db');
    let db = openDatabase(path, migrations);
    fill(db, fillerMb);
    erase(db);
    expect(remains(path)).toBeGreaterThan(0);
    expect(new DatabaseUpkeep(db).writeAnew()).toBe(fillerMb === 0);
    db.close();
    expect(existsSync(owedPath(path))).toBe(fillerMb > 0);
    db = openDatabase(path, migrations);
    expect(remains(path)).toBe(0);
    expect(existsSync(owedPath(path))).toBe(false);
    expect(db.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(20_000);
    db.close();
  },
  60_000,
);
