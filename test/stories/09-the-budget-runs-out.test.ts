import { describe, expect, onTestFinished, test } from 'vitest';
import type { BudgetView } from '../../src/shared/views/governance-views.ts';
import type { InboxItemView, RunBrief, TriggerEventView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

async function node(folder: string): Promise<NodeChild> {
  const child = await startNode(folder);
  onTestFinished(() => child.kill());
  return child;
}

async function items<T>(child: NodeChild, path: string): Promise<T[]> {
  return ((await child.call('GET', path)).body as { items: T[] }).items;
}

/** Writes so many context values in a run. */
const writer = (budget: object) => ({
  version: '1.0',
  name: 'writer',
  ...script(`for (let n = 1; n <= 5; n++) await agent.tool('set_context', { key: 'k' + n, value: n }); return 'five'`),
  budget,
});

const waiting = (child: NodeChild) => until(async () => (await items<InboxItemView>(child, '/inbox'))[0]);
const lastRun = async (child: NodeChild) => (await items<RunBrief>(child, '/runs'))[0];

describe('the budget of an agent runs out', () => {
  test('it waits for a person over a kill, and goes on at the same step when it is topped up', async () => {
    const folder = home();
    let child = await node(folder);
    expect(
      (await child.call('POST', '/processes', { manifest: writer({ max_tool_calls_per_run: 3 }), start: true })).status,
    ).toBe(201);
    await child.call('POST', '/processes/writer/wake', {});
    const item = await waiting(child);
    expect(item).toMatchObject({ kind: 'top_up', about: { limit: 'maxToolCallsPerRun', cap: 3, used: 3 } });
    await child.kill('SIGKILL');
    child = await node(folder);
    const budget = (await child.call('GET', '/processes/writer/budget')).body as BudgetView;
    expect(budget.runs[0]?.limits).toMatchObject([{ limit: 'maxToolCallsPerRun', used: 3, cap: 3, left: 0 }]);
    expect(
      (await child.call('POST', '/processes/writer/budget/top-up', { limit: 'maxToolCallsPerRun', amount: 2 })).status,
    ).toBe(422);
    const run = item.run;
    expect(
      (await child.call('POST', '/processes/writer/budget/top-up', { limit: 'maxToolCallsPerRun', amount: 2, run }))
        .status,
    ).toBe(200);
    await until(async () => (await lastRun(child))?.state === 'done');
    expect(await items(child, '/processes/writer/context')).toHaveLength(5);
    expect(await items(child, '/inbox')).toEqual([]);
  });

  test('runs over the cap of a day wait with the reason, and come back when there is more', async () => {
    const child = await node(home());
    await child.call('POST', '/processes', {
      manifest: writer({ max_runs_per_day: 1, daily_reset_hour: 6, daily_reset_zone: 'Europe/Berlin' }),
      start: true,
    });
    for (let n = 0; n < 3; n++) await child.call('POST', '/processes/writer/wake', { payload: { n } });
    const delayed = await until(async () => {
      const events = await items<TriggerEventView>(child, '/trigger-events?process=writer');
      return events.filter(({ reason }) => reason?.includes('1 runs')).length === 2 ? events : undefined;
    });
    expect(delayed).toHaveLength(3);
    await child.call('POST', '/processes/writer/budget/top-up', { limit: 'maxRunsPerDay', amount: 2 });
    await until(async () => (await items<RunBrief>(child, '/runs?state=done')).length === 3);
  });

  test('a change of its limits is checked as a whole, and in force at once', async () => {
    const child = await node(home());
    await child.call('POST', '/processes', { manifest: writer({ max_tool_calls_per_run: 3 }), start: true });
    const refused = await child.call('PATCH', '/processes/writer/budget', {
      changes: { max_tool_calls_per_run: 9, max_usd_per_day: -1 },
    });
    expect(refused.status).toBe(422);
    expect(((await child.call('GET', '/processes/writer/budget')).body as BudgetView).config).toMatchObject({
      max_tool_calls_per_run: 3,
    });
    await child.call('POST', '/processes/writer/wake', {});
    const { id } = await waiting(child);
    expect(
      (await child.call('PATCH', '/processes/writer/budget', { changes: { max_tool_calls_per_run: 5 } })).status,
    ).toBe(200);
    await child.call('POST', `/inbox/${id}/answer`, { answer: { verdict: 'top_up', amount: 0 } });
    await until(async () => (await lastRun(child))?.state === 'done');
  });
});
