import { describe, expect, test } from 'vitest';
import { Governance } from '../../../src/main/governance/governance.ts';
import { passingKey } from '../../../src/main/governance/secrets/secret-key.ts';
import type { AgentProcess } from '../../../src/main/processes/agent-process.ts';
import { openSecretStore } from '../../../src/main/store/secret-store.ts';
import { BudgetConfig } from '../../../src/shared/config/governance-config.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import type { InboxItem } from '../../../src/shared/entries/journal-entries.ts';
import { script, wake } from '../../world/make.ts';
import { calls, callsEach, says } from '../../world/model-replies.ts';
import { bodiesOf, drained, settled } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();

/** The only thing that waits for a person, once there is one. */
async function openItem(process: AgentProcess): Promise<InboxItem> {
  return (await until(() => process.snapshot.items.values().next().value)).item;
}

/** Calls `put` so many times in a run. */
const puts = (times: number, more: ProcessConfigInput = {}): ProcessConfigInput => ({
  ...script(`for (let n = 0; n < ${times}; n++) await agent.tool('put', { what: n }); return 'all'`),
  ...more,
});

describe('a limit is held before the call', () => {
  test('a run that wants one call too many waits for a person, and the call is not made', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', puts(4, { budget: { maxToolCallsPerRun: 3 } }));
    await wake(process);
    const item = await openItem(process);
    expect(item).toMatchObject({
      kind: 'top_up',
      about: { limit: 'maxToolCallsPerRun', used: 3, cap: 3 },
      choices: ['top_up', 'refuse'],
    });
    expect(world.ledger.done('put')).toEqual([0, 1, 2]);
    await process.steering.answer(item.id, { verdict: 'top_up', amount: 1 }, 'ada');
    await drained(process);
    expect(world.ledger.done('put')).toEqual([0, 1, 2, 3]);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'all' });
  });

  test('the agent hears of a refused top-up and goes on without the call', async () => {
    await using world = await createWorld({ sandbox });
    const body = `try { await agent.tool('put', { what: 'x' }) } catch (e) { return e.code }`;
    const process = await world.started('p', {
      ...script(`await agent.tool('look', {}); ${body}`),
      budget: { maxToolCallsPerRun: 1 },
    });
    await wake(process);
    await process.steering.answer((await openItem(process)).id, 'refuse', 'ada');
    await drained(process);
    expect((await settled(world, process))[0]?.output).toBe('POLICY_REFUSED');
    expect(process.snapshot.day.spent.toolCalls).toBe(1);
  });

  test.each([
    ['pause', 'suspended'],
    ['escalate', 'suspended'],
    ['stop', 'stopped'],
  ] as const)(
    '%s makes the process %s with the reason, and the run goes on once there is more',
    async (onExceeded, state) => {
      await using world = await createWorld({ sandbox });
      const process = await world.started('p', puts(3, { budget: { maxToolCallsPerRun: 2, onExceeded } }));
      await wake(process);
      await world.until(() => process.state === state);
      expect(process.snapshot.stateReason).toContain('2 tool calls');
      expect(world.ledger.done('put')).toEqual([0, 1]);
      const [run] = process.snapshot.runs.keys();
      await process.steering.topUp('maxToolCallsPerRun', 1, run, 'ada');
      if (state === 'stopped') await process.start();
      else await process.resume();
      await drained(process);
      expect(world.ledger.done('put')).toEqual([0, 1, 2]);
    },
  );

  test('model turns are held before the model is asked, not after', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(() => calls('look', {}));
    const process = await world.started('p', await world.thinking({ budget: { maxLlmTurnsPerRun: 2 } }));
    await wake(process);
    await openItem(process);
    expect(model.chatCount).toBe(2);
  });

  test('calls made at the same time are counted one by one', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply([callsEach([1, 2, 3, 4, 5].map((what) => ['put', { what }])), says('done')]);
    const process = await world.started('p', await world.thinking({ budget: { maxToolCallsPerRun: 3 } }));
    await wake(process);
    await openItem(process);
    await world.until(() => world.ledger.effects.length === 3);
    expect(process.snapshot.day.spent.toolCalls).toBe(3);
  });

  test('calls that touch only our own state count as well, also before they are noted', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', {
      ...script(`await Promise.all([1, 2, 3].map((n) => agent.tool('set_context', { key: 'k' + n, value: n })))`),
      budget: { maxToolCallsPerRun: 2 },
    });
    await wake(process);
    expect((await openItem(process)).about).toMatchObject({ used: 2 });
  });

  test('irreversible actions and cost units go by what tools are said to cost', async () => {
    await using world = await createWorld({ sandbox });
    const toolCosts = { put: { costWeight: 4 }, pay: { irreversible: true } };
    const process = await world.started('p', puts(3, { budget: { maxCostPerRun: 10, toolCosts } }));
    await wake(process);
    expect((await openItem(process)).about).toMatchObject({ limit: 'maxCostPerRun', used: 8 });
    const paying = await world.started('q', {
      ...script(`await agent.tool('pay', { what: 1 })`),
      budget: { maxIrreversiblePerRun: 0, toolCosts },
    });
    await wake(paying);
    expect((await openItem(paying)).about).toMatchObject({ limit: 'maxIrreversiblePerRun' });
    expect(world.ledger.done('pay')).toEqual([]);
  });

  test('working time is held', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand' });
    const gate = world.ledger.hold('put');
    const process = await world.started('p', puts(2, { budget: { maxMinutesPerRun: 1 } }));
    await wake(process);
    await gate.arrived;
    await world.clock.advance(59_000);
    world.clock.jump(0);
    gate.open();
    await world.until(() => world.ledger.done('put').length === 2 || process.snapshot.items.size > 0);
    expect(world.ledger.done('put')).toHaveLength(2);
  });
});

describe('money and tokens', () => {
  const priced = async (
    world: Awaited<ReturnType<typeof createWorld>>,
    more: ProcessConfigInput,
  ): Promise<ProcessConfigInput> => {
    const { url } = await world.model();
    return {
      model: { id: 'openai-compatible:test', baseUrl: url, inputPrice: 1, outputPrice: 10, maxOutputTokens: 1_000 },
      instructions: 'Go.',
      ...more,
    };
  };

  test('a call is reserved at the most it can cost, and settled at what it did cost', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(
      says('short', { usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }, delayMs: 30 }),
    );
    const process = await world.started('p', await priced(world, { budget: { maxUsdPerRun: 1 } }));
    await wake(process);
    await world.until(() => model.chatCount === 1);
    const reserved = process.snapshot.day.spent;
    expect(reserved.usd).toBeGreaterThan(0.01);
    expect(reserved.tokens).toBeGreaterThan(1_000);
    await drained(process);
    expect(process.snapshot.day.spent.usd).toBeCloseTo(0.0002, 9);
    expect(process.snapshot.day.spent.tokens).toBe(110);
  });

  test('fifty runs at the same time never pass a cap they share', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(
      says('ok', { usage: { prompt_tokens: 100, completion_tokens: 1_000, total_tokens: 1_100 }, delayMs: 5 }),
    );
    const process = await world.started('p', await priced(world, { concurrency: 50, budget: { maxUsdPerDay: 0.1 } }));
    for (let n = 0; n < 50; n++) await wake(process, { n });
    let most = 0;
    await world.until(() => {
      most = Math.max(most, process.snapshot.day.spent.usd);
      return process.snapshot.items.size + process.snapshot.counts.done === 50;
    });
    expect(most).toBeLessThanOrEqual(0.1 + 1e-9);
    expect(model.chatCount).toBe(process.snapshot.counts.done);
    expect(process.snapshot.counts.done).toBeGreaterThan(5);
    expect(process.snapshot.day.spent.usd).toBeCloseTo(process.snapshot.counts.done * 0.0101, 6);
  });

  test('what two agents use together stays under the cap of the node', async () => {
    await using world = await createWorld({ sandbox });
    const governance = new Governance({
      env: {},
      keySource: passingKey(),
      secretStore: () => openSecretStore(':memory:'),
      hasSecrets: () => false,
      clock: { now: Date.now, elapsed: () => performance.now(), after: () => () => {} },
      nodeBudget: BudgetConfig.parse({ maxToolCallsPerDay: 5 }),
    });
    const others = { buildGuards: governance.guards.bind(governance) };
    const both = [world.process('a', puts(4), others), world.process('b', puts(4), others)];
    await Promise.all(both.map((process) => process.start()));
    await Promise.all(both.map((process) => wake(process)));
    await world.until(
      () => both.reduce((sum, { snapshot }) => sum + snapshot.items.size + snapshot.counts.done, 0) === 2,
    );
    expect(world.ledger.effects).toHaveLength(5);
  });

  test('without a price no limit in money can be kept, so the model is not asked', async () => {
    await using world = await createWorld({ env: { OPENAI_API_KEY: 'not-a-key' } });
    const model = await world.model();
    const process = await world.started('p', {
      model: 'openai:a-model-nobody-knows',
      instructions: 'Go.',
      budget: { maxUsdPerRun: 1 },
    });
    await wake(process);
    await drained(process);
    expect((await settled(world, process))[0]?.error).toMatchObject({ code: 'POLICY_REFUSED' });
    expect(model.chatCount).toBe(0);
  });

  test('an answer is made no longer than what is left pays for', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(says('ok'));
    const { url } = model;
    const process = await world.started('p', {
      model: { id: 'openai-compatible:test', baseUrl: url },
      instructions: 'Go.',
      budget: { maxTokensPerRun: 3_000 },
    });
    await wake(process);
    await drained(process);
    const body = model.chats[0]?.body ?? {};
    const asked = Number(body['max_tokens'] ?? body['max_completion_tokens']);
    expect(asked).toBeGreaterThanOrEqual(1_024);
    expect(asked).toBeLessThan(3_000);
  });
});

describe('runs that overlap', () => {
  test('are counted each for itself', async () => {
    await using world = await createWorld({ sandbox });
    const process = await world.started('p', puts(4, { concurrency: 2, budget: { maxToolCallsPerRun: 5 } }));
    await Promise.all([wake(process, 1), wake(process, 2)]);
    await drained(process);
    expect(process.snapshot.counts.done).toBe(2);
    expect(process.snapshot.day.spent.toolCalls).toBe(8);
  });
});

describe('runs per day', () => {
  test('events over the cap wait for the next day with the reason, and none vanishes', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand' });
    const process = await world.started('p', {
      ...script(`await agent.tool('put', { what: event.payload })`),
      budget: { maxRunsPerDay: 1, dailyResetHour: 6 },
    });
    for (const n of [1, 2, 3]) await wake(process, n);
    await world.until(() => world.ledger.done('put').length === 1 && process.snapshot.runs.size === 0);
    await world.until(() =>
      [...process.snapshot.queue.values()].every(({ notBefore }) => notBefore === Date.parse('2026-01-05T06:00:00Z')),
    );
    expect((await bodiesOf(world, process, 'event.delayed'))[0]).toMatchObject({
      reason: expect.stringContaining('1 runs'),
    });
    await world.clock.advanceTo('2026-01-05T06:00:01Z');
    await world.until(() => world.ledger.done('put').length === 2);
    await world.clock.advanceTo('2026-01-06T00:00:01Z');
    expect(world.ledger.done('put')).toEqual([1, 2]);
    await process.steering.topUp('maxRunsPerDay', 1, undefined, 'ada');
    await world.until(() => world.ledger.done('put').length === 3);
    await world.until(() => process.snapshot.queue.size === 0);
  });

  test('the counters of a day are back after a kill', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    await wake(await world.started('p', puts(2, { budget: { maxRunsPerDay: 5, maxToolCallsPerDay: 3 } })));
    await drained(world.alive('p'));
    await world.restart('killed');
    const process = await world.takenUp('p');
    expect(process.snapshot.day.spent).toMatchObject({ runs: 1, toolCalls: 2 });
    await wake(process);
    expect((await openItem(process)).about).toMatchObject({ limit: 'maxToolCallsPerDay', used: 3 });
  });
});

test('G11: a kill during a call counts it, once or twice but never not', async () => {
  await using world = await createWorld({ sandbox, journal: 'sqlite' });
  const gate = world.ledger.hold('put', 'before');
  await wake(await world.started('p', puts(1, { budget: { maxToolCallsPerDay: 9 } })));
  await gate.arrived;
  await world.journal.read('p');
  await world.until(async () => (await world.journal.read('p', { kinds: ['step.intended'] })).length === 1);
  await world.restart('killed');
  const process = await world.takenUp('p');
  await drained(process);
  expect(process.snapshot.day.spent.toolCalls).toBeGreaterThanOrEqual(1);
  expect(process.snapshot.day.spent.toolCalls).toBeLessThanOrEqual(2);
});

test('at four fifths a warning is given, once, and the agent knows what is left', async () => {
  await using world = await createWorld();
  const model = await world.model();
  model.reply([
    calls('look', { what: 1 }),
    calls('look', { what: 2 }),
    calls('look', { what: 3 }),
    calls('look', { what: 4 }),
    says('done'),
  ]);
  const process = await world.started('p', await world.thinking({ budget: { maxToolCallsPerRun: 5 } }));
  await wake(process);
  await drained(process);
  expect(await bodiesOf(world, process, 'governance.noted')).toMatchObject([
    { guard: 'budget', what: 'warning', about: 'maxToolCallsPerRun' },
  ]);
  expect(JSON.stringify(model.chats[0]?.body?.['messages'])).toContain('5 of 5 tool calls in this run');
});
