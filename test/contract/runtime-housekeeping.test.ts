import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../src/main/journal/replay.ts';
import type { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { Housekeeping } from '../../src/main/runtime/keeping/housekeeping.ts';
import { rebuildReadModels } from '../../src/main/runtime/keeping/rebuild.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { handRuntime } from '../world/hand-runtime.ts';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { createWorld, type World, type WorldOptions } from '../world/world.ts';

const noting = script(`
  await agent.context.set('n', event.payload.n);
  await agent.context.set('text', event.payload.text);
  if (event.payload.ask) await agent.ask('go on?');
  return { n: event.payload.n }`);
const open = (more: WorldOptions = {}) => createWorld({ journal: 'sqlite', ...more });
const apiOf = (runtime: AgentRuntime) => runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });

async function ran(world: World, level: 'none' | 'checkpoint' | 'full', runs: number, retentionDays = 30) {
  const runtime = await world.runtime();
  const process = await runtime.register({ name: 'p', config: { ...noting, journal: { level, retentionDays } } });
  await process.start();
  for (let n = 0; n < runs; n++) await wake(process, { n, text: 'x'.repeat(3_000) }, `k${n}`);
  await drained(process);
  await process.journaled.checkpoint();
  return { runtime, process, api: apiOf(runtime) };
}

describe('what is kept of runs that have ended', () => {
  test('full: everything, for as long as it is kept', async () => {
    await using world = await open();
    const { runtime, process, api } = await ran(world, 'full', 3);
    const before = process.snapshot.seq;
    await runtime.housekeeping.tidy();
    const entries = await world.journal.read('p');
    expect(entries).toHaveLength(before);
    expect(entries.some(({ body }) => 'erased' in body)).toBe(false);
    const [run] = (await api.listRuns({ limit: 1 }, 'api')).items;
    expect(await api.getRun({ id: run?.id ?? '' }, 'api')).toMatchObject({ kept: 'all', output: { n: 2 } });
  });

  test('checkpoint: the outcome; its steps and its payload are gone from the files as well, and it says so', async () => {
    await using world = await open();
    const { runtime, process, api } = await ran(world, 'checkpoint', 3);
    await api.setContext({ name: 'p', key: 'text', value: 'short' }, 'api');
    await process.journaled.checkpoint();
    await runtime.housekeeping.tidy();
    const [brief] = (await api.listRuns({ limit: 1 }, 'api')).items;
    const run = await api.getRun({ id: brief?.id ?? '' }, 'api');
    expect(run).toMatchObject({
      kept: 'outcome',
      output: { n: 2 },
      state: 'done',
      steps: [{ args: null }, { args: null }],
    });
    const event = await api.getTriggerEvent({ id: run.eventId }, 'api');
    expect(event).toMatchObject({ kept: false, payload: null, state: 'done' });
    expect(await caughtLater(api.redeliver({ id: run.eventId }, 'api'))).toMatchObject({ code: 'REQUEST_INVALID' });
    expect((await verifyChain(world.journal, 'p')).ok).toBe(true);
    expect(await api.verifyJournal({ name: 'p' }, 'api')).toMatchObject({ ok: true });
    expect(await rebuildReadModels(world.database, world.journal)).toMatchObject({ equal: true });
    const twice = await api.wakeProcess({ name: 'p', payload: {}, idempotencyKey: 'k2' }, 'api');
    expect(twice).toEqual({ eventId: run.eventId, duplicate: true });
  });

  test('none: only what the state needs; what is open stays whole', async () => {
    await using world = await open();
    const { runtime, process, api } = await ran(world, 'none', 3);
    await wake(process, { n: 3, ask: true, text: 'y'.repeat(3_000) });
    await world.until(() => process.snapshot.items.size === 1);
    await wake(process, { n: 4 });
    await world.until(() => process.snapshot.queue.size === 1);
    await process.journaled.checkpoint();
    await runtime.housekeeping.tidy();
    const [openEvent] = process.snapshot.queue.values();
    expect((await world.journal.base('p')).seq).toBe((openEvent?.seq ?? 0) - 1);
    const runs = (await api.listRuns({ limit: 10 }, 'api')).items;
    expect(runs.map(({ state }) => state)).toEqual(['done', 'parked', 'done', 'done', 'done']);
    expect(await api.getRun({ id: runs[4]?.id ?? '' }, 'api')).toMatchObject({ kept: 'nothing', state: 'done' });
    expect(await rebuildReadModels(world.database, world.journal)).toMatchObject({ equal: true });
    const [item] = process.snapshot.items.keys();
    await api.answerInboxItem({ id: item ?? '', answer: 'yes' }, 'api');
    await drained(process);
    expect(process.snapshot.context.get('text')?.value).toBe('y'.repeat(3_000));
  });

  test('what is older than it is kept for goes, in every level', async () => {
    await using world = await open({ clock: 'hand' });
    const { runtime, process } = await ran(world, 'full', 2, 1);
    const old = process.snapshot.seq;
    await world.clock.advance(20 * 3_600_000);
    await runtime.housekeeping.tidy();
    expect((await world.journal.base('p')).seq).toBe(0);
    await wake(process, { n: 9 });
    await drained(process);
    await process.journaled.checkpoint();
    await world.clock.advance(5 * 3_600_000);
    await runtime.housekeeping.tidy();
    expect((await world.journal.base('p')).seq).toBe(old);
    await world.restart('killed');
    const again = await world.takenUp('p');
    expect(again.snapshot.counts.done).toBe(3);
  });
});

test('the files stop growing, however many runs there are, and the log is emptied when nothing is written', async () => {
  await using world = await open({ clock: 'hand' });
  const { process, runtime } = await ran(world, 'none', 1);
  await runtime.housekeeping.close();
  const keeper = new Housekeeping({
    journal: world.journal,
    database: world.database,
    parts: runtime.parts,
    list: () => [process],
    retention: { days: { runsDays: 30, eventsDays: 30, trashDays: 30 } },
    keptRows: 20,
  });
  const sizes: number[] = [];
  for (let round = 0; round < 4; round++) {
    const woken = Array.from({ length: 60 }, (_, n) => wake(process, { n, text: 'z'.repeat(5_000) }));
    await Promise.all(woken);
    await drained(process);
    await world.clock.advance(31_000);
    await keeper.tidy();
    sizes.push(Number(world.database.pragma('page_count', { simple: true })));
    expect(statSync(join(world.folder, 'runtime.db-wal')).size).toBe(0);
  }
  await keeper.close();
  expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual((sizes[0] ?? 0) * 1.25);
  expect(world.database.prepare('SELECT count(*) FROM read_runs').pluck().get()).toBeLessThan(150);
});

test('of the streams of the node itself, what is old and over goes; what is open, and who the node is, stays', async () => {
  const one = await handRuntime();
  const { runtime, clock } = one;
  const { nodeId } = runtime;
  await Promise.all(Array.from({ length: 3_000 }, (_, n) => runtime.publish('orders.paid', n, 'ada')));
  await one.api.sendMessage({ topic: 'open', content: 'still waiting' });
  const seq = async (stream: string) => (await runtime.journal.open(stream)).seq;
  const before = await seq('@node');
  await runtime.housekeeping.tidy();
  expect((await runtime.journal.base('@node')).seq, 'nothing is old yet').toBe(0);
  clock.jump(31 * 86_400_000);
  await runtime.publish('orders.paid', 'new', 'ada');
  await runtime.housekeeping.tidy();
  expect((await runtime.journal.base('@node')).seq).toBe(0);
  const again = await one.restart();
  await again.runtime.housekeeping.tidy();
  const { seq: base } = await again.runtime.journal.base('@node');
  expect(base).toBeGreaterThan(1_000);
  expect(base).toBeLessThanOrEqual(before);
  expect(again.runtime.nodeId).toBe(nodeId);
  expect(await verifyChain(again.runtime.journal, '@node')).toMatchObject({ ok: true });
  const { items } = await again.api.listEvents({ limit: 500 });
  expect(items[0]).toMatchObject({ data: 'new' });
  expect(await rebuildReadModels(again.runtime.database, again.runtime.journal)).toMatchObject({ differences: [] });
  expect((await again.api.listMessages({ topic: 'open' })).items).toMatchObject([{ content: 'still waiting' }]);
  const third = await again.restart();
  expect(third.runtime.nodeId).toBe(nodeId);
});
