import { mkdirSync, readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { crossingMigrations } from '../../src/main/cluster/crossing/crossing-tables.ts';
import type { Node, NodeOptions } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { noteRestore, surplus } from '../../src/main/runtime/keeping/backups.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { copyBeforeMigration } from '../../src/main/store/backup-file.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { caught, caughtLater } from '../world/caught.ts';
import { cli } from '../world/cli.ts';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

const counting = script(`
  const n = ((await agent.context.get('n')) ?? 0) + 1;
  await agent.context.set('n', n);
  return n`);

async function node(dataDir: string, more: NodeOptions = {}): Promise<Node> {
  const opened = await openNode({ dataDir, port: 0, logLevel: 'error', ...more });
  onTestFinished(() => opened.close().catch(() => {}));
  return opened;
}

/** What an operation of the node answers with. */
async function asked(opened: Node, name: string, input: object): Promise<unknown> {
  const reply = (await opened.call(name, input)) as { ok: boolean; value?: unknown };
  expect(reply).toMatchObject({ ok: true });
  return reply.value;
}

async function woken({ runtime }: Node, times: number) {
  const process = runtime.get('p');
  for (let n = 0; n < times; n++) await wake(process);
  await drained(process);
  return process.snapshot.context.get('n')?.value;
}

test('the restore drill: a backup that was made while agents worked brings back what they were, and keeps what was there', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  expect(await woken(live, 3)).toBe(3);
  const working = woken(live, 5);
  const backup = (await asked(live, 'backup', {})) as { path: string };
  expect(await working).toBe(8);
  expect(readdirSync(join(dataDir, 'backups'))).toHaveLength(1);
  expect(await asked(live, 'restore', { path: backup.path })).toMatchObject({ restartNeeded: true });
  await live.close();
  live = await node(dataDir);
  const n = live.runtime.get('p').snapshot.context.get('n')?.value;
  expect(n).toBeGreaterThanOrEqual(3);
  expect(live.runtime.get('p').state).toBe('running');
  await drained(live.runtime.get('p'));
  expect(await woken(live, 1)).toBeGreaterThan(3);
  expect(await asked(live, 'verifyJournal', { name: 'p' })).toMatchObject({ ok: true });
  await live.close();
  expect(readdirSync(dataDir).filter((name) => name.includes('.replaced-'))).toContainEqual(
    expect.stringMatching(/^runtime\.db\.replaced-/),
  );

  const back = await cli(['restore', backup.path, '--data-dir', dataDir]);
  expect(back).toMatchObject({ code: 0, out: expect.stringContaining('is in place') });
  truncateSync(backup.path, statSync(backup.path).size - 8_192);
  const refused = await cli(['restore', backup.path, '--data-dir', dataDir]);
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain('JOURNAL_CORRUPT');
});

test('a node that is restored goes on outside its cluster, asks before anything runs, and keeps webhooks it took in for others', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  await asked(live, 'createCluster', { name: 'home' });
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  expect(await woken(live, 1)).toBe(1);
  const backup = (await asked(live, 'backup', {})) as { path: string };
  const before = live.runtime.nodeId;
  await live.close();
  const db = openDatabase(join(dataDir, 'crossing.db'), crossingMigrations);
  db.exec(`INSERT INTO received VALUES ('@node:x', 0, 90); INSERT INTO sent VALUES ('x', 'p', 1, 90)`);
  db.exec(`INSERT INTO hooks VALUES ('h', 'q', '{"method":"POST"}', 1, 1)`);
  db.close();
  expect((await cli(['restore', backup.path, '--data-dir', dataDir])).code).toBe(0);
  for (let start = 0; start < 2; start++) {
    live = await node(dataDir);
    expect(live.runtime.isSafe).toBe(true);
    expect(live.runtime.get('p').halted?.message).toContain('restored from a backup');
    expect(await asked(live, 'cluster', {})).toMatchObject({ cluster: null });
    expect(live.runtime.nodeId).not.toBe(before);
    if (start === 0) await live.close();
  }
  await asked(live, 'leaveSafeMode', {});
  expect(await woken(live, 1)).toBe(2);
  await live.close();
  const kept = openDatabase(join(dataDir, 'crossing.db'), crossingMigrations);
  const count = (table: string) => kept.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect([count('received'), count('sent'), count('hooks')]).toEqual([0, 0, 1]);
  kept.close();
  live = await node(dataDir);
  expect(live.runtime.isSafe).toBe(false);
});

test('a node that is restored leaves its cluster also when the program that was doing so ended in the middle of it', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  await asked(live, 'createCluster', { name: 'home' });
  const before = live.runtime.nodeId;
  await live.close();
  noteRestore(dataDir, 'replaced-1');
  // What it does first of all.
  renameSync(join(dataDir, 'cluster.json'), join(dataDir, 'cluster.json.replaced-1'));
  live = await node(dataDir);
  expect([live.runtime.isSafe, live.runtime.nodeId === before]).toEqual([true, false]);
});

test('the hub of a new cluster knows nothing of what nodes of an earlier one owned, as in a backup of that', async () => {
  const live = await node(join(scratchFolder(), 'data'));
  await asked(live, 'createCluster', { name: 'home' });
  const owned = async () => {
    const { items } = (await asked(live, 'listLeases', {})) as { items: { process: string }[] };
    return items.map(({ process }) => process);
  };
  live.runtime.database.exec(`INSERT INTO leases VALUES ('p', 3, 'gone', 's', 'manual', 1, 2, NULL, NULL, NULL, 0)`);
  expect(await owned()).toEqual(['p']);
  await asked(live, 'leaveCluster', {});
  await asked(live, 'createCluster', { name: 'home again' });
  expect(await owned()).toEqual([]);
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  await until(async () => (await owned()).length === 1);
  expect(await woken(live, 1)).toBe(1);
});

test('the restore drill of journals in JSON lines: a copy made while agents worked and entries were trimmed and erased is of one moment', async () => {
  const dataDir = join(scratchFolder(), 'data');
  const lines = { journal: 'jsonl' as const };
  let live = await node(dataDir, lines);
  const process = await live.runtime.register({ name: 'p', config: counting });
  await process.start();
  expect(await woken(live, 40)).toBe(40);
  await asked(live, 'storeMemory', { name: 'p', content: 'the key is under the third pot', tags: [] });
  const working = woken(live, 60);
  const upkeep = (async () => {
    await process.journaled.checkpoint();
    const { seq = 0 } = (await live.runtime.journal.lastCheckpoint('p')) ?? {};
    await live.runtime.journal.erase('p', [10, 11, 12]);
    await live.runtime.journal.trim('p', seq - 1);
  })();
  const made = [0, 1, 2].map((n) => asked(live, 'backup', { path: join(dataDir, `made-${n}`) }));
  const [backup] = (await Promise.all(made)) as { path: string; bytes: number }[];
  await Promise.all([working, upkeep]);
  expect(readdirSync(backup?.path ?? '').sort()).toEqual(['backup.json', 'journal', 'memory.db']);
  expect(await asked(live, 'restore', { path: backup?.path })).toMatchObject({ restartNeeded: true });
  await live.close();
  live = await node(dataDir, lines);
  const n = live.runtime.get('p').snapshot.context.get('n')?.value;
  expect(n).toBeGreaterThanOrEqual(40);
  await drained(live.runtime.get('p'));
  expect(await woken(live, 1)).toBeGreaterThan(40);
  expect(await asked(live, 'verifyJournal', { name: 'p' })).toMatchObject({ ok: true });
  expect(await asked(live, 'listMemories', { name: 'p' })).toMatchObject({ items: [{ source: expect.anything() }] });
  expect(readdirSync(dataDir).some((name) => name.startsWith('journal.replaced-'))).toBe(true);
  await live.close();

  const segment = join(backup?.path ?? '', 'journal', 'journal-000001.jsonl');
  truncateSync(segment, statSync(segment).size - 1);
  const refused = await cli(['restore', backup?.path ?? '', '--data-dir', dataDir]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('is not as it was backed up') });
  const other = await node(join(scratchFolder(), 'other'));
  const mixed = await other.call('restore', { path: join(dataDir, 'made-1') });
  expect(mixed).toMatchObject({ ok: false, error: { code: 'REQUEST_INVALID' } });
});

test('of the backups, those of seven days and of four weeks are kept', () => {
  const day = 86_400_000;
  const now = Date.parse('2026-03-01T12:00:00Z');
  const backups = Array.from({ length: 60 }, (_, days) => ({ name: `${days}`, at: now - days * day - 1_000 }));
  const gone = new Set(surplus(backups, now));
  const kept = backups.filter(({ name }) => !gone.has(name)).map(({ name }) => Number(name));
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 14, 21]);
});

test('G24: before a database is brought to a newer format, it is copied', () => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'runtime.db');
  openDatabase(path, runtimeMigrations.slice(0, 2)).close();
  const copies = join(folder, 'backups');
  const db = openDatabase(path, runtimeMigrations, (file, version) => copyBeforeMigration(file, copies, version));
  expect(Number(db.pragma('user_version', { simple: true }))).toBe(runtimeMigrations.length);
  db.close();
  const copy = openDatabase(join(copies, 'before-format-2.db'), runtimeMigrations.slice(0, 2));
  expect(Number(copy.pragma('user_version', { simple: true }))).toBe(2);
  copy.close();
});

test('G24: a database of a newer program is refused in words that say so, at the start and as a backup', async () => {
  const folder = scratchFolder();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'runtime.db');
  const db = openDatabase(path, runtimeMigrations);
  db.pragma(`user_version = ${runtimeMigrations.length + 1}`);
  db.close();
  expect(caught(() => openDatabase(path, runtimeMigrations))).toMatchObject({ code: 'JOURNAL_TOO_NEW' });
  const refused = await cli(['restore', path, '--data-dir', join(folder, 'data')]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('JOURNAL_TOO_NEW') });
});

test('a process goes to another node as one file, with its past, and comes to life there stopped', async () => {
  await using from = await createWorld({ journal: 'sqlite' });
  await using to = await createWorld({ journal: 'jsonl' });
  const facts = { url: () => null, dataDir: null, desktop: false };
  const left = await from.runtime();
  const original = await left.register({ name: 'p', config: counting });
  await original.start();
  for (let n = 0; n < 2; n++) await wake(original, {}, `k${n}`);
  await drained(original);
  await original.journaled.checkpoint();
  await wake(original, {}, 'k2');
  await drained(original);
  const exported = await runtimeApi(left, facts).exportProcess({ name: 'p' }, 'ada');
  const file = join(from.folder, 'p.process.json');
  writeFileSync(file, JSON.stringify(exported));
  const right = await to.runtime();
  const api = runtimeApi(right, facts);
  const shown = await api.importProcess({ path: file, name: 'q' }, 'ada');
  expect(shown).toMatchObject({ name: 'q', state: 'stopped', counts: { accepted: 3, done: 3 } });
  const q = right.get('q');
  expect(q.snapshot.context).toEqual(original.snapshot.context);
  expect((await api.listRuns({ process: 'q', limit: 10 }, 'ada')).items.map(({ output }) => output)).toEqual([3, 2, 1]);
  expect(await api.verifyJournal({ name: 'q' }, 'ada')).toMatchObject({ ok: true });
  expect((await wake(q, {}, 'k1')).duplicate).toBe(true);
  await q.start();
  await wake(q, {}, 'k3');
  await drained(q);
  expect(q.snapshot.context.get('n')?.value).toBe(4);
  expect(await caughtLater(api.importProcess({ process: exported, name: 'q' }, 'ada'))).toMatchObject({
    code: 'NAME_TAKEN',
  });
});
