import { describe, expect, test } from 'vitest';
import { CostQueries, spentSince } from '../../../src/main/journal/tables/cost-queries.ts';
import { ReadQueries } from '../../../src/main/journal/tables/read-queries.ts';
import { ScheduleQueries } from '../../../src/main/journal/tables/schedule-queries.ts';
import type { RuntimeNotice } from '../../../src/shared/notices.ts';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { until } from '../../world/until.ts';

const hourMs = 3_600_000;

async function create(node: HandRuntime, name: string, body: string, more: object = {}): Promise<void> {
  const manifest = { version: '1.0', name, ...script(body), ...more };
  await node.api.createProcess({ manifest: manifest as never, start: true });
}

async function ended(node: HandRuntime, name: string, payload: unknown = {}) {
  const { eventId } = await node.api.wakeProcess({ name, payload: payload as never });
  return until(async () => {
    await node.clock.advance(1);
    return (await node.api.listRuns({ process: name })).items.find((one) => one.eventId === eventId && one.endedAt);
  });
}

describe('an inbox item that is snoozed', () => {
  test('does not count as waiting, comes back by itself and says so, also after a restart', async () => {
    let node = await handRuntime();
    await create(node, 'asker', 'return await agent.ask("Shall I?");');
    await node.api.wakeProcess({ name: 'asker' });
    const item = await until(async () => (await node.api.listInbox({})).items[0]);
    expect((await node.api.node({})).needsYou).toBe(1);
    const back = node.clock.now() + hourMs;
    expect(await node.api.snoozeInboxItem({ id: item.id, until: back })).toMatchObject({ snoozedUntil: back });
    expect((await node.api.node({})).needsYou).toBe(0);
    node = await node.restart();
    expect((await node.api.listInbox({})).items).toMatchObject([{ id: item.id, snoozedUntil: back }]);
    expect((await node.api.node({})).needsYou).toBe(0);
    const told: RuntimeNotice[] = [];
    node.runtime.notices.watch(null, (notice) => told.push(notice));
    await node.clock.advance(hourMs);
    expect((await node.api.node({})).needsYou).toBe(1);
    expect(told.filter(({ kind }) => kind === 'inbox.changed')).toMatchObject([{ item: item.id, state: 'open' }]);
    expect(await node.api.verifyJournal({ name: 'asker' })).toMatchObject({ ok: true });
  });

  test('can be answered all the same, and brought back; a time that is over is refused', async () => {
    const node = await handRuntime();
    await create(node, 'asker', 'return await agent.ask("Shall I?");');
    await node.api.wakeProcess({ name: 'asker' });
    const { id } = await until(async () => (await node.api.listInbox({})).items[0]);
    await expect(node.api.snoozeInboxItem({ id, until: node.clock.now() })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    await node.api.snoozeInboxItem({ id, until: node.clock.now() + hourMs });
    expect(await node.api.snoozeInboxItem({ id, until: null })).toMatchObject({ snoozedUntil: null });
    await node.api.snoozeInboxItem({ id, until: node.clock.now() + hourMs });
    await node.api.answerInboxItem({ id, answer: 'yes' });
    await expect(node.api.snoozeInboxItem({ id, until: null })).rejects.toMatchObject({
      code: 'INBOX_ITEM_NOT_FOUND',
    });
  });
});

describe('runs', () => {
  test('keep a note that is found by its words, survives a restart and can be taken away', async () => {
    let node = await handRuntime();
    await create(node, 'counter', 'return "rows: " + event.payload.rows;');
    const first = await ended(node, 'counter', { rows: 12 });
    await ended(node, 'counter', { rows: 1204 });
    expect(await node.api.noteRun({ id: first.id, note: '  the export was cut off ' })).toMatchObject({
      note: 'the export was cut off',
    });
    node = await node.restart();
    const ids = async (filter: object) => (await node.api.listRuns(filter)).items.map(({ id }) => id);
    expect(await ids({ text: 'CUT export' })).toEqual([first.id]);
    expect(await ids({ noted: true })).toEqual([first.id]);
    expect((await node.api.getRun({ id: first.id })).note).toBe('the export was cut off');
    expect(await node.api.rebuildReadModels({})).toMatchObject({ equal: true });
    expect(await node.api.noteRun({ id: first.id, note: '' })).toMatchObject({ note: null });
    expect(await ids({ noted: true })).toEqual([]);
    expect(await node.api.verifyJournal({ name: 'counter' })).toMatchObject({ ok: true });
  });

  test('are found by what they came to, how long they took, what they cost and which version they went by', async () => {
    const node = await handRuntime();
    await create(node, 'worker', 'await agent.sleep(event.payload.ms ?? 1); return "100% of " + event.payload.what;');
    const short = await ended(node, 'worker', { what: 'invoices' });
    const slow = await node.api.wakeProcess({ name: 'worker', payload: { what: 'orders', ms: 60_000 } });
    const long = await until(async () => {
      await node.clock.advance(20_000);
      return (await node.api.listRuns({ state: 'done' })).items.find(({ eventId }) => eventId === slow.eventId);
    });
    const { manifest } = await node.api.getProcess({ name: 'worker' });
    await node.api.updateProcess({ name: 'worker', manifest: manifest.replace('100% of', 'again') });
    const newer = await ended(node, 'worker', { what: 'orders' });
    const ids = async (filter: object) => (await node.api.listRuns(filter)).items.map(({ id }) => id);
    expect(await ids({ text: '100% orders' })).toEqual([long.id]);
    expect(await ids({ text: '1_0%' })).toEqual([]);
    expect(await ids({ minMs: 30_000 })).toEqual([long.id]);
    expect(await ids({ maxMs: 30_000 })).toEqual([newer.id, short.id]);
    expect(await ids({ minCostUsd: 0.01 })).toEqual([]);
    expect(await ids({ process: 'worker', version: 2 })).toEqual([newer.id]);
    await expect(node.api.listRuns({ version: 2 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(node.api.listRuns({ process: 'worker', version: 9 })).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
    });
    const counts = await node.api.countRuns({ text: 'orders', bars: 10 });
    expect(counts.total).toEqual({ done: 2, failed: 0, cancelled: 0, open: 0, costUsd: 0 });
    expect(counts.bars.reduce((sum, { done }) => sum + done, 0)).toBe(2);
  });

  test('of several agents are listed in one read, the newest first, and of one that is not there none', async () => {
    const node = await handRuntime();
    for (const name of ['a', 'b']) await create(node, name, 'return 1;');
    const older = await ended(node, 'a');
    const newer = await ended(node, 'a');
    await ended(node, 'b');
    const { items } = await node.api.recentRuns({ processes: 'a,b,nobody', limit: 2 });
    expect(items.map(({ process, runs }) => [process, runs.length])).toEqual([
      ['a', 2],
      ['b', 1],
      ['nobody', 0],
    ]);
    expect(items[0]?.runs.map(({ id }) => id)).toEqual([newer.id, older.id]);
    expect(items[0]?.runs[0]).toEqual({
      id: newer.id,
      state: 'done',
      idle: false,
      startedAt: newer.startedAt,
      endedAt: newer.endedAt,
    });
    const names = Array.from({ length: 201 }, (_, index) => `n${index}`).join();
    await expect(node.api.recentRuns({ processes: names })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect((await node.api.listProcesses({ names: 'b,nobody' })).items.map(({ name }) => name)).toEqual(['b']);
  });

  test('neither lists nor counts those of an agent that lives on another node now, nor what they cost', async () => {
    const node = await handRuntime();
    for (const name of ['stays', 'moved']) {
      await create(node, name, 'return 1;');
      await ended(node, name);
    }
    const { database, journal } = node.runtime;
    const queries = new ReadQueries(database, journal, (process) => process === 'moved');
    const now = node.clock.now();
    expect((await queries.runs({ limit: 10 }, now)).items.map(({ process }) => process)).toEqual(['stays']);
    expect(queries.countRuns({}, 10, now).total).toMatchObject({ done: 1 });
    const costs = new CostQueries(database, (process) => process === 'moved');
    expect(costs.hours(0, now + 1).map(({ process }) => process)).toEqual(['stays']);
    database.prepare('UPDATE read_runs SET cost_usd = 2').run();
    expect(spentSince(database, 0)).toBe(4);
    expect(spentSince(database, 0, (process) => process === 'moved')).toBe(2);
    database.prepare('UPDATE read_trigger_events SET instant = ?').run(now);
    const schedules = new ScheduleQueries(database, (process) => process === 'moved');
    const occurred = schedules.occurred({ from: 0, to: now + 1, limit: 10 });
    expect(occurred.map(({ process }) => process)).toEqual(['stays']);
    expect(schedules.noted({ from: 0, to: now + 1, limit: 10 })).toEqual([]);
  });
});
