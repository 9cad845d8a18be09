import { expect, test } from 'vitest';
import { rules } from '../../../src/main/governance/budget/budget-limits.ts';
import type { Spent } from '../../../src/main/journal/fold/spent.ts';
import type { BudgetLimit } from '../../../src/shared/config/governance-config.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import { wake } from '../../world/make.ts';
import { calls } from '../../world/model-replies.ts';
import { until } from '../../world/until.ts';
import { createWorld } from '../../world/world.ts';

/** What each limit is set to, and how much of its measure may have been used when the next call is refused. */
const caps: Record<BudgetLimit, { cap: number; used: number }> = {
  maxToolCallsPerRun: { cap: 3, used: 3 },
  maxToolCallsPerDay: { cap: 3, used: 3 },
  maxLlmTurnsPerRun: { cap: 2, used: 2 },
  maxLlmTurnsPerDay: { cap: 2, used: 2 },
  maxTokensPerRun: { cap: 4_000, used: 4_000 },
  maxTokensPerDay: { cap: 4_000, used: 4_000 },
  maxUsdPerRun: { cap: 0.02, used: 0.02 },
  maxUsdPerDay: { cap: 0.02, used: 0.02 },
  maxCostPerRun: { cap: 9, used: 8 },
  maxCostPerDay: { cap: 9, used: 8 },
  maxIrreversiblePerRun: { cap: 1, used: 1 },
  maxIrreversiblePerDay: { cap: 1, used: 1 },
  maxMinutesPerRun: { cap: 1, used: 61_000 },
  maxMinutesPerDay: { cap: 1, used: 61_000 },
  maxRunsPerDay: { cap: 1, used: 1 },
};

test.each(rules.map(({ limit, measure, per }) => [limit, measure, per] as const))(
  '%s holds against a model that always asks for more: the call is not made',
  async (limit, measure, per) => {
    const { cap, used } = caps[limit];
    const isTime = measure === 'activeMs';
    await using world = await createWorld(isTime ? { clock: 'hand' } : {});
    const model = await world.model();
    const usage = { prompt_tokens: 100, completion_tokens: 900, total_tokens: 1_000 };
    model.reply((request) => calls(measure === 'irreversible' ? 'pay' : 'put', { what: request.n }, { usage }));
    const settings: ProcessConfigInput = {
      model: {
        id: 'openai-compatible:test',
        baseUrl: model.url,
        inputPrice: 1,
        outputPrice: 10,
        maxOutputTokens: 1_000,
      },
      instructions: 'Go on for ever.',
      budget: { [limit]: cap, toolCosts: { put: { costWeight: 4 }, pay: { irreversible: true } } },
      health: { enabled: false },
      approvals: { enabled: false },
      toolTimeout: 600,
      maxInvocationTime: 0,
      ...(measure === 'runs' ? { maxTurns: 1, triggerDelivery: { maxRetries: 0 } } : {}),
    };
    const gate = isTime ? world.ledger.hold('put') : undefined;
    const process = await world.started('p', settings);
    await wake(process);
    if (measure === 'runs') {
      await until(() => process.snapshot.counts.dead === 1);
      await wake(process);
      await until(() => [...process.snapshot.queue.values()][0]?.notBefore != null);
      expect(model.chatCount).toBe(1);
      expect(process.snapshot.day.spent.runs).toBe(1);
      return;
    }
    if (gate) {
      await gate.arrived;
      await world.clock.advance(61_000);
      gate.open();
    }
    const { item } = await until(() => [...process.snapshot.items.values()][0]);
    expect(item).toMatchObject({ kind: 'top_up', about: { limit, scope: per, cap } });
    const made = { calls: world.ledger.calls.length, chats: model.chatCount };
    const spent = per === 'run' ? [...process.snapshot.runs.values()][0]?.spent : process.snapshot.day.spent;
    expect((spent as Spent)[measure]).toBeGreaterThan(0);
    expect((spent as Spent)[measure]).toBeLessThanOrEqual(used + 1_000 * Number(isTime));
    await process.stop();
    expect({ calls: world.ledger.calls.length, chats: model.chatCount }).toEqual(made);
  },
);
