import { describe, expect, test } from 'vitest';
import type { InboxItemView } from '../../src/shared/views/views.ts';
import { handRuntime } from '../world/hand-runtime.ts';
import { create, only, open, ran, same } from '../world/told-inbox.ts';
import { until } from '../world/until.ts';

const hourMs = 3_600_000;
const failing = 'if (!event.payload.ok && !event.metadata.redelivered_by) throw new Error("no answer"); return "fine";';

describe('a run that failed for good', () => {
  test('is one item with all that failed alike, the newest first, and stops nothing', async () => {
    const node = await handRuntime();
    await create(node, 'sync', 'throw new Error("no answer");');
    await ran(node, 'sync');
    await ran(node, 'sync');
    const last = await ran(node, 'sync');
    expect(await only(node, 'failure')).toMatchObject({
      process: 'sync',
      title: '3 runs of sync failed',
      question: expect.stringContaining('no answer'),
      count: 3,
      latestAt: last.endedAt,
      run: last.id,
      about: { code: last.error?.code, waiting: 3 },
      choices: ['redeliver', 'dismiss'],
    });
    expect(await node.api.node({})).toMatchObject({ needsYou: 1, unread: 0 });
    expect((await node.api.getProcess({ name: 'sync' })).state).toBe('running');
    await same(node);
  });

  test('is delivered again once for one answer, however often it is given, and is over with that', async () => {
    let node = await handRuntime();
    await create(node, 'sync', failing);
    for (let times = 0; times < 3; times++) await ran(node, 'sync');
    const { id } = await only(node, 'failure');
    const answers = await Promise.allSettled([
      node.api.answerInboxItem({ id, answer: 'redeliver' }),
      node.api.answerInboxItem({ id, answer: 'redeliver' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await until(async () => {
      await node.clock.advance(1);
      return (await node.api.listRuns({ process: 'sync', state: 'done' })).items.length === 3;
    });
    node = await node.restart();
    expect(await open(node)).toEqual([]);
    expect((await node.api.listInbox({ state: 'answered' })).items).toMatchObject([
      { id, answer: { verdict: 'redeliver' }, answeredBy: 'user' },
    ]);
    expect((await node.api.listRuns({ process: 'sync' })).items).toHaveLength(6);
    await expect(node.api.answerInboxItem({ id, answer: 'redeliver' })).rejects.toMatchObject({
      code: 'INBOX_ITEM_NOT_FOUND',
    });
    await same(node);
  });

  test('that is delivered again elsewhere leaves the item, and one that fails again is back', async () => {
    const node = await handRuntime();
    await create(node, 'sync', 'throw new Error("no answer");');
    const [first, second] = [await ran(node, 'sync'), await ran(node, 'sync')];
    const { id } = await only(node, 'failure');
    await node.api.redeliver({ id: first.eventId });
    await until(async () => {
      await node.clock.advance(1);
      return (await only(node, 'failure')).count === 3;
    });
    // The one that failed anew stands for the first.
    expect(await only(node, 'failure')).toMatchObject({ id, about: { waiting: 2 } });
    const { redelivered } = await node.api.redeliverAll({ process: 'sync', state: 'dead', limit: 10 });
    expect(redelivered).toHaveLength(2);
    await until(async () => {
      await node.clock.advance(1);
      const [item] = await open(node, 'failure');
      return item && item.id !== id && item.count === 2;
    });
    expect(second.state).toBe('failed');
    await same(node);
  });

  test('that is dismissed stays away, also over a kill, until it fails anew', async () => {
    let node = await handRuntime();
    await create(node, 'sync', failing);
    await ran(node, 'sync');
    await ran(node, 'sync');
    const { id } = await only(node, 'failure');
    await expect(node.api.answerInboxItem({ id, answer: 'perhaps' })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    expect(await node.api.answerInboxItem({ id, answer: 'dismiss' })).toMatchObject({ answer: { verdict: 'dismiss' } });
    expect((await node.runtime.journal.read('sync', { kinds: ['report.answered'] })).map(({ body }) => body)).toEqual([
      expect.objectContaining({ item: id, kind: 'failure', answer: { verdict: 'dismiss' }, by: 'user' }),
    ]);
    node = await node.kill();
    expect(await open(node)).toEqual([]);
    expect((await node.api.node({})).needsYou).toBe(0);
    await ran(node, 'sync', { ok: true });
    expect(await open(node)).toEqual([]);
    await ran(node, 'sync');
    const anew = await only(node, 'failure');
    expect(anew.id).not.toBe(id);
    expect(anew).toMatchObject({ count: 1, about: { waiting: 1 } });
    await same(node);
  });

  test('of a deleted process needs nobody', async () => {
    const node = await handRuntime();
    await create(node, 'sync', failing);
    await ran(node, 'sync');
    await node.api.deleteProcess({ name: 'sync' });
    expect(await open(node)).toEqual([]);
    expect((await node.api.node({})).needsYou).toBe(0);
  });

  test('can be snoozed, and is back by itself', async () => {
    let node = await handRuntime();
    await create(node, 'sync', failing);
    await ran(node, 'sync');
    const { id } = await only(node, 'failure');
    await node.api.snoozeInboxItem({ id, until: node.clock.now() + hourMs });
    expect((await node.api.node({})).needsYou).toBe(0);
    node = await node.restart();
    const told: unknown[] = [];
    node.runtime.notices.watch(null, (notice) => notice.kind === 'inbox.changed' && told.push(notice));
    await node.clock.advance(hourMs);
    expect((await node.api.node({})).needsYou).toBe(1);
    expect(told).toMatchObject([{ item: id, state: 'open' }]);
  });
});

describe('a process that has failed', () => {
  test('is started by the answer, and is over also when somebody starts it elsewhere', async () => {
    let node = await handRuntime();
    await create(node, 'sync', failing, { max_consecutive_failures: 2 });
    const fail = async () => {
      await ran(node, 'sync');
      await ran(node, 'sync');
      await until(async () => (await node.api.getProcess({ name: 'sync' })).state === 'failed');
      const items = await open(node, 'failure');
      return items.find(({ choices }) => choices.includes('start')) as InboxItemView;
    };
    const first = await fail();
    expect(first).toMatchObject({ title: 'sync has failed', choices: ['start', 'dismiss'] });
    node = await node.restart();
    await node.api.answerInboxItem({ id: first.id, answer: 'start' });
    expect((await node.api.getProcess({ name: 'sync' })).state).toBe('running');
    const second = await fail();
    expect(second.id).not.toBe(first.id);
    await node.api.startProcess({ name: 'sync' });
    expect((await open(node)).map(({ choices }) => choices)).toEqual([['redeliver', 'dismiss']]);
    await same(node);
  });
});

describe('a clock that is evidently wrong', () => {
  test('is an item of the node that can be snoozed, and is over when a person trusts the clock', async () => {
    let node = await handRuntime();
    await create(node, 'report', 'return 1;');
    await ran(node, 'report');
    node = await node.kill(() => node.clock.set(node.clock.now() - 400 * 24 * hourMs));
    const item = await until(async () => (await open(node, 'clock'))[0]);
    expect(item).toMatchObject({ process: '@node', choices: ['trust'], about: { code: 'CLOCK_SUSPECT' } });
    expect((await node.api.node({})).needsYou).toBe(1);
    await node.api.snoozeInboxItem({ id: item.id, until: node.clock.now() + hourMs });
    expect((await node.api.node({})).needsYou).toBe(0);
    node = await node.restart();
    expect(await only(node, 'clock')).toMatchObject({ id: item.id, count: 1 });
    await same(node);
    await node.api.answerInboxItem({ id: item.id, answer: 'trust' });
    await until(async () => (await open(node, 'clock')).length === 0);
    expect((await node.api.node({})).clock).toBe(null);
    expect((await node.api.listInbox({ state: 'answered' })).items).toMatchObject([
      { id: item.id, answeredBy: 'user' },
    ]);
    await same(node);
  });
});

describe('a process that a guard stopped', () => {
  test('says why, and goes on with the answer', async () => {
    const node = await handRuntime();
    await create(node, 'looper', 'for (let n = 0; n < 3; n++) await agent.tool("get_context", {});', {
      budget: { enabled: true, max_tool_calls_per_run: 1, on_exceeded: 'stop' },
    });
    await node.api.wakeProcess({ name: 'looper' });
    const item = await until(async () => {
      await node.clock.advance(1);
      return (await open(node, 'failure'))[0];
    });
    expect(item).toMatchObject({
      title: 'looper was stopped',
      about: { code: 'BUDGET_EXCEEDED' },
      choices: ['start', 'dismiss'],
    });
    await until(async () => (await node.api.getProcess({ name: 'looper' })).state === 'stopped');
    await node.api.answerInboxItem({ id: item.id, answer: 'start' });
    await same(node);
  });
});

describe('planned times that were missed', () => {
  const hourly = {
    triggers: [{ id: 'hourly', type: 'cron', cron_expression: '0 * * * *', catch_up: 'none' }],
  };
  async function slept() {
    let node = await handRuntime();
    await create(node, 'report', 'return event.payload.planned_for ?? "by itself";', hourly);
    await node.clock.advance(hourMs + 1);
    node = await node.kill(() => {});
    return node;
  }
  async function missedThree() {
    const node = await slept();
    const before = (await node.api.listRuns({})).items.length;
    const away = await node.kill(() => node.clock.set(node.clock.now() + 3 * hourMs));
    return { node: away, before };
  }

  test('are one item with count and reason, and each is run once', async () => {
    const { node, before } = await missedThree();
    const item = await only(node, 'missed');
    expect(item).toMatchObject({
      process: 'report',
      title: 'report missed 3 planned times',
      count: 3,
      choices: ['run_now', 'run_all', 'skip'],
      about: { trigger: 'hourly', reasons: [{ count: 3 }] },
    });
    expect((await node.api.node({})).needsYou).toBe(1);
    await same(node);
    await node.api.answerInboxItem({ id: item.id, answer: 'run_all' });
    await expect(node.api.answerInboxItem({ id: item.id, answer: 'run_all' })).rejects.toMatchObject({
      code: 'INBOX_ITEM_NOT_FOUND',
    });
    const runs = await until(async () => {
      await node.clock.advance(1);
      const { items } = await node.api.listRuns({ state: 'done' });
      return items.length === before + 3 ? items.slice(0, 3) : undefined;
    });
    const times = runs.map(({ output }) => Date.parse(String(output))).sort();
    const last = Number(item.about['instant']);
    expect(times).toEqual([last - 2 * hourMs, last - hourMs, last]);
    expect(await open(node)).toEqual([]);
    await same(node);
  });

  test('can be run once for all of them, or left', async () => {
    const { node, before } = await missedThree();
    const item = await only(node, 'missed');
    await node.api.answerInboxItem({ id: item.id, answer: 'run_now' });
    await until(async () => {
      await node.clock.advance(1);
      return (await node.api.listRuns({ state: 'done' })).items.length === before + 1;
    });
    const next = await node.kill(() => node.clock.set(node.clock.now() + 2 * hourMs));
    const left = await only(next, 'missed');
    expect(left.count).toBe(2);
    await next.api.answerInboxItem({ id: left.id, answer: 'skip' });
    expect(await open(next)).toEqual([]);
    expect((await next.api.listRuns({})).items).toHaveLength(before + 1);
  });
});

describe('results', () => {
  test('are shown where the agent marks one; the rest stays quiet, and none needs anybody', async () => {
    const node = await handRuntime();
    await create(
      node,
      'digest',
      'if (event.payload.tell) await agent.tool("report_result", { text: "12 new orders" }); return { n: 12 };',
    );
    await ran(node, 'digest');
    expect(await open(node)).toEqual([]);
    const { id: run } = await ran(node, 'digest', { tell: true });
    const item = await only(node, 'finished');
    expect(item).toMatchObject({ process: 'digest', question: '12 new orders', run, choices: ['read'] });
    expect(await node.api.node({})).toMatchObject({ needsYou: 0, unread: 1 });
    await same(node);
    await node.api.answerInboxItem({ id: item.id, answer: 'read' });
    expect(await node.api.node({})).toMatchObject({ needsYou: 0, unread: 0 });
    expect(await node.api.replayRun({ id: run })).toMatchObject({ same: true });
    await same(node);
  });

  test('are all shown where the manifest says so, but not of runs by hand nor of those that say nothing', async () => {
    const node = await handRuntime();
    const more = {
      inbox: { results: 'all' },
      triggers: [{ id: 'told', type: 'event', event_type: 'order.paid' }],
    };
    await create(node, 'digest', 'return event.payload.data?.quiet ? null : { paid: 9 };', more);
    await ran(node, 'digest');
    await node.api.publishEvent({ type: 'order.paid', data: { quiet: true } });
    await node.api.publishEvent({ type: 'order.paid', data: {} });
    await until(async () => {
      await node.clock.advance(1);
      return (await node.api.listRuns({ state: 'done' })).items.length === 3;
    });
    expect((await only(node, 'finished')).question).toBe('{\n  "paid": 9\n}');
  });

  test('are not even offered where the manifest wants none', async () => {
    const node = await handRuntime();
    await create(node, 'digest', 'await agent.tool("report_result", { text: "x" });', { inbox: { results: 'none' } });
    expect(await ran(node, 'digest')).toMatchObject({ state: 'failed' });
    expect(await open(node, 'finished')).toEqual([]);
  });

  test('are marked as read all at once', async () => {
    const node = await handRuntime();
    await create(node, 'digest', 'await agent.tool("report_result", { text: "x" });');
    for (let times = 0; times < 4; times++) await ran(node, 'digest');
    const some = await node.api.answerReports({ kind: 'finished', answer: 'read', limit: 3 });
    expect(some).toEqual({ answered: 3, failed: [], left: 1 });
    expect(await node.api.answerReports({ kind: 'finished', answer: 'read' })).toMatchObject({ answered: 1, left: 0 });
    expect((await node.api.node({})).unread).toBe(0);
  });
});
