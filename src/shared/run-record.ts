import { z } from 'zod';
import { Definition, Effect, ErrorNote, StepKind, TriggerKind } from './entries/journal-entries.ts';

const Message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** A step with what came of it, as a run that is made again is given it. */
export const RecordedStep = z.object({
  step: z.int(),
  kind: StepKind,
  name: z.string(),
  argsHash: z.string(),
  state: z.enum(['intended', 'ok', 'error']),
  result: z.json(),
  error: ErrorNote.nullable(),
  effects: z.array(Effect),
  taint: z.array(z.string()),
  at: z.number(),
  /** Results are handed out in this order, the order in which they once came; 0: there is none. */
  order: z.int(),
});
export type RecordedStep = z.infer<typeof RecordedStep>;

/**
 * Everything it takes to make a run again without a model, a tool or a network: what woke it, what it went by, what it
 * was answered, and what came of it. Files of this end in `.run.json`.
 */
export const RunRecord = z.object({
  format: z.literal(1),
  process: z.string(),
  definition: Definition,
  run: z.string(),
  event: z.object({
    id: z.string(),
    trigger: z.string(),
    kind: TriggerKind,
    at: z.number(),
    payload: z.json(),
    metadata: z.record(z.string(), z.json()),
    taint: z.array(z.string()),
  }),
  startedAt: z.number(),
  context: z.array(z.tuple([z.string(), z.json()])),
  opening: z.array(Message).nullable(),
  steps: z.array(RecordedStep),
  expected: z.object({
    outcome: z.enum(['done', 'failed', 'cancelled']),
    output: z.json(),
    error: ErrorNote.nullable(),
    effects: z.array(Effect),
    /** Context keys whose writes were not kept, because a person had locked them. */
    withheld: z.array(z.string()).optional(),
    steps: z.int(),
  }),
});
export type RunRecord = z.infer<typeof RunRecord>;

const Ending = z.object({ outcome: z.string(), output: z.json(), error: z.string().nullable(), hash: z.string() });

/** How a run that was made again compares with the one that was recorded. */
export const ReplayReport = z.object({
  same: z.boolean(),
  /** How many steps were asked for, and how many had been recorded. */
  steps: z.int(),
  recordedSteps: z.int(),
  /** The first thing that went another way, in a sentence. */
  divergence: z.string().nullable(),
  /** `hash` covers the outcome, the output, what was published, and the context afterwards. */
  recorded: Ending,
  replayed: Ending,
});
export type ReplayReport = z.infer<typeof ReplayReport>;
