import { z } from 'zod';

const actor = z.string().max(200);

/** What a person is told and nobody waits for: failed work, planned times that were missed, results, a wrong clock, damage. */
export const ReportKind = z.enum(['failure', 'missed', 'finished', 'clock', 'halted']);
export type ReportKind = z.infer<typeof ReportKind>;

/** Entries of what people do beside the work of an agent: only locks change what it may do. */
export const peopleEntries = {
  /** What a person wrote about a run, in place of what stood there; empty: nothing any more. */
  'run.noted': z.object({ run: z.string(), note: z.string().max(4_000), by: actor }),
  /** An inbox item is out of the way until then; null: it is back. It is open all the while. */
  'item.snoozed': z.object({ item: z.string(), until: z.number().nullable(), by: actor }),
  /** A person has dealt with what they were told; `about` says which of its kind, as in the inbox. */
  'report.answered': z.object({ item: z.string(), kind: ReportKind, about: z.string(), answer: z.json(), by: actor }),
  /** A deleted process is back on the list, at rest. */
  'process.restored': z.object({ by: actor }),
  /** What a deleted process was is given up for good. */
  'process.purged': z.object({ by: actor }),
  /** From now on the agent may read this key of its context, and not write it, whether or not it holds something. */
  'context.locked': z.object({ key: z.string(), reason: z.string().max(500).optional(), by: actor }),
  'context.unlocked': z.object({ key: z.string(), by: actor }),
};
