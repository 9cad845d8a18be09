import { z } from 'zod';

/**
 * What the runtime tells its watchers (windows, CLI, peers). A notice says what has changed, not how it looks now: who
 * cares reads it. `seq` counts from 1 since the node started; `boot` tells two starts apart. A watcher that asks for
 * more than is kept, or from another boot, gets `notices.gap` first and reads afresh.
 */
export const RuntimeNotice = z.object({
  seq: z.int(),
  boot: z.string(),
  at: z.number(),
  kind: z.enum([
    'process.changed',
    'process.deleted',
    'event.changed',
    'run.changed',
    'step.changed',
    'step.text',
    'context.changed',
    'inbox.changed',
    'bus.published',
    'message.changed',
    'governance.noted',
    'node.changed',
    'notification',
    'cluster.changed',
    'notices.gap',
  ]),
  process: z.string().optional(),
  event: z.string().optional(),
  run: z.string().optional(),
  step: z.int().optional(),
  item: z.string().optional(),
  state: z.string().optional(),
  text: z.string().optional(),
});
export type RuntimeNotice = z.infer<typeof RuntimeNotice>;
