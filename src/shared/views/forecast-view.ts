import { z } from 'zod';
import { nodeNames, nodeOfLine, silentNodes } from './gathered-view.ts';

const time = z.number().meta({ unit: 'epoch ms' });

/** What schedules will bring, if runs go on as the newest did. */
export const ForecastView = z.object({
  from: time,
  to: time,
  items: z.array(
    z.object({
      process: z.string(),
      node: nodeOfLine,
      firings: z.int(),
      /** Planned times that pause windows leave out. */
      paused: z.int(),
      /** How many runs the figures are the average of; 0: it has not run yet, so nothing is known. */
      basis: z.int(),
      tokens: z.number(),
      costUsd: z.number(),
      workedMs: z.number().meta({ unit: 'ms' }),
    }),
  ),
  silent: silentNodes,
  nodeNames,
});
export type ForecastView = z.infer<typeof ForecastView>;

/** What an agent of a template that asks a model usually costs, and how that is known. */
export const AgentEstimate = z.object({
  name: z.string(),
  /** `runs`: the newest runs of its name on this node; `stated`: what the template says; `unknown`: neither is there. */
  basis: z.enum(['runs', 'stated', 'unknown']),
  /** How many runs the figures are the average of. */
  runs: z.int(),
  /** By its schedule and what else woke it; null: nobody knows before something has. */
  runsPerDay: z.number().nullable(),
  tokensPerRun: z.number().nullable(),
  /** Null: the price of its model is not known either. */
  usdPerRun: z.number().nullable(),
});
export type AgentEstimate = z.infer<typeof AgentEstimate>;
