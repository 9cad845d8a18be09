import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { verifyChain } from '../../../src/main/journal/replay.ts';
import type { Projection } from '../../../src/main/journal/sqlite-journal.ts';
import { SqliteJournal } from '../../../src/main/journal/sqlite-journal.ts';
import { type Database, openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caughtLater } from '../../world/caught.ts';
import { said, sayings } from '../../world/journals.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

async function opened(folder: string, projection?: Projection): Promise<{ journal: SqliteJournal; db: Database }> {
  const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  onTestFinished(() => void db.close());
  const journal = new SqliteJournal(db, projection);
  for (const process of ['a', 'b']) await journal.open(process);
  return { journal, db };
}

function say(journal: SqliteJournal, process: string, ...texts: string[]): Promise<unknown> {
  return Promise.all(
    texts.map((text) => journal.append({ process, commit: 'say', entries: [said(text, text)] }).durable),
  );
}

test('a full database refuses with DISK_FULL, keeps what it had, and goes on when there is room', async () => {
  const { journal, db } = await opened(scratchFolder());
  await say(journal, 'a', 'before');
  const pages = Number(db.pragma('page_count', { simple: true }));
  db.pragma(`max_page_count = ${pages + 4}`);
  expect(await caughtLater(say(journal, 'a', 'x'.repeat(100_000)))).toMatchObject({ code: 'DISK_FULL' });
  await journal.open('a');
  await say(journal, 'a', 'small enough');
  db.pragma('max_page_count = 1000000');
  await say(journal, 'a', 'x'.repeat(100_000));
  expect(sayings(await journal.read('a'))).toEqual(['before', 'small enough', 'x'.repeat(100_000)]);
  expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 3 });
});

test('an erased text is gone from the files, whatever its length', async () => {
  const folder = scratchFolder();
  const { journal } = await opened(folder);
  for (const text of ['first', 'private words', `private words ${'and more of them '.repeat(900)}`, 'last']) {
    await journal.append({ process: 'a', commit: 'say', entries: [said(text)] }).durable;
  }
  const holders = () =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes('private words'));
  expect(holders()).not.toEqual([]);
  await journal.erase('a', [2, 3]);
  expect(holders()).toEqual([]);
  expect(sayings(await journal.read('a'))).toEqual(['first', undefined, undefined, 'last']);
});

test('a damaged key is told by a check, though the chain does not cover it', async () => {
  const folder = scratchFolder();
  const first = await opened(folder);
  await say(first.journal, 'a', 'one');
  await first.journal.append({ process: 'a', commit: 'say', entries: [said('two', 'a-key-of-its-own')] }).durable;
  await first.journal.close();
  first.db.close();
  const path = join(folder, 'runtime.db');
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf('a-key-of-its-own'); at >= 0; at = bytes.indexOf('a-key-of-its-own', at + 1))
    bytes[at + 3] = 0x5a;
  writeFileSync(path, bytes);
  const { journal } = await opened(folder);
  expect((await verifyChain(journal, 'a')).ok).toBe(true);
  expect(await journal.check()).toEqual([expect.stringContaining('key of entry 2 of "a"')]);
});

test('what screens list is written with the entries or not at all', async () => {
  const seen: unknown[] = [];
  const projection: Projection = {
    apply(entries) {
      const texts = sayings(entries);
      if (texts.includes('refused')) throw new RuntimeError('INTERNAL', 'The table says no.');
      seen.push(...texts);
    },
  };
  const { journal } = await opened(scratchFolder(), projection);
  const [good, bad, other] = [say(journal, 'a', 'good'), say(journal, 'a', 'refused'), say(journal, 'b', 'other')];
  expect(await caughtLater(bad)).toMatchObject({ code: 'INTERNAL', message: 'The table says no.' });
  await Promise.all([good, other]);
  expect(sayings(await journal.read('a'))).toEqual(['good']);
  expect(sayings(await journal.read('b'))).toEqual(['other']);
});

test('a key that was kept meanwhile, without this program, is refused by name, and what came beside it is written', async () => {
  const { journal, db } = await opened(scratchFolder());
  for (const process of ['a', 'b']) await journal.open(process);
  const append = (process: string, keys: string[]) =>
    journal.append({ process, commit: 'say', entries: keys.map((key) => said(key, key)) }).durable;
  await append('a', ['event:1']);
  db.exec("INSERT INTO journal_keys SELECT stream, 'event:3', 1, 0 FROM journal_keys");
  const many = Array.from({ length: 40 }, (_, n) => `other:${n + 10}`);
  const [taken, beside] = [append('a', ['event:2', 'event:3', 'event:4']), append('b', many)];
  expect(await caughtLater(taken)).toMatchObject({ code: 'JOURNAL_KEY_TAKEN', details: { key: 'event:3', seq: 1 } });
  await beside;
  expect(sayings(await journal.read('a'))).toEqual(['event:1']);
  expect(sayings(await journal.read('b'))).toEqual(many);
  expect(await journal.find('a', 'event:4')).toBeUndefined();
});
