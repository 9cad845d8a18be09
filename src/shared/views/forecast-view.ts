import { z } from 'zod';

const time = z.number().meta({ unit: 'epoch ms' });

/** What schedules will bring, if runs go on as the newest did. */
export const ForecastView = z.object({
  from: time,
  to: time,
  items: z.array(
    z.object({
      process: z.string(),
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
});
export type ForecastView = z.infer<typeof ForecastView>;
