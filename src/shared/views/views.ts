import { z } from 'zod';
import { Definition, ErrorNote, InboxItem, TriggerKind, Usage } from '../entries/journal-entries.ts';
import { ProcessState } from '../lifecycle.ts';
import { AgentEstimate } from './forecast-view.ts';
import { RunLimits } from './run-limits.ts';

/** What the operations answer with. Times are epoch milliseconds. */

const time = z.number().meta({ unit: 'epoch ms' });
const timeOrNull = time.nullable();
/** The node of the cluster it is on, in lists that span nodes. */
const onNode = { node: z.string().optional() };

export const EventState = z.enum([
  'waiting',
  'delayed',
  'running',
  'parked',
  'done',
  'dead',
  'cancelled',
  'superseded',
  'expired',
]);
export type EventState = z.infer<typeof EventState>;

export const RunState = z.enum(['running', 'parked', 'retrying', 'done', 'failed', 'cancelled']);
export type RunState = z.infer<typeof RunState>;

export const TriggerView = z.object({
  id: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  /** One line for a person: "every 5 minutes", "POST /hooks/x/y". */
  summary: z.string(),
  nextFiring: timeOrNull,
  lastFired: timeOrNull,
  /** The trigger as the manifest writes it. */
  config: z.record(z.string(), z.json()),
});
export type TriggerView = z.infer<typeof TriggerView>;

export const RunBrief = z.object({
  id: z.string(),
  ...onNode,
  process: z.string(),
  /** Number of the definition it went by; null where that is not among those kept, or was made for this run alone. */
  version: z.int().nullable(),
  eventId: z.string(),
  trigger: z.string(),
  state: RunState,
  /** What it is doing now or did last, in a few words. */
  doing: z.string().nullable(),
  stepCount: z.int(),
  /** The gate of its trigger found nothing to do, so that the agent was not woken. */
  idle: z.boolean(),
  output: z.json(),
  error: ErrorNote.nullable(),
  startedAt: time,
  endedAt: timeOrNull,
  usage: Usage,
  /** What a person wrote about it. */
  note: z.string().nullable(),
});
export type RunBrief = z.infer<typeof RunBrief>;

const ends = { done: z.int(), failed: z.int(), cancelled: z.int(), open: z.int() };

/** What runs came to, by when they began; stretches in which none began are left out. */
export const RunCounts = z.object({
  from: time,
  to: time,
  widthMs: z.number().meta({ unit: 'ms' }),
  bars: z.array(z.object({ at: time, ...ends })),
  total: z.object({ ...ends, costUsd: z.number() }),
});
export type RunCounts = z.infer<typeof RunCounts>;

export const StepView = z.object({
  step: z.int(),
  kind: z.string(),
  name: z.string(),
  state: z.enum(['running', 'ok', 'error', 'in_doubt', 'waiting']),
  args: z.json(),
  result: z.json(),
  error: ErrorNote.nullable(),
  startedAt: time,
  endedAt: timeOrNull,
  attempt: z.int(),
  repeatable: z.boolean(),
  callKey: z.string().nullable(),
  /** The task of the other side that does it, which is asked for after a crash; null: it is no task. */
  task: z.string().nullable(),
  /** Who decided what came of it, where nobody saw it: a person, a check, or a rule of the user. */
  by: z.string().nullable(),
  usage: Usage.partial().nullable(),
  seq: z.int(),
});
export type StepView = z.infer<typeof StepView>;

/** How much of a run the journal still holds: all of it, how it ended, or that it was. */
export const KeptOfRun = z.enum(['all', 'outcome', 'nothing']);

export const RunView = RunBrief.extend({ steps: z.array(StepView), definition: z.string(), kept: KeptOfRun });
export type RunView = z.infer<typeof RunView>;

export const TriggerEventView = z.object({
  id: z.string(),
  process: z.string(),
  trigger: z.string(),
  kind: TriggerKind,
  state: EventState,
  reason: z.string().nullable(),
  dedupeKey: z.string(),
  priority: z.int(),
  attempts: z.int(),
  acceptedAt: time,
  notBefore: timeOrNull,
  endedAt: timeOrNull,
  runId: z.string().nullable(),
  /** The event that it was delivered again as. */
  redeliveredAs: z.string().nullable(),
});
export type TriggerEventView = z.infer<typeof TriggerEventView>;

export const TriggerEventDetail = TriggerEventView.extend({
  /** Whether the journal still holds its payload. */
  kept: z.boolean(),
  payload: z.json(),
  metadata: z.record(z.string(), z.json()),
  taint: z.array(z.string()),
});
export type TriggerEventDetail = z.infer<typeof TriggerEventDetail>;

/** Why nothing can be written down. */
export const Outage = z.object({ code: z.string(), message: z.string(), since: time });

export const ProcessView = z.object({
  name: z.string(),
  ...onNode,
  description: z.string().nullable(),
  state: ProcessState,
  stateReason: z.string(),
  stateSince: time,
  /** Set while it works on nothing: its journal cannot be written, or this node may not work on it now. */
  halted: Outage.nullable(),
  model: z.string(),
  tags: z.array(z.string()),
  triggers: z.array(TriggerView),
  /** Counts up with each change of the definition. */
  version: z.int(),
  lastRun: RunBrief.nullable(),
  /** Of `lastRun`, while it is being worked on. */
  atWork: RunLimits.nullable().default(null),
  nextFiring: timeOrNull,
  waiting: z.int(),
  parked: z.int(),
  counts: z.object({ accepted: z.int(), done: z.int(), dead: z.int(), cancelled: z.int(), runs: z.int() }),
  consecutiveFailures: z.int(),
  usage: Usage,
  createdAt: time,
  updatedAt: time,
  journal: z.object({ seq: z.int(), hash: z.string() }),
});
export type ProcessView = z.infer<typeof ProcessView>;

export const ProcessDetail = ProcessView.extend({
  /** As the person wrote it, comments and all; made from the settings where a program configured the process. */
  manifest: z.string(),
  definition: z.string(),
  instructions: z.string(),
});
export type ProcessDetail = z.infer<typeof ProcessDetail>;

/** A process that was deleted and can be brought back. */
export const TrashView = z.object({
  name: z.string(),
  description: z.string().nullable(),
  deletedAt: time,
  deletedBy: z.string(),
  /** Then it goes for good. */
  until: time,
  runs: z.int(),
  ...onNode,
});
export type TrashView = z.infer<typeof TrashView>;

export const ContextValue = z.object({
  key: z.string(),
  value: z.json(),
  version: z.int(),
  updatedAt: time,
  by: z.string(),
});
export type ContextValue = z.infer<typeof ContextValue>;

export const ContextChange = z.object({
  seq: z.int(),
  at: time,
  by: z.string(),
  deleted: z.boolean(),
  value: z.json(),
});

export const MemoryView = z.object({
  id: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  at: time,
  /** Which agent stored it, or was made to. */
  process: z.string(),
  run: z.string().nullable(),
  step: z.int().nullable(),
  /** `agent`, `auto_store`, or who stored it. */
  source: z.string(),
  taint: z.array(z.string()),
  /** How much it has to do with what was looked for, 0 to 1. */
  score: z.number().nullable(),
  foundBy: z.enum(['text', 'vector', 'both']).nullable(),
});
export type MemoryView = z.infer<typeof MemoryView>;

export const JournalEntryView = z.object({
  process: z.string(),
  seq: z.int(),
  at: time,
  kind: z.string(),
  commit: z.string(),
  epoch: z.int(),
  hash: z.string(),
  body: z.record(z.string(), z.json()),
});
export type JournalEntryView = z.infer<typeof JournalEntryView>;

export const InboxItemView = InboxItem.extend({
  process: z.string(),
  ...onNode,
  run: z.string(),
  step: z.int(),
  openedAt: time,
  /** How often it happened since it was opened, and when last: what is the same is one item. */
  count: z.int(),
  latestAt: time,
  answeredAt: timeOrNull,
  answer: z.json(),
  answeredBy: z.string().nullable(),
  /** Out of the way until then; it is open all the while. */
  snoozedUntil: timeOrNull,
});
export type InboxItemView = z.infer<typeof InboxItemView>;

export const BusEventView = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  data: z.json(),
  at: time,
  seq: z.int(),
  ...onNode,
});
export type BusEventView = z.infer<typeof BusEventView>;

export const ScheduleOutcome = z.enum([
  'planned',
  'due',
  'waiting',
  'running',
  'ran',
  'late',
  'coalesced',
  'skipped',
  'over_budget',
  'asleep',
  'paused',
  'node_off',
  'cancelled',
  'dead',
]);
export type ScheduleOutcome = z.infer<typeof ScheduleOutcome>;

/**
 * One planned occurrence of a cron trigger and what became of it, or a stretch of them that ended the same way; or what
 * was set for a time once.
 */
export const ScheduleRow = z.object({
  process: z.string(),
  ...onNode,
  trigger: z.string(),
  /** The newest instant the row stands for, the first, and how many there are. */
  instant: time,
  first: time,
  count: z.int(),
  outcome: ScheduleOutcome,
  reason: z.string().nullable(),
  eventId: z.string().nullable(),
  runId: z.string().nullable(),
  startedAt: timeOrNull,
  latenessMs: z.number().nullable().meta({ unit: 'ms' }),
  /** It is to happen once, and has not begun: a person may move it to another time. */
  movable: z.boolean().default(false),
});
export type ScheduleRow = z.infer<typeof ScheduleRow>;

export const NodeView = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  startedAt: time,
  pid: z.int(),
  platform: z.string(),
  url: z.string().nullable(),
  dataDir: z.string().nullable(),
  journal: z.string(),
  databaseBytes: z.number(),
  /** Set while the journal cannot be written, such as on a full disk. */
  outage: Outage.nullable(),
  /** Why schedules stand still: the clock of the computer is evidently wrong. */
  clock: z.object({ reason: z.string(), at: time }).nullable(),
  /** Nothing runs until a person says so: it crashed several times in a row, or its folder is a copy or a backup. */
  safeMode: z.boolean(),
  safeReason: z.string().nullable(),
  memoryBytes: z.number(),
  processes: z.int(),
  running: z.int(),
  waiting: z.int(),
  needsYou: z.int(),
  /** Results that nobody has read; they need nobody. */
  unread: z.int(),
  nextFiring: timeOrNull,
  desktop: z.boolean(),
  /** Whether paired devices of the network reach its window now. */
  onNetwork: z.boolean(),
});
export type NodeView = z.infer<typeof NodeView>;

/** One process in one file: what it is and what happened to it. */
export const ProcessExport = z.object({
  format: z.literal(1),
  name: z.string(),
  definition: Definition,
  /** False where parts of its past were not kept any more: then `entries` is empty, and context and conversation stand for it. */
  whole: z.boolean(),
  context: z.array(z.object({ key: z.string(), value: z.json() })),
  /** Keys that it may not write; left out: none. */
  locks: z.array(z.object({ key: z.string(), reason: z.string().optional() })).optional(),
  conversation: z.array(z.object({ role: z.string(), content: z.string(), at: z.number(), run: z.string() })),
  /** Where its past is not whole: what it was before, oldest first, the present one last. */
  versions: z.array(z.object({ definition: Definition, by: z.string(), reason: z.string() })).optional(),
  entries: z.array(
    z.object({ seq: z.int(), at: time, kind: z.string(), commit: z.string(), body: z.record(z.string(), z.json()) }),
  ),
});
export type ProcessExport = z.infer<typeof ProcessExport>;

export const ManifestCheck = z.object({
  valid: z.boolean(),
  name: z.string().nullable(),
  problems: z.array(
    z.object({
      path: z.string(),
      line: z.int().nullable(),
      column: z.int().nullable(),
      message: z.string(),
      /** Where there is a more telling one than `MANIFEST_INVALID`. */
      code: z.string().optional(),
    }),
  ),
  warnings: z.array(z.string()),
});
export type ManifestCheck = z.infer<typeof ManifestCheck>;

export const TemplateView = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  needs: z.array(z.string()),
  /** What it can cost: whether a model is asked, and the most that its limits allow in a day; null: they set none. */
  cost: z.object({ asksModel: z.boolean(), maxUsdPerDay: z.number().nullable() }),
  /** What it usually costs: each of its agents that asks a model; none: it costs nothing. */
  estimates: z.array(AgentEstimate),
  agents: z.array(
    z.object({
      name: z.string(),
      manifest: z.string(),
      /** A payload to try it with; null: it works with none. */
      sample: z.json(),
    }),
  ),
});
export type TemplateView = z.infer<typeof TemplateView>;

export const DoctorReport = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().nullable() })),
});
export type DoctorReport = z.infer<typeof DoctorReport>;

export const Page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
