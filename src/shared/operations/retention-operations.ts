import { z } from 'zod';
import { none, type Operation, operation } from './operation.ts';

/** How many days things are kept unless a person says otherwise. */
export const retentionDefaults = { runsDays: 30, eventsDays: 30, trashDays: 30 } as const;
export type RetentionKey = keyof typeof retentionDefaults;

const days = (least: number, description: string) =>
  z
    .int()
    .min(least)
    .max(36_500)
    .nullable()
    .optional()
    .meta({ description: `${description} Null: the default.`, unit: 'days' });

export const RetentionChanges = z.strictObject({
  runsDays: days(0, 'Runs, trigger events and what happened in them, of agents whose manifest does not say.'),
  eventsDays: days(1, 'What people published and sent, and when the node ran.'),
  trashDays: days(1, 'Deleted agents, which can be brought back until then.'),
});
export type RetentionChanges = z.infer<typeof RetentionChanges>;

export const RetentionView = z.object({
  runsDays: z.int(),
  eventsDays: z.int(),
  trashDays: z.int(),
  /** Agents whose manifest says how long their runs are kept (`journal.retention_days`). */
  own: z.array(z.object({ process: z.string(), days: z.number() })),
});
export type RetentionView = z.infer<typeof RetentionView>;

export const RetentionPreview = z.object({
  /** Journal entries that would go, by process. Nothing goes that something open still needs. */
  runs: z.array(z.object({ process: z.string(), entries: z.int() })),
  events: z.int(),
  /** Deleted agents that could not be brought back any more. */
  trash: z.array(z.string()),
});
export type RetentionPreview = z.infer<typeof RetentionPreview>;

/** Operations on how long things are kept. */
export const retentionOperations = {
  getRetention: operation(
    'GET /node/retention',
    'read',
    'How long this node keeps what happened.',
    none,
    RetentionView,
  ),
  previewRetention: operation(
    'POST /node/retention/preview',
    'read',
    'What would be deleted at the next look if things were kept for so long. Deletes nothing.',
    RetentionChanges,
    RetentionPreview,
  ),
  setRetention: operation(
    'PATCH /node/retention',
    'admin',
    'Sets how long things are kept. What is older goes within the hour, and cannot be brought back.',
    RetentionChanges,
    RetentionView,
  ),
} satisfies Record<string, Operation>;
