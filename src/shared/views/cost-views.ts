import { z } from 'zod';
import { TriggerKind } from '../entries/journal-entries.ts';
import { nodeNames, nodeOfLine, silentNodes } from './gathered-view.ts';
import { LimitView } from './governance-views.ts';

/** What the operation on costs answers with. Times are epoch milliseconds. */

/** Of the runs that began in a stretch of time. A run counts what it used when it ends. */
export const CostSum = z.object({
  runs: z.int(),
  modelCalls: z.int(),
  toolCalls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number(),
  /** Of models for which no price is known: their money is counted as nothing. */
  unpricedTokens: z.int(),
  /** From their start to their end, waits included. */
  lastedMs: z.number().meta({ unit: 'ms' }),
});
export type CostSum = z.infer<typeof CostSum>;

/** Of no run at all. */
export const noCost: CostSum = {
  runs: 0,
  modelCalls: 0,
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  unpricedTokens: 0,
  lastedMs: 0,
};

export const CostsView = z.object({
  from: z.number().meta({ unit: 'epoch ms' }),
  to: z.number().meta({ unit: 'epoch ms' }),
  zone: z.string(),
  total: CostSum,
  /** Runs that still go on; what they use is not in the sums yet. */
  open: z.int(),
  /** Every day of the stretch, oldest first, also those on which nothing ran. */
  days: z.array(CostSum.extend({ from: z.number().meta({ unit: 'epoch ms' }) })),
  /** The dearest first. */
  processes: z.array(CostSum.extend({ process: z.string(), node: nodeOfLine })),
  models: z.array(
    CostSum.extend({
      /** Null: the steps that would tell were not kept. */
      model: z.string().nullable(),
      /** `unpriced`: nobody told what it costs, so its money is counted as nothing. */
      pricing: z.enum(['priced', 'free', 'unpriced']),
    }),
  ),
  triggers: z.array(CostSum.extend({ kind: TriggerKind.nullable() })),
  /** Limits that are in force today, used and left. Each node keeps to its own. */
  budgets: z.array(z.object({ process: z.string(), limits: z.array(LimitView), node: nodeOfLine })),
  node: z.array(LimitView.extend({ node: nodeOfLine })),
  /** With `nodes=all`: what each node used. */
  nodes: z.array(CostSum.extend({ node: z.string() })).optional(),
  silent: silentNodes,
  nodeNames,
});
export type CostsView = z.infer<typeof CostsView>;
