import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NewestKeys } from '../../../src/main/journal/newest-keys.ts';
import { SqliteJournal } from '../../../src/main/journal/sqlite-journal.ts';
import { openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import { caught } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';
import { said } from '../../world/journals.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

test('a key that grows is known as new without asking, and one that was kept never is', () => {
  const asked: string[] = [];
  const keys = new NewestKeys((_process, from, below) => {
    asked.push(`${from} to ${below}`);
    return 'event:t:bus_05';
  });
  expect(keys.isNew('p', 'event:t:bus_06')).toBe(true);
  keys.note('p', 'event:t:bus_06');
  expect(keys.isNew('p', 'event:t:bus_06')).toBe(false);
  expect(keys.isNew('p', 'event:t:bus_04')).toBe(false);
  expect(keys.isNew('p', 'event:t:bus_07')).toBe(true);
  expect(asked).toEqual(['event:t: to event:t;']);
  // Those of another agent are counted by themselves.
  keys.isNew('p', 'event:t:bus_shop.0000000012.0');
  expect(asked.at(-1)).toBe('event:t:bus_shop. to event:t:bus_shop/');
});

test('a key whose order is not the one of its bytes is never told to be new', () => {
  const keys = new NewestKeys(() => undefined);
  expect(keys.isNew('p', 'event:t:\u{1f600}')).toBe(false);
  expect(keys.isNew('p', 'event:t:\uffee')).toBe(false);
  expect(keys.isNew('p', 'no colon')).toBe(false);
  expect(keys.isNew('p', 'event:t:é')).toBe(true);
});

test('J4: whatever keys come in whatever order, each is found where it is and nowhere else, also after a restart', async () => {
  const folder = scratchFolder();
  const drawn = draws();
  const open = async () => {
    const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
    onTestFinished(() => void db.close());
    const journal = new SqliteJournal(db);
    await journal.open('a');
    return { db, journal };
  };
  let { db, journal } = await open();
  const kept = new Map<string, number>();
  const word = () =>
    drawn.one(['1', '2', '10', 'bus_a', 'bus_a.0001.0', 'bus_a.0001.10', 'z', 'é', '\uff5e', '\u{1f600}', '']);
  for (let turn = 0; turn < 400; turn++) {
    if (drawn.chance(0.02)) {
      await journal.close();
      db.close();
      ({ db, journal } = await open());
    }
    const wanted = [
      ...new Set(
        Array.from({ length: drawn.int(1, 4) }, () => `${word()}:${drawn.one([':', ''])}${word()}${drawn.int(0, 60)}`),
      ),
    ];
    for (const key of wanted) expect(await journal.find('a', key), `${drawn.label} ${key}`).toBe(kept.get(key));
    const taken = wanted.some((key) => kept.has(key));
    const append = () => journal.append({ process: 'a', commit: 'say', entries: wanted.map((key) => said(key, key)) });
    if (taken) {
      expect(caught(append).code, `${drawn.label} ${wanted}`).toBe('JOURNAL_KEY_TAKEN');
      continue;
    }
    const { entries, durable } = append();
    for (const [index, key] of wanted.entries()) kept.set(key, entries[index]?.seq ?? 0);
    if (drawn.chance(0.7)) await durable;
  }
  expect(kept.size).toBeGreaterThan(100);
});
