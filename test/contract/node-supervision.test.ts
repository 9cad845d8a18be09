import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Node, NodeOptions } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { rebuildReadModels } from '../../src/main/runtime/keeping/rebuild.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const counting = script(`
  const n = ((await agent.context.get('n')) ?? 0) + 1;
  await agent.context.set('n', n);
  return n`);

async function node(dataDir: string, options: Partial<NodeOptions> = {}): Promise<Node> {
  const opened = await openNode({ dataDir, port: 0, logLevel: 'error', ...options });
  onTestFinished(() => opened.close().catch(() => {}));
  return opened;
}

/** What the inbox tells of what does not run. */
const toldOf = async (live: Node, state: 'open' | 'answered' = 'open') =>
  (await apiOf(live).listInbox({ state, limit: 50 }, 'ada')).items.filter(({ kind }) => kind === 'halted');

const apiOf = ({ runtime }: Node) => runtimeApi(runtime, { url: () => null, dataDir: null, desktop: true });

/** What a program leaves behind that fell by its own fault. */
function fall(dataDir: string): void {
  mkdirSync(join(dataDir, 'crashes'), { recursive: true });
  writeFileSync(join(dataDir, 'crashes', 'last-words.txt'), 'Error: it fell');
}

async function worked({ runtime }: Node): Promise<unknown> {
  const process = runtime.get('p');
  await wake(process);
  await drained(process);
  return process.snapshot.context.get('n')?.value;
}

test('G17: after three crashes of its own in 15 minutes a node with a window starts with nothing running, and says so', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir, { desktop: true });
  const config = { ...counting, triggers: [{ type: 'event' as const, eventType: 'orders.*' }] };
  await (await live.runtime.register({ name: 'p', config })).start();
  expect(await worked(live)).toBe(1);
  for (let crash = 1; crash <= 3; crash++) {
    await live.close();
    fall(dataDir);
    live = await node(dataDir, { desktop: true });
    expect(live.runtime.isSafe).toBe(crash === 3);
  }
  const api = apiOf(live);
  expect(await api.node({}, 'ada')).toMatchObject({ safeMode: true, processes: 1 });
  expect(await api.getProcess({ name: 'p' }, 'ada')).toMatchObject({ state: 'running', halted: { code: 'SAFE_MODE' } });
  expect(await toldOf(live)).toMatchObject([{ process: '@node', about: { code: 'SAFE_MODE', process: '@node' } }]);
  const process = live.runtime.get('p');
  await wake(process);
  await live.runtime.publish('orders.paid', 1);
  expect(process.snapshot).toMatchObject({ queue: { size: 1 }, runs: { size: 0 } });
  expect(await api.leaveSafeMode({}, 'ada')).toMatchObject({ processes: ['p'] });
  await until(() => process.snapshot.counts.done === 3);
  expect(await toldOf(live)).toEqual([]);
  expect(process.snapshot.context.get('n')?.value, 'what was published meanwhile is heard').toBe(3);
  expect(await api.getProcess({ name: 'p' }, 'ada')).toMatchObject({ halted: null });
  await live.close();
  fall(dataDir);
  live = await node(dataDir, { desktop: true });
  expect(live.runtime.isSafe, 'the count began anew').toBe(false);
});

test('a node without a window goes on after crashes, unless it was told otherwise', async () => {
  const dataDir = join(scratchFolder(), 'data');
  for (let crash = 1; crash <= 3; crash++) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    fall(dataDir);
    const live = await node(dataDir);
    expect(live.runtime.isSafe).toBe(false);
    await live.close();
  }
  const careful = await node(dataDir, { safeMode: 'on' });
  expect(careful.runtime.isSafe).toBe(true);
});

test('G22: a process whose journal is older than what was written does not run before a person accepts the loss', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  expect(await worked(live)).toBe(1);
  await live.close();
  copyFileSync(join(dataDir, 'runtime.db'), join(dataDir, 'old.db'));
  live = await node(dataDir);
  expect(await worked(live)).toBe(2);
  await live.close();
  copyFileSync(join(dataDir, 'old.db'), join(dataDir, 'runtime.db'));
  for (const end of ['-wal', '-shm']) rmSync(join(dataDir, `runtime.db${end}`), { force: true });
  live = await node(dataDir);
  const api = apiOf(live);
  const shown = await api.getProcess({ name: 'p' }, 'ada');
  expect(shown.halted).toMatchObject({ code: 'JOURNAL_ROLLBACK', message: expect.stringContaining('was written') });
  expect(live.runtime.get('p').isArmed).toBe(false);
  expect((await caughtLater(api.startProcess({ name: 'p' }, 'ada'))).code).toBe('JOURNAL_ROLLBACK');
  const told = (await toldOf(live)).find(({ about }) => about['process'] === 'p');
  expect(told).toMatchObject({ title: 'p does not run', question: shown.halted?.message, choices: ['dismiss'] });
  await api.acceptLoss({ name: 'p' }, 'ada');
  expect((await toldOf(live)).map(({ about }) => about['process'])).not.toContain('p');
  expect(await toldOf(live, 'answered')).toMatchObject([{ id: told?.id, answer: { verdict: 'over' } }]);
  expect(await worked(live)).toBe(2);
  await live.close();
  live = await node(dataDir);
  expect((await apiOf(live).getProcess({ name: 'p' }, 'ada')).halted).toBeNull();
});

test('G22: a process whose journal is wholly gone is shown as gone, and forgotten only when a person says so', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  expect(await worked(live)).toBe(1);
  await live.close();
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `runtime.db${end}`), { force: true });
  live = await node(dataDir);
  const api = apiOf(live);
  const { items } = await api.listProcesses({ limit: 10 }, 'ada');
  expect(items).toMatchObject([
    { name: 'p', halted: { code: 'JOURNAL_ROLLBACK', message: expect.stringContaining('is gone') } },
  ]);
  const { ok, checks } = await api.doctor({}, 'ada');
  expect(ok).toBe(false);
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'journal of p', ok: false, fix: expect.stringContaining('Restore') }),
  );
  expect(checks).toContainEqual(expect.objectContaining({ name: 'journal of @node', ok: false }));
  expect((await caughtLater(api.startProcess({ name: 'p' }, 'ada'))).code).toBe('JOURNAL_ROLLBACK');
  expect((await caughtLater(live.runtime.register({ name: 'p', config: counting }))).code).toBe('NAME_TAKEN');
  await api.acceptLoss({ name: 'p' }, 'ada');
  expect((await api.listProcesses({ limit: 10 }, 'ada')).items).toEqual([]);
  await (await live.runtime.register({ name: 'p', config: counting })).start();
  expect(await worked(live)).toBe(1);
});

test('G22: agents that are halted together are an item of the inbox each', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  for (const name of ['p', 'q']) await (await live.runtime.register({ name, config: counting })).start();
  await live.close();
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `runtime.db${end}`), { force: true });
  live = await node(dataDir);
  const told = await toldOf(live);
  expect(told.map(({ about }) => about['process']).sort()).toEqual(['p', 'q']);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  expect((await rebuildReadModels(live.runtime.database, live.runtime.journal)).differences).toEqual([]);
  await live.close();
  live = await node(dataDir);
  expect((await toldOf(live)).map(({ id }) => id).sort()).toEqual(told.map(({ id }) => id).sort());
});

test('G22: a process in whose journal an entry was changed is shown, and runs only when a person goes on with it', async () => {
  const dataDir = join(scratchFolder(), 'data');
  let live = await node(dataDir);
  for (const name of ['p', 'other']) await (await live.runtime.register({ name, config: counting })).start();
  expect(await worked(live)).toBe(1);
  // As a crash leaves it: the start has no checkpoint to go by.
  const crashed = join(scratchFolder(), 'crashed');
  cpSync(dataDir, crashed, { recursive: true, filter: (path) => !path.endsWith('-shm') && !path.endsWith('lock') });
  await live.close();
  const database = openDatabase(join(crashed, 'runtime.db'), runtimeMigrations);
  const changed = database.prepare(`UPDATE journal SET body = replace(body, '"n"', '"m"') WHERE kind = 'run.settled'`);
  expect(changed.run().changes).toBe(1);
  database.close();
  live = await node(crashed);
  const api = apiOf(live);
  const shown = await api.getProcess({ name: 'p' }, 'ada');
  const told = await toldOf(live);
  expect(told).toMatchObject([{ about: { code: 'JOURNAL_CORRUPT', process: 'p' } }]);
  expect(shown.halted).toMatchObject({
    code: 'JOURNAL_CORRUPT',
    message: expect.stringContaining('was changed after it was written'),
  });
  expect(live.runtime.get('p').isArmed).toBe(false);
  expect(live.runtime.get('other')).toMatchObject({ isArmed: true, halted: null });
  expect((await api.doctor({}, 'ada')).checks).toContainEqual(
    expect.objectContaining({ name: 'journal of p', ok: false }),
  );
  expect((await caughtLater(api.startProcess({ name: 'p' }, 'ada'))).code).toBe('JOURNAL_CORRUPT');
  await api.answerInboxItem({ id: told[0]?.id ?? '', answer: 'dismiss' }, 'ada');
  expect(await toldOf(live)).toEqual([]);
  await live.close();
  live = await node(crashed);
  expect(await toldOf(live), 'who has seen it is not told of it again').toEqual([]);
  expect((await rebuildReadModels(live.runtime.database, live.runtime.journal)).differences).toEqual([]);
  await apiOf(live).acceptLoss({ name: 'p' }, 'ada');
  expect(live.runtime.get('p').isArmed).toBe(true);
  await live.close();
  live = await node(crashed);
  expect((await apiOf(live).getProcess({ name: 'p' }, 'ada')).halted).toBeNull();
});
