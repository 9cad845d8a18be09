import { z } from 'zod';
import { RunBrief, StepView } from './views/views.ts';

/** Two runs side by side. */
export const RunComparison = z.object({
  left: RunBrief,
  right: RunBrief,
  sameOutput: z.boolean(),
  /** The first step in which they differ; null where they do not. */
  differsAt: z.int().nullable(),
  steps: z.array(
    z.object({
      step: z.int(),
      left: StepView.nullable(),
      right: StepView.nullable(),
      same: z.boolean(),
    }),
  ),
});
export type RunComparison = z.infer<typeof RunComparison>;
