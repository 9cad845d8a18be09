import { describe, expect, onTestFinished, test } from 'vitest';
import type { GraftableJournal } from '../../../src/main/journal/grafting.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { PostgresJournal } from '../../../src/main/journal/postgres-journal.ts';
import { verifyChain } from '../../../src/main/journal/replay.ts';
import { SqliteJournal } from '../../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../../src/main/journal/tables/read-models.ts';
import { rebuildReadModels } from '../../../src/main/runtime/keeping/rebuild.ts';
import { openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import { Postgres } from '../../../src/main/store/postgres.ts';
import type { NewEntry } from '../../../src/shared/entries/journal-entries.ts';
import { postgresBin, postgresDatabase } from '../../world/postgres-server.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const origin = { seq: 0, hash: '' };

function sqlite() {
  const database = openDatabase(':memory:', runtimeMigrations);
  onTestFinished(() => void database.close());
  return { database, journal: new SqliteJournal(database, new ReadModels(database)) };
}

const created: NewEntry = {
  kind: 'process.created',
  body: { definition: { hash: 'd', manifest: {}, text: null }, by: 'user' },
};
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

async function written(journal: GraftableJournal, count: number) {
  await journal.open('p');
  await journal.append({ process: 'p', commit: 'create-process', entries: [created] }).durable;
  for (let n = 1; n <= count; n++)
    await journal.append({ process: 'p', commit: 'accept-event', entries: [accepted(`evt_${n}`)] }).durable;
}

const kinds: [string, () => GraftableJournal | Promise<GraftableJournal>][] = [
  ['memory', () => new MemoryJournal()],
  ['sqlite', () => sqlite().journal],
  ...(postgresBin ? [['postgres', postgres] as [string, () => Promise<GraftableJournal>]] : []),
];

async function postgres(): Promise<GraftableJournal> {
  const connection = await Postgres.open(await postgresDatabase(scratchFolder()));
  onTestFinished(() => connection.close());
  return PostgresJournal.open(connection, { node: 'n1' });
}

describe.each(kinds)('a %s journal that is given the entries of another', (_name, open) => {
  test('holds the same chain, and goes on from it', async () => {
    const [from, to] = [await open(), await open()];
    await written(from, 5);
    await to.graft('p', origin, await from.read('p', { limit: 4 }));
    await to.graft('p', await to.open('p'), await from.read('p', { after: 4 }));
    expect(await to.open('p')).toEqual(await from.open('p'));
    expect(await verifyChain(to, 'p')).toMatchObject({ ok: true, entries: 6 });
    await to.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_6')] }).durable;
    expect(await verifyChain(to, 'p')).toMatchObject({ ok: true, entries: 7 });
  });

  test('knows what was accepted there', async () => {
    const [from, to] = [await open(), await open()];
    await written(from, 3);
    await to.graft('p', origin, await from.read('p'));
    expect(await to.find('p', '1/evt_2')).toBe(3);
    expect(() => to.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_2')] })).toThrowError(
      expect.objectContaining({ code: 'JOURNAL_KEY_TAKEN' }),
    );
  });

  test('refuses entries that were changed, and those that follow from something else', async () => {
    const [from, to] = [await open(), await open()];
    await written(from, 3);
    const entries = await from.read('p');
    const forged = structuredClone(entries);
    Object.assign(forged[2] as object, { at: 1 });
    await expect(to.graft('p', origin, forged)).rejects.toMatchObject({ code: 'CHAIN_INVALID' });
    expect(await to.open('p')).toEqual(origin);
    await to.graft('p', origin, entries);
    await expect(to.graft('p', origin, entries)).rejects.toMatchObject({ code: 'JOURNAL_SHARED' });
  });

  test('keeps a stream that begins after what was trimmed or erased', async () => {
    const [from, to] = [await open(), await open()];
    await written(from, 6);
    await from.erase('p', [5]);
    const base = (await from.read('p', { after: 2, limit: 1 }))[0];
    await to.graft('p', { seq: 3, hash: base?.hash ?? '' }, await from.read('p', { after: 3 }));
    expect(await to.base('p')).toEqual({ seq: 3, hash: base?.hash });
    expect(await verifyChain(to, 'p')).toMatchObject({ ok: true, entries: 4 });
  });

  test('takes back what stands after an entry, and takes the other past instead', async () => {
    const [from, to] = [await open(), await open()];
    await written(from, 3);
    await to.graft('p', origin, await from.read('p'));
    await to.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_lone')] }).durable;
    await from.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_4')], epoch: 2 }).durable;
    await to.cut('p', 4);
    expect(await to.find('p', '1/evt_lone')).toBeUndefined();
    await to.graft('p', await to.open('p'), await from.read('p', { after: 4 }));
    expect(await to.open('p')).toEqual(await from.open('p'));
    expect(await to.epochOf('p')).toBe(2);
  });
});

test('the tables that screens list are those of the past that is there', async () => {
  const from = new MemoryJournal();
  const { journal, database } = sqlite();
  await written(from, 3);
  await journal.graft('p', origin, await from.read('p'));
  await journal.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_lone')] }).durable;
  await from.append({ process: 'p', commit: 'accept-event', entries: [accepted('evt_4')], epoch: 2 }).durable;
  await journal.cut('p', 4);
  await journal.graft('p', await journal.open('p'), await from.read('p', { after: 4 }));
  expect(database.prepare('SELECT id FROM read_trigger_events ORDER BY id').pluck().all()).toEqual([
    'evt_1',
    'evt_2',
    'evt_3',
    'evt_4',
  ]);
  expect(await rebuildReadModels(database, journal)).toMatchObject({ equal: true });
});
