import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildAgent as build } from '../../src/main/agent/build-agent.ts';
import { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { defaultParts } from '../../src/main/processes/default-parts.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { StorageReserve } from '../../src/main/store/storage-reserve.ts';
import type { ProcessConfig } from '../../src/shared/config/process-config.ts';
import { caughtLater } from '../world/caught.ts';
import { journalKinds } from '../world/journals.ts';
import { script, wake } from '../world/make.ts';
import { drained, entriesOf, kept } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';
import { createWorld, fileSandbox, type World } from '../world/world.ts';

const sandbox = fileSandbox();
const counting = script(`
  const { n } = await agent.tool(event.payload.tool ?? 'put', { what: event.payload.n });
  await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);
  return n`);
const slow = script(`await agent.sleep(1); await agent.context.set('n', event.payload.n)`);
const expects = ['could not be written', 'could not be delivered yet'];

/** Lets the database grow by so many pages and no more; returns what lifts the limit. */
async function filled(world: World, more: number): Promise<() => void> {
  const { database } = world;
  // Pages that migrations left free would take what is not to fit.
  database.exec('PRAGMA incremental_vacuum');
  const pages = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${pages + more}`);
  return () => void database.pragma('max_page_count = 1073741823');
}

describe('G23: a disk that is full', () => {
  test('halts the process without losing what was accepted; when there is room again, it goes on by itself', async () => {
    await using world = await createWorld({ journal: 'sqlite', sandbox, expects });
    const process = await world.started('p', counting);
    const empty = await filled(world, 30);
    const accepted: number[] = [];
    const refused: unknown[] = [];
    for (let n = 0; refused.length < 3; n++) {
      await wake(process, { n, text: 'x'.repeat(4_000) }).then(
        () => accepted.push(n),
        (thrown: unknown) => refused.push(thrown),
      );
    }
    expect(refused).toEqual(Array(3).fill(expect.objectContaining({ code: 'DISK_FULL' })));
    expect(process.halted).toMatchObject({ code: 'DISK_FULL' });
    expect(process.state).toBe('running');
    await world.until(() => process.snapshot.seq === process.journaled.durableSeq);
    empty();
    await world.until(() => process.halted === null);
    await drained(process);
    expect(kept(process, 'seen')).toEqual(accepted);
    expect(world.ledger.done('put')).toEqual(accepted);
    const entries = await entriesOf(world, process);
    expect(entries.filter(({ kind }) => kind === 'journal.resumed').length).toBeGreaterThan(0);
  });

  test('keeps what a call gave that cannot be repeated, so that nobody has to be asked', async () => {
    await using world = await createWorld({ journal: 'sqlite', sandbox, expects });
    const process = await world.started('p', counting);
    const gate = world.ledger.hold('pay', 'after');
    await wake(process, { n: 1, tool: 'pay' });
    await gate.arrived;
    const empty = await filled(world, 0);
    gate.open();
    await fullUntilHalted(world, process);
    empty();
    await drained(process);
    expect(process.snapshot.items.size).toBe(0);
    expect(world.ledger.done('pay')).toEqual([1]);
    expect(kept(process, 'seen')).toEqual([1]);
    const resumed = (await entriesOf(world, process)).find(({ kind }) => kind === 'journal.resumed');
    expect(resumed?.body).toMatchObject({ code: 'DISK_FULL', salvaged: 1 });
  });

  test('leaves the API up: it reads, says what is the matter, and refuses what it cannot keep', async () => {
    await using world = await createWorld({ journal: 'sqlite', sandbox, expects });
    const runtime = await world.runtime();
    const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
    const process = await runtime.register({
      name: 'p',
      config: script(`await agent.context.set('seen', [event.payload.n])`),
    });
    await process.start();
    const notices: string[] = [];
    runtime.notices.watch(null, ({ kind, state }) => kind === 'node.changed' && notices.push(state ?? ''));
    const empty = await filled(world, 0);
    await world.until(async () => {
      await api.setContext({ name: 'p', key: 'k', value: 'x'.repeat(9_000) }, 'user').catch(() => {});
      return process.halted;
    });
    expect((await caughtLater(wake(process, { n: 1 }))).code).toBe('DISK_FULL');
    expect(await api.getProcess({ name: 'p' }, 'user')).toMatchObject({
      state: 'running',
      halted: { code: 'DISK_FULL' },
    });
    expect((await api.node({}, 'user')).outage).toMatchObject({ code: 'DISK_FULL' });
    expect((await api.readJournal({ name: 'p', order: 'asc', limit: 10 }, 'user')).items.length).toBeGreaterThan(0);
    empty();
    await world.until(async () => (await api.node({}, 'user')).outage === null);
    expect(notices).toEqual(['DISK_FULL', 'ok']);
    await wake(process, { n: 2 });
    await drained(process);
    expect(kept(process, 'seen')).toEqual([2]);
  });

  async function fullUntilHalted(world: World, process: Awaited<ReturnType<World['started']>>): Promise<void> {
    await world.until(async () => {
      await process.steering.setContext('filler', 'x'.repeat(9_000), 'user').catch(() => {});
      return process.halted;
    });
  }
});

describe.each(journalKinds.filter(({ canFail }) => canFail))('a $name journal that fails once', ({ open }) => {
  test('halts its process for a moment, which then goes on with what it had accepted', async () => {
    const { journal, close } = await open(scratchFolder(), { poison: 'poison' });
    onTestFinished(close);
    const shared = sandbox();
    const parts = defaultParts({ log: () => {} });
    const buildAgent = (_name: string, config: ProcessConfig) => build(config, { sandbox: () => shared, env: {} });
    const process = new AgentProcess({ name: 'p', config: slow, journal, parts: { ...parts, buildAgent } });
    onTestFinished(async () => {
      await process.close();
      await parts.close();
    });
    await process.start();
    await wake(process, { n: 1 });
    expect(await caughtLater(process.steering.setContext('k', 'poison', 'ada'))).toMatchObject({
      message: expect.stringContaining('no space left'),
    });
    expect(process.halted).not.toBeNull();
    await until(() => process.halted === null);
    expect(process.snapshot.context.has('k')).toBe(false);
    await process.steering.setContext('go', true, 'ada');
    await drained(process);
    expect(process.snapshot.counts).toMatchObject({ accepted: 1, done: 1 });
  });
});

test('the reserve takes up room on the disk until it is given back', async () => {
  const folder = scratchFolder();
  const reserve = new StorageReserve(folder, 1 << 20);
  reserve.hold();
  expect(statSync(join(folder, 'reserve')).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
  reserve.release();
  expect(statSync(join(folder, 'reserve'), { throwIfNoEntry: false })).toBeUndefined();
  expect(await reserve.isThere()).toBe(true);
});
