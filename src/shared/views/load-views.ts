import { z } from 'zod';

/** Of one processor: 100 is one of them busy all the time; null: it cannot be told on this system, or not yet. */
const cpuPercent = z.number().nullable().meta({ unit: '%' });

/** What the programs of a node use of its computer right now. */
export const LoadView = z.object({
  at: z.number().meta({ unit: 'epoch ms' }),
  /** Processors of the computer. */
  cpus: z.int(),
  /** The node itself, with helpers that belong to no agent. */
  node: z.object({ cpuPercent, memoryBytes: z.number() }),
  /** What was started for agents, each with all that it started in turn. */
  programs: z.array(
    z.object({
      kind: z.enum(['server', 'browser', 'sandbox']),
      name: z.string(),
      pid: z.int().nullable(),
      /** Agents that use it; several share it, and each is shown all of it. */
      processes: z.array(z.string()),
      cpuPercent,
      memoryBytes: z.number().nullable(),
    }),
  ),
});
export type LoadView = z.infer<typeof LoadView>;
