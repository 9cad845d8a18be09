import { z } from 'zod';

const time = z.number().meta({ unit: 'epoch ms' });

/** A key that the agent may read and not write, whether or not it holds something. */
export const ContextLockView = z.object({
  key: z.string(),
  by: z.string(),
  at: time,
  reason: z.string().nullable(),
});
export type ContextLockView = z.infer<typeof ContextLockView>;

/** One entry of the journal that changed context; no keys: all of it, by a rewind. */
export const ContextMoment = z.object({
  process: z.string(),
  seq: z.int(),
  at: time,
  by: z.string(),
  keys: z.array(z.string()),
});
export type ContextMoment = z.infer<typeof ContextMoment>;

/** What an agent kept at a moment, beside what it keeps now. */
export const ContextPast = z.object({
  process: z.string(),
  /** The newest entry of its journal at that moment; 0: it was not there yet. */
  seq: z.int(),
  /** False where its journal does not go back that far: then nothing is said of that moment. */
  known: z.boolean(),
  keys: z.array(
    z.object({
      key: z.string(),
      was: z.json(),
      now: z.json(),
      /** Of what is there now; 0: nothing is. */
      version: z.int(),
      change: z.enum(['same', 'changed', 'gone', 'later']),
      /** When and by whom it was written then; null where it was not there. */
      at: time.nullable(),
      by: z.string().nullable(),
    }),
  ),
});
export type ContextPast = z.infer<typeof ContextPast>;
