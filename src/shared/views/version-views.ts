import { z } from 'zod';

/** One place in which two versions differ, in the words of a manifest: `triggers[nightly].cron_expression`. */
export const VersionChange = z.object({
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  /** Null where there was, or is, nothing. */
  before: z.json(),
  after: z.json(),
});
export type VersionChange = z.infer<typeof VersionChange>;

/** One version of what a process is. */
export const VersionView = z.object({
  /** Its number as text, for the operations that name one version. */
  id: z.string(),
  version: z.int(),
  at: z.number().meta({ unit: 'epoch ms' }),
  /** Who made it, as the journal has it. */
  by: z.string(),
  /** A person (also by a file or a program), an agent in a run of its own, or the runtime. */
  author: z.enum(['person', 'agent', 'runtime']),
  run: z.string().nullable(),
  reason: z.string(),
  hash: z.string(),
  /** The one in force. */
  present: z.boolean(),
  /** What the user wrote last: where a rollback leads. */
  written: z.boolean(),
  /** Where it differs from the version before it; null where that is not kept. */
  changes: z.array(VersionChange.pick({ path: true, kind: true })).nullable(),
});
export type VersionView = z.infer<typeof VersionView>;

export const VersionDetail = VersionView.extend({
  /** As text, for a person. */
  manifest: z.string(),
  changes: z.array(VersionChange).nullable(),
});
export type VersionDetail = z.infer<typeof VersionDetail>;

export const VersionComparison = z.object({
  left: VersionDetail.omit({ changes: true }),
  right: VersionDetail.omit({ changes: true }),
  /** From left to right. */
  changes: z.array(VersionChange),
});
export type VersionComparison = z.infer<typeof VersionComparison>;
