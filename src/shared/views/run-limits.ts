import { z } from 'zod';

/** How far a run that is being worked on has come, and how far it may go. */
export const RunLimits = z.object({
  run: z.string(),
  /** Since when it works without a wait; its time counts from there. */
  since: z.number().meta({ unit: 'epoch ms' }),
  /** How long it may work from there; null: for ever. */
  mostMs: z.number().nullable().meta({ unit: 'ms' }),
  /** How often a model was asked, and may be; null: it has none. */
  turns: z.int(),
  mostTurns: z.int().nullable(),
  steps: z.int(),
  mostSteps: z.int(),
});
export type RunLimits = z.infer<typeof RunLimits>;
