import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { home } from '../world/home.ts';
import { startNode } from '../world/node-child.ts';

/** Starts on ground that cannot carry a node: each is refused in words, and what was there is as it was. */
const manifest = {
  version: '1.0',
  name: 'p',
  model: 'script',
  script: 'export default async function run() { return null }',
};

async function nodeWithAgent(dataDir: string) {
  const node = await startNode(dataDir);
  onTestFinished(() => node.kill());
  expect((await node.call('POST', '/processes', { manifest })).status).toBe(201);
  return node;
}

/** The words in which a start is refused. */
const refusal = (dataDir: string) =>
  startNode(dataDir).then(
    () => 'it started',
    (thrown: Error) => thrown.message,
  );

async function startsSound(dataDir: string) {
  const node = await startNode(dataDir);
  onTestFinished(() => node.kill());
  expect((await node.call('GET', '/processes/p')).status).toBe(200);
  expect((await node.call('POST', '/processes/p/journal/verify', {})).body).toMatchObject({ ok: true });
}

test('a second node on the same folder is refused, and the first goes on', async () => {
  const dataDir = join(home(), 'data');
  const first = await nodeWithAgent(dataDir);
  const refused = await refusal(dataDir);
  expect(refused).toMatch(/ended with 3: HOST_ALREADY_RUNNING/);
  expect((await first.call('GET', '/processes/p')).status).toBe(200);
});

test('a database that another program holds is refused, and is sound when that lets go', async () => {
  const dataDir = join(home(), 'data');
  await (await nodeWithAgent(dataDir)).kill('SIGTERM');
  const other = new Sqlite(join(dataDir, 'runtime.db'));
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE');
  const refused = await refusal(dataDir);
  other.exec('ROLLBACK');
  other.close();
  expect(refused).toMatch(/HOST_ALREADY_RUNNING: .*runtime\.db is in use by another program/);
  await startsSound(dataDir);
});

test('a folder that others can write, and a file in the place of one, are refused with what to do', async () => {
  const dataDir = join(home(), 'data');
  await (await nodeWithAgent(dataDir)).kill('SIGTERM');
  chmodSync(dataDir, 0o777);
  expect(await refusal(dataDir)).toContain(`DATA_DIR_UNSAFE: ${dataDir} can be written by others; run: chmod 700`);
  chmodSync(dataDir, 0o700);
  await startsSound(dataDir);
  const file = join(home(), 'file');
  writeFileSync(file, 'not a folder');
  expect(await refusal(file)).toContain('DATA_DIR_UNSAFE');
});

test('a database of another program, or a folder in its place, is refused and not touched', async () => {
  const dataDir = join(home(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const foreign = new Sqlite(join(dataDir, 'runtime.db'));
  foreign.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('theirs'); PRAGMA application_id = 7;");
  foreign.close();
  expect(await refusal(dataDir)).toMatch(/JOURNAL_CORRUPT: .*a database of another program/);
  const after = new Sqlite(join(dataDir, 'runtime.db'));
  expect(after.prepare('SELECT x FROM t').pluck().get()).toBe('theirs');
  after.close();
  const other = join(home(), 'data');
  mkdirSync(join(other, 'runtime.db'), { recursive: true, mode: 0o700 });
  expect(await refusal(other)).toMatch(/DATA_DIR_UNSAFE/);
});
