import { z } from 'zod';
import { ErasureReceipt } from '../erasure-receipt.ts';
import { ProcessState } from '../lifecycle.ts';
import { SelfChange } from '../self-change.ts';
import { brokerEntries } from './broker-entries.ts';
import { Charge, governanceEntries } from './governance-entries.ts';
import { nodeEntries } from './node-entries.ts';
import { peopleEntries, ReportKind } from './people-entries.ts';

/** Who did something: a person through a door, an agent in a run, or the runtime itself. */
export const Actor = z
  .string()
  .max(200)
  .meta({ examples: ['user', 'api:token', 'run:run_01…', 'runtime'] });

/** One version of what a process is. `text` is what a person wrote, comments and all; `manifest` is what it means. */
export const Definition = z.object({
  hash: z.string(),
  manifest: z.record(z.string(), z.json()),
  text: z.string().nullable(),
});
export type Definition = z.infer<typeof Definition>;

export const LetterType = z.enum(['directive', 'context', 'question', 'correction']);
export const LetterPriority = z.enum(['critical', 'high', 'normal', 'low']);

export const ErrorNote = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.json()).optional(),
});
export type ErrorNote = z.infer<typeof ErrorNote>;

export const TriggerKind = z.enum(['cron', 'webhook', 'file_watch', 'event', 'message', 'manual']);
export type TriggerKind = z.infer<typeof TriggerKind>;

export const Usage = z.object({
  modelCalls: z.int(),
  toolCalls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number(),
});
export type Usage = z.infer<typeof Usage>;

export const ConversationMessage = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  at: z.number(),
  run: z.string(),
});
export type ConversationMessage = z.infer<typeof ConversationMessage>;

/** What a step changes in long-term memory, wherever that is kept. Delivered once the run has settled. */
const memoryEffects = [
  z.object({
    type: z.literal('memory.store'),
    id: z.string(),
    content: z.string(),
    tags: z.array(z.string()),
    /** `agent`, `auto_store`, or who stored it. */
    source: z.string(),
    step: z.int().nullable(),
    taint: z.array(z.string()),
  }),
  z.object({ type: z.literal('memory.forget'), id: z.string() }),
  z.object({ type: z.literal('memory.purge') }),
] as const;
export const MemoryEffect = z.discriminatedUnion('type', memoryEffects);
export type MemoryEffect = z.infer<typeof MemoryEffect>;

/** What a step changes in our own state. It becomes visible to others when its run settles, all at once. */
export const Effect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('context.set'), key: z.string(), value: z.json() }),
  z.object({ type: z.literal('context.delete'), key: z.string() }),
  z.object({ type: z.literal('emit'), eventType: z.string(), data: z.json() }),
  z.object({
    type: z.literal('send'),
    topic: z.string(),
    content: z.json(),
    to: z.string().optional(),
    replyTo: z.string().optional(),
    correlation: z.string().optional(),
  }),
  /** What the person gets who woke the run with a question, in place of its output. */
  z.object({ type: z.literal('answer'), answer: z.json() }),
  /** What a person is to read of the run when it has ended well; the last one counts. */
  z.object({ type: z.literal('result'), text: z.string() }),
  /** The agent changes itself. */
  z.object({ type: z.literal('definition.change'), change: SelfChange }),
  /** It brings another agent into the world; `key` is the same for every try of the call. */
  z.object({
    type: z.literal('spawn'),
    name: z.string(),
    manifest: z.record(z.string(), z.json()),
    key: z.string(),
  }),
  z.object({ type: z.literal('say'), role: z.enum(['user', 'assistant']), content: z.string() }),
  ...memoryEffects,
]);
export type Effect = z.infer<typeof Effect>;

/** `check`: a look at whether a call in doubt took place, which no agent asked for. */
export const StepKind = z.enum(['model', 'tool', 'context', 'memory', 'emit', 'send', 'ask', 'wait', 'log', 'check']);
export type StepKind = z.infer<typeof StepKind>;

/** What a person is asked: somebody waits for the answer. */
export const AskKind = z.enum(['question', 'in_doubt', 'approval', 'top_up', 'reverted', 'sign_in']);

/** Something that waits for a person. */
export const InboxItem = z.object({
  id: z.string(),
  kind: z.enum([...AskKind.options, ...ReportKind.options]),
  title: z.string(),
  question: z.string(),
  /** What it is about, as data: the call with its exact arguments, for example. */
  about: z.record(z.string(), z.json()),
  /** The answers that are accepted; none listed: free text. */
  choices: z.array(z.string()),
  expiresAt: z.number().nullable(),
  /** What is taken for the answer when the time is over. */
  fallback: z.json(),
});
export type InboxItem = z.infer<typeof InboxItem>;

const run = z.string();
const event = z.string();

/**
 * Every kind of entry, with its body. An entry says what happened, never what to do; `journal/fold.ts` says what it
 * changes. Bodies are plain JSON.
 */
export const entryBodies = {
  'process.created': z.object({
    definition: Definition,
    by: Actor,
    /** The agent that brought it into the world; `key` is that of the call. */
    parent: z.object({ process: z.string(), run, key: z.string() }).optional(),
  }),
  'definition.changed': z.object({ definition: Definition, by: Actor, reason: z.string() }),
  'process.deleted': z.object({ by: Actor }),
  'state.changed': z.object({
    from: ProcessState,
    to: ProcessState,
    reason: z.string(),
    by: Actor,
    error: ErrorNote.optional(),
  }),
  /** A program took the process up again. The one before it let it go in order, was killed, or crashed by itself. */
  'process.recovered': z.object({ openRuns: z.int(), waiting: z.int(), after: z.enum(['restart', 'killed', 'crash']) }),
  /** The program that ran the process let it go in order; its state is unchanged. */
  'process.released': z.object({}),
  /** The journal could not be written for a time, and can be again. `salvaged`: results of calls kept only now. */
  'journal.resumed': z.object({ code: z.string(), reason: z.string(), since: z.number(), salvaged: z.int() }),

  'event.accepted': z.object({
    id: event,
    trigger: z.string(),
    kind: TriggerKind,
    dedupeKey: z.string(),
    payload: z.json(),
    metadata: z.record(z.string(), z.json()),
    /** Where untrusted parts of it come from; empty: a person or the runtime itself. */
    taint: z.array(z.string()),
    priority: z.int(),
    notBefore: z.number().nullable(),
    expiresAt: z.number().nullable(),
    /** Events of one lane are worked on one after another, however many runs the process may have at a time. */
    lane: z.string().optional(),
    /** It is to happen once, at this time (epoch ms), which a person set. */
    setFor: z.number().optional(),
    redelivers: z.string().optional(),
  }),
  'event.ended': z.object({
    id: event,
    outcome: z.enum(['dead', 'cancelled', 'superseded', 'expired']),
    reason: z.string(),
    by: Actor,
    error: ErrorNote.optional(),
  }),
  /** `by`: a person moved an event that is to happen once to another time; left out: something keeps it waiting. */
  'event.delayed': z.object({ id: event, until: z.number(), reason: z.string(), by: Actor.optional() }),
  'occurrence.noted': z.object({
    trigger: z.string(),
    /** The newest instant this note covers, and how many of them it stands for. */
    instant: z.number(),
    first: z.number(),
    count: z.int(),
    outcome: z.enum(['coalesced', 'skipped', 'missed']),
    reason: z.string(),
  }),
  /** Sets each fact, or forgets it where it is null. */
  'trigger.remembered': z.object({ trigger: z.string(), facts: z.record(z.string(), z.json()) }),

  'run.started': z.object({
    id: run,
    event,
    definition: z.string(),
    attempt: z.int(),
    taint: z.array(z.string()),
    letters: z.array(z.string()).optional(),
  }),
  /** A run that goes the way of an earlier one up to a step, and then its own. Its earlier steps cost nothing. */
  'run.forked': z.object({
    id: run,
    event,
    /** What it goes by, for itself alone where it was edited. */
    definition: Definition,
    from: z.object({ run, step: z.int() }),
    /** What makes up its random numbers. */
    seed: z.string(),
    /** The event as the agent saw it in the first run. */
    origin: z.object({ id: event, kind: TriggerKind, at: z.number() }),
    startedAt: z.number(),
    taint: z.array(z.string()),
    /** The steps it need not make, as the fold keeps steps. */
    steps: z.array(z.record(z.string(), z.json())),
    base: z.array(z.tuple([z.string(), z.object({ value: z.json() }).nullable()])),
    opening: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).nullable(),
  }),
  'run.resumed': z.object({ id: run, reason: z.enum(['crash', 'killed', 'restart', 'timer', 'retry']) }),
  'step.intended': z.object({
    run,
    step: z.int(),
    kind: StepKind,
    name: z.string(),
    args: z.json(),
    argsHash: z.string(),
    callKey: z.string(),
    repeatable: z.boolean(),
    attempt: z.int(),
    charge: Charge.optional(),
    /** The arguments are not those the agent gave: a person changed them. */
    edited: z.boolean().optional(),
  }),
  /**
   * The other side does the call as a task of its own, under this name: it can be asked for again, and is not in doubt.
   * `session`: where it may be known to one session only, that one.
   */
  'step.attached': z.object({ run, step: z.int(), task: z.string(), session: z.string().optional() }),
  'step.ended': z.object({
    run,
    step: z.int(),
    kind: StepKind,
    name: z.string(),
    argsHash: z.string(),
    /** Present where no intent was needed: the step touched nothing but our own state. */
    args: z.json().optional(),
    outcome: z.enum(['ok', 'error']),
    result: z.json(),
    error: ErrorNote.optional(),
    effects: z.array(Effect),
    usage: Usage.partial().optional(),
    /** Labels of untrusted origin that the result carries. */
    taint: z.array(z.string()).optional(),
    durationMs: z.number(),
    by: Actor.optional(),
    /** Of a step that had no intent. */
    charge: Charge.optional(),
    /** A guard did not let it happen. */
    refused: z.boolean().optional(),
    /** The task of the other side that did it. */
    task: z.string().optional(),
  }),
  'run.parked': z.object({
    run,
    step: z.int(),
    why: z.enum(['question', 'in_doubt', 'approval', 'top_up', 'timer']),
    until: z.number().nullable(),
    item: InboxItem.optional(),
  }),
  /** Something waits for a person that no run waits for. */
  'item.opened': z.object({ item: InboxItem }),
  'item.answered': z.object({ item: z.string(), run, step: z.int(), answer: z.json(), by: Actor }),
  'run.retrying': z.object({
    run,
    event,
    attempt: z.int(),
    until: z.number(),
    error: ErrorNote,
    voided: z.array(z.int()),
    /** Others changed context that it wrote: it goes on with what is there now (`processes/context-clash.ts`). */
    clash: z.enum(['rebased', 'told']).optional(),
  }),
  'run.settled': z.object({
    run,
    event,
    outcome: z.enum(['done', 'failed', 'cancelled']),
    output: z.json(),
    /** The gate of the trigger found nothing to do. */
    idle: z.literal(true).optional(),
    /** A person is to read what it came to: the text of its last `result`, or its output. */
    result: z.literal(true).optional(),
    error: ErrorNote.optional(),
    effects: z.array(Effect),
    /** Context keys that it wrote and a person locked before it ended: those writes are not among the effects. */
    withheld: z.array(z.string()).optional(),
    usage: Usage,
    /** Labels of untrusted origin that the run carried in the end. */
    taint: z.array(z.string()).optional(),
    steps: z.int(),
    startedAt: z.number(),
    /** How many of the newest messages the conversation keeps after this run. */
    keptMessages: z.int(),
    /** Stands for the messages before those. */
    summary: z.string().optional(),
    by: Actor.optional(),
  }),
  /** A person wrote to the process. */
  'letter.received': z.object({
    id: z.string(),
    type: LetterType,
    priority: LetterPriority,
    content: z.string(),
    sticky: z.boolean(),
    sender: Actor,
    expiresAt: z.number(),
  }),
  'letter.ended': z.object({ id: z.string(), outcome: z.enum(['expired', 'cleared']), by: Actor }),
  /** What stood in entry `seq`; with `from`, all that stood from there to it. */
  'outbox.delivered': z.object({ seq: z.int(), from: z.int().optional() }),
  /** A person changed what is remembered. */
  'memory.changed': z.object({ effects: z.array(MemoryEffect), by: Actor }),
  /** Memory has what entry `seq` changed in it. */
  'memory.delivered': z.object({ seq: z.int() }),
  /** What was forgotten has been taken out of the journal as well. */
  'memory.erased': z.object({ ids: z.array(z.string()), receipt: ErasureReceipt.optional() }),
  /** Another node has taken it out of all that it keeps. */
  'memory.reached': z.object({ receipt: z.string(), node: z.string() }),

  ...governanceEntries,
  ...peopleEntries,

  'context.set': z.object({ key: z.string(), value: z.json(), by: Actor }),
  'context.deleted': z.object({ key: z.string(), by: Actor }),
  'conversation.cleared': z.object({ by: Actor }),
  /** What was kept is again what it was after entry `to`. Null: that part was left as it is. */
  'journal.rewound': z.object({
    to: z.int(),
    context: z
      .array(z.object({ key: z.string(), value: z.json(), version: z.int(), at: z.number(), by: z.string() }))
      .nullable(),
    conversation: z.array(ConversationMessage).nullable(),
    by: Actor,
  }),
  checkpoint: z.object({ snapshot: z.record(z.string(), z.json()), hash: z.string() }),

  ...nodeEntries,

  ...brokerEntries,
} satisfies Record<string, z.ZodType>;

export type EntryKind = keyof typeof entryBodies;
export type EntryBody<K extends EntryKind> = z.infer<(typeof entryBodies)[K]>;

/** The stream of a node's own entries; no process can have this name. */
export const nodeStream = '@node';

/** The stream of the message broker of a node. */
export const brokerStream = '@broker';

/** Whether a stream is the node's own, and no process. */
export function isOwnStream(stream: string): boolean {
  return stream === nodeStream || stream === brokerStream;
}

/** One thing that happened, as the journal keeps it. `seq` counts from 1 within its process, without holes. */
export type JournalEntry<K extends EntryKind = EntryKind> = {
  [Kind in K]: {
    process: string;
    seq: number;
    /** Epoch milliseconds by the clock of the node. */
    at: number;
    kind: Kind;
    body: EntryBody<Kind>;
    /** Name of the atomic batch it was written in. */
    commit: string;
    /** Which ownership of the process wrote it; 0 outside a cluster. */
    epoch: number;
    /** Links the entry to all before it: SHA-256 over the previous hash, what it is and the hash of its body. */
    hash: string;
  };
}[K];

/** An entry before it has a number. `key` is unique within its process for ever: a second append with it is refused. */
export type NewEntry<K extends EntryKind = EntryKind> = {
  [Kind in K]: { kind: Kind; body: EntryBody<Kind>; key?: string };
}[K];
