import { describe, expect, test } from 'vitest';
import type { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import type { AgentRuntime } from '../../../src/main/runtime/agent-runtime.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import { caughtLater } from '../../world/caught.ts';
import { script, wake } from '../../world/make.ts';
import { says } from '../../world/model-replies.ts';
import { drained } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox, type World } from '../../world/world.ts';

const sandbox = fileSandbox();

/** An answer costs 0.0101 USD and 1,100 tokens; 1,000 tokens of output are reserved for it. */
async function priced(world: World, more: ProcessConfigInput = {}): Promise<ProcessConfigInput> {
  const model = await world.model();
  const usage = { prompt_tokens: 100, completion_tokens: 1_000, total_tokens: 1_100 };
  model.reply(says('ok', { usage, delayMs: 5 }));
  const id = 'openai-compatible:test';
  return {
    model: { id, baseUrl: model.url, maxOutputTokens: 1_000, inputPrice: 1, outputPrice: 10 },
    instructions: 'Say ok.',
    ...more,
  };
}

async function started(runtime: AgentRuntime, name: string, config: ProcessConfigInput): Promise<AgentProcess> {
  const process = await runtime.register({ name, config });
  await process.start();
  return process;
}

const usedOf = (view: { limits: { limit: string; used: number }[] }, limit: string) =>
  view.limits.find((one) => one.limit === limit)?.used;
const calling = (times: number): ProcessConfigInput =>
  script(`for (let n = 0; n < ${times}; n++) await agent.tool('get_context', { key: 'n' + n }); return 'all'`);

describe('the budget of the node', () => {
  test('is shared by all processes: fifty runs of five agents at the same time never pass it', async () => {
    await using world = await createWorld();
    const runtime = await world.runtime();
    const client = await world.client();
    const config = await priced(world, { concurrency: 10 });
    const processes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => started(runtime, name, config)));
    await client.updateNodeBudget({ changes: { max_usd_per_day: 0.1 } });
    await Promise.all(processes.flatMap((process) => Array.from({ length: 10 }, (_, n) => wake(process, { n }))));
    const sum = (of: (process: AgentProcess) => number) => processes.reduce((all, one) => all + of(one), 0);
    let most = 0;
    await until(() => {
      most = Math.max(
        most,
        sum(({ snapshot }) => snapshot.nodeDay.spent.usd),
      );
      return sum(({ snapshot }) => snapshot.items.size + snapshot.counts.done) === 50;
    });
    expect(most).toBeLessThanOrEqual(0.1 + 1e-9);
    const done = sum(({ snapshot }) => snapshot.counts.done);
    expect(done).toBeGreaterThan(3);
    expect(done).toBeLessThan(10);
    expect((await world.model()).chatCount).toBe(done);
    expect(usedOf(await client.getNodeBudget({}), 'maxUsdPerDay')).toBeCloseTo(done * 0.0101, 6);
  });

  test('binds runs that are under way when it is set, and lets them go on when it is raised', async () => {
    await using world = await createWorld({ sandbox });
    const runtime = await world.runtime();
    const client = await world.client();
    const process = await started(
      runtime,
      'p',
      script(`await agent.tool('get_context', { key: 'a' }); const more = await agent.ask('more?');
        for (let n = 0; n < 3; n++) await agent.tool('get_context', { key: 'n' + n }); return more`),
    );
    await wake(process);
    const question = await until(() => [...process.snapshot.items.keys()][0]);
    await client.updateNodeBudget({ changes: { max_tool_calls_per_day: 1 } });
    await process.steering.answer(question, 'yes', 'ada');
    const { item } = await until(() => [...process.snapshot.items.values()].find(({ item }) => item.kind === 'top_up'));
    expect(item.about).toMatchObject({ scope: 'node', limit: 'maxToolCallsPerDay' });
    await client.updateNodeBudget({ changes: { max_tool_calls_per_day: 3 } });
    await drained(process);
    expect(process.snapshot.lastRun?.outcome).toBe('done');
  });

  test('is changed whole or not at all, in the words of a manifest; null takes a limit away', async () => {
    await using world = await createWorld();
    const client = await world.client();
    await client.updateNodeBudget({ changes: { max_tokens_per_day: 1_000, daily_reset_zone: 'Europe/Berlin' } });
    for (const [changes, words] of [
      [{ max_tokens_per_day: 5, max_runs_per_dai: 3 }, 'max_runs_per_day'],
      [{ max_tokens_per_day: 5, max_usd_per_day: -1 }, 'maxUsdPerDay'],
      [{ max_tokens_per_day: 5, max_tokens_per_run: 7 }, 'budget of its process'],
    ] as const) {
      const refused = await caughtLater(client.updateNodeBudget({ changes }));
      expect(refused).toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringContaining(words) });
    }
    expect((await client.getNodeBudget({})).config).toEqual({
      max_tokens_per_day: 1_000,
      daily_reset_zone: 'Europe/Berlin',
    });
    const { config, limits } = await client.updateNodeBudget({
      changes: { max_tokens_per_day: null, max_runs_per_day: 2 },
    });
    expect(config).toEqual({ max_runs_per_day: 2, daily_reset_zone: 'Europe/Berlin' });
    expect(limits).toMatchObject([{ limit: 'maxRunsPerDay', scope: 'node', cap: 2, used: 0, left: 2 }]);
    await client.updateNodeBudget({ changes: { enabled: false } });
    expect(await client.getNodeBudget({})).toMatchObject({ enabled: false, limits: [] });
  });

  test('counts what stopped and deleted processes used, also after a kill', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    let runtime = await world.runtime();
    let client = await world.client();
    await client.updateNodeBudget({ changes: { max_tool_calls_per_day: 10 } });
    for (const name of ['stays', 'stops', 'goes']) {
      const process = await started(runtime, name, calling(3));
      await wake(process);
      await drained(process);
    }
    await client.stopProcess({ name: 'stops' });
    await client.deleteProcess({ name: 'goes' });
    expect(usedOf(await client.getNodeBudget({}), 'maxToolCallsPerDay')).toBe(9);
    await world.restart('killed');
    runtime = await world.runtime();
    client = await world.client();
    expect(usedOf(await client.getNodeBudget({}), 'maxToolCallsPerDay')).toBe(9);
    const process = runtime.get('stays');
    await wake(process);
    await until(() => process.snapshot.items.size === 1);
    expect(process.snapshot.nodeDay.spent.toolCalls).toBe(4);
    await client.topUpNodeBudget({ limit: 'maxToolCallsPerDay', amount: 2 });
    await drained(process);
    expect(usedOf(await client.getNodeBudget({}), 'maxToolCallsPerDay')).toBe(12);
  });

  test('lets events wait for the next day with the reason, and takes them when a person adds runs', async () => {
    await using world = await createWorld({ sandbox });
    const runtime = await world.runtime();
    const client = await world.client();
    await client.updateNodeBudget({ changes: { max_runs_per_day: 2 } });
    const both = await Promise.all(['a', 'b'].map((name) => started(runtime, name, calling(0))));
    for (const process of both) for (const n of [1, 2]) await wake(process, { n });
    const done = () => both.reduce((sum, { snapshot }) => sum + snapshot.counts.done, 0);
    const waiting = () => both.flatMap(({ snapshot }) => [...snapshot.queue.values()]);
    await until(() => done() === 2 && waiting().every(({ notBefore }) => notBefore !== null));
    expect(waiting()).toHaveLength(2);
    const owner = both.find(({ snapshot }) => snapshot.queue.size > 0)?.name ?? '';
    const note = await until(async () => (await world.journal.read(owner, { kinds: ['event.delayed'] }))[0]);
    expect(note.body).toMatchObject({ reason: expect.stringContaining('the whole node today is 2 runs') });
    await client.topUpNodeBudget({ limit: 'maxRunsPerDay', amount: 1 });
    await until(() => done() === 3 && waiting().length === 1);
    await client.updateNodeBudget({ changes: { max_runs_per_day: null } });
    await until(() => done() === 4);
  });
});
