import { z } from 'zod';
import { ImportedServers, ModelsView, ModelTrial, ToolServerView } from './catalogue-views.ts';
import { EntryKindName } from './entry-kinds.ts';
import { ErrorNote } from './journal-entries.ts';
import { ReplayReport, RunRecord } from './run-record.ts';
import { LetterPriority } from './journal-entries.ts';
import { BudgetLimit, SecretName } from './governance-config.ts';
import { ProcessName } from './manifest.ts';
import { LetterView, MessageView, TopicView } from './messaging-views.ts';
import {
  BudgetView,
  BusEventView,
  ContextChange,
  ContextValue,
  DoctorReport,
  EventState,
  HealthView,
  InboxItemView,
  JournalEntryView,
  ManifestCheck,
  MemoryView,
  MissionView,
  NodeView,
  Page,
  ProcessDetail,
  ProcessExport,
  ProcessView,
  RunBrief,
  RunComparison,
  RunView,
  SecretAccess,
  SecretView,
  ScheduleRow,
  TemplateView,
  TriggerEventDetail,
  TriggerEventView,
  TriggerView,
} from './views.ts';

/** What a token must carry: `read` looks, `operate` runs and steers, `admin` changes what agents are and the node itself. */
export type Scope = 'read' | 'operate' | 'admin';

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** Below /api/v1; `:name` parts come from the input. */
  readonly route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  readonly scope: Scope;
  readonly summary: string;
  /** Of a successful answer. */
  readonly status: number;
  readonly input: I;
  readonly output: O;
}

function operation<I extends z.ZodType, O extends z.ZodType>(
  route: Operation['route'],
  scope: Scope,
  summary: string,
  input: I,
  output: O,
  status = 200,
): Operation<I, O> {
  return { route, scope, summary, status, input, output };
}

const none = z.strictObject({});
const byName = z.strictObject({ name: ProcessName });
const byId = z.strictObject({ id: z.string().min(1).max(100) });
const done = z.object({ ok: z.literal(true) });
const atEntry = z.coerce.number().int().min(1).optional().meta({ description: 'Number of a journal entry; left out: now.' });
/** GET inputs arrive as text. */
const number = z.coerce.number();
const paging = {
  cursor: z.string().max(200).optional().meta({ description: '`next` of the page before.' }),
  limit: number.int().min(1).max(500).default(50).meta({ description: 'How many at most.' }),
};
const manifest = z.union([z.string().max(2_000_000), z.record(z.string(), z.json())]).meta({
  description: 'YAML text, or the same as an object.',
});
const payload = z.json().default({}).meta({ description: 'What the agent is woken with.' });
const counted = z.object({
  processes: z.array(z.string()),
  failed: z.array(z.object({ name: z.string(), message: z.string() })),
});

/** Everything a runtime can be asked, by the window, a browser, the CLI, an MCP client or another node. */
export const operations = {
  health: operation(
    'GET /health',
    'read',
    'Whether the node answers. Needs no token.',
    none,
    z.object({ ok: z.boolean(), version: z.string() }),
  ),
  node: operation('GET /node', 'read', 'What this node is and how it fares.', none, NodeView),

  listProcesses: operation(
    'GET /processes',
    'read',
    'Every process, by name.',
    z.strictObject({
      state: z.string().optional(),
      tag: z.string().optional(),
      text: z.string().optional(),
      ...paging,
      limit: number.int().min(1).max(5_000).default(1_000),
    }),
    Page(ProcessView),
  ),
  createProcess: operation(
    'POST /processes',
    'admin',
    'Creates a process from a manifest; starts it when asked to.',
    z.strictObject({ manifest, start: z.boolean().default(false) }),
    ProcessDetail,
    201,
  ),
  getProcess: operation('GET /processes/:name', 'read', 'One process, with its manifest.', byName, ProcessDetail),
  updateProcess: operation(
    'PUT /processes/:name',
    'admin',
    'Gives a process a new definition. Runs that have begun end with the old one.',
    byName.extend({
      manifest,
      version: z
        .int()
        .optional()
        .meta({ description: 'The version the change was made on; refused if there is a newer one.' }),
      reason: z.string().max(500).default(''),
    }),
    ProcessDetail,
  ),
  deleteProcess: operation(
    'DELETE /processes/:name',
    'admin',
    'Stops a process and takes it off the list. Its journal stays.',
    byName,
    done,
  ),
  startProcess: operation('POST /processes/:name/start', 'operate', 'Starts a process.', byName, ProcessView),
  stopProcess: operation(
    'POST /processes/:name/stop',
    'operate',
    'Stops a process; a run that works is brought to its next safe point and goes on after the next start.',
    byName,
    ProcessView,
  ),
  restartProcess: operation(
    'POST /processes/:name/restart',
    'operate',
    'Stops and starts a process.',
    byName,
    ProcessView,
  ),
  suspendProcess: operation(
    'POST /processes/:name/suspend',
    'operate',
    'Lets events wait until it is resumed.',
    byName.extend({ reason: z.string().max(500).default('') }),
    ProcessView,
  ),
  resumeProcess: operation(
    'POST /processes/:name/resume',
    'operate',
    'Goes on with what waited, in order.',
    byName,
    ProcessView,
  ),
  startAll: operation('POST /node/start-all', 'operate', 'Starts every process that is not running.', none, counted),
  stopAll: operation('POST /node/stop-all', 'operate', 'Stops every process.', none, counted),
  pauseAll: operation('POST /node/pause-all', 'operate', 'Suspends every working process.', none, counted),
  resumeAll: operation('POST /node/resume-all', 'operate', 'Resumes what pauseAll suspended.', none, counted),

  wakeProcess: operation(
    'POST /processes/:name/wake',
    'operate',
    'Wakes a process by hand. Durable when answered; the same idempotency key is the same event.',
    byName.extend({
      payload,
      idempotencyKey: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Also read from the Idempotency-Key header.' }),
      trigger: z
        .string()
        .max(64)
        .optional()
        .meta({ description: 'Pretends to be this trigger of the process, filter and all.' }),
    }),
    z.object({ eventId: z.string(), duplicate: z.boolean() }),
    202,
  ),

  listTriggers: operation(
    'GET /processes/:name/triggers',
    'read',
    'The triggers of a process.',
    byName,
    Page(TriggerView),
  ),
  addTrigger: operation(
    'POST /processes/:name/triggers',
    'admin',
    'Adds a trigger, written as in a manifest.',
    byName.extend({ trigger: z.record(z.string(), z.json()) }),
    TriggerView,
    201,
  ),
  updateTrigger: operation(
    'PATCH /processes/:name/triggers/:id',
    'admin',
    'Changes settings of a trigger, written as in a manifest.',
    byName.extend({ id: z.string(), changes: z.record(z.string(), z.json()) }),
    TriggerView,
  ),
  removeTrigger: operation(
    'DELETE /processes/:name/triggers/:id',
    'admin',
    'Removes a trigger.',
    byName.extend({ id: z.string() }),
    done,
  ),
  nextFirings: operation(
    'GET /processes/:name/triggers/:id/next',
    'read',
    'When a cron trigger fires next.',
    byName.extend({ id: z.string(), count: number.int().min(1).max(100).default(5) }),
    z.object({ firings: z.array(z.number()), zone: z.string() }),
  ),

  testFilter: operation(
    'POST /filters/test',
    'read',
    'Tries a filter expression on an event: one that came, or a made-up one.',
    z.strictObject({
      expression: z.string().max(2_000),
      eventId: z.string().max(100).optional().meta({ description: 'A trigger event that came.' }),
      payload: z.json().default({}),
      metadata: z.record(z.string(), z.json()).default({}),
      triggerType: z.string().max(40).default('webhook'),
      triggerId: z.string().max(64).default('webhook'),
    }),
    z.object({
      matches: z.boolean(),
      fault: z.string().nullable().meta({ description: 'Why it could not be evaluated; then it does not match.' }),
    }),
  ),

  schedule: operation(
    'GET /schedule',
    'read',
    'What was planned and is planned: every occurrence of every cron trigger, with what became of it and why.',
    z.strictObject({
      from: number.optional().meta({ description: 'Left out: a day ago.', unit: 'epoch ms' }),
      to: number.optional().meta({ description: 'Left out: in a day.', unit: 'epoch ms' }),
      process: z.string().optional(),
      limit: number.int().min(1).max(5_000).default(1_000),
    }),
    z.object({
      items: z.array(ScheduleRow),
      next: z.string().nullable().meta({ description: 'The `from` of the next page.' }),
      now: z.number(),
    }),
  ),

  listTriggerEvents: operation(
    'GET /trigger-events',
    'read',
    'Trigger events, newest first.',
    z.strictObject({
      process: z.string().optional(),
      state: z.string().optional(),
      trigger: z.string().optional(),
      ...paging,
    }),
    Page(TriggerEventView),
  ),
  getTriggerEvent: operation(
    'GET /trigger-events/:id',
    'read',
    'One trigger event, with its payload.',
    byId,
    TriggerEventDetail,
  ),
  redeliver: operation(
    'POST /trigger-events/:id/redeliver',
    'operate',
    'Starts a new run for an event that has ended.',
    byId,
    z.object({ eventId: z.string(), duplicate: z.boolean() }),
    202,
  ),
  redeliverAll: operation(
    'POST /trigger-events/redeliver',
    'operate',
    'Starts a new run for each event that ended badly and was not delivered again, oldest first.',
    z.strictObject({
      process: z.string().optional(),
      trigger: z.string().optional(),
      state: z.enum(['dead', 'expired', 'cancelled']).default('dead'),
      limit: number.int().min(1).max(5_000).default(1_000),
    }),
    z.object({
      redelivered: z.array(z.string()),
      failed: z.array(z.object({ id: z.string(), message: z.string() })),
    }),
    202,
  ),
  cancel: operation(
    'POST /trigger-events/:id/cancel',
    'operate',
    'Ends an event that waits, and the run that works on it.',
    byId.extend({ reason: z.string().max(500).default('') }),
    TriggerEventView,
  ),

  listRuns: operation(
    'GET /runs',
    'read',
    'Runs, newest first.',
    z.strictObject({
      process: z.string().optional(),
      state: z.string().optional(),
      trigger: z.string().optional(),
      text: z.string().max(200).optional(),
      ...paging,
    }),
    Page(RunBrief),
  ),
  getRun: operation('GET /runs/:id', 'read', 'One run, step by step.', byId, RunView),
  cancelRun: operation(
    'POST /runs/:id/cancel',
    'operate',
    'Stops a run at the step it is in; its event ends as cancelled.',
    byId.extend({ reason: z.string().max(500).default('') }),
    RunBrief,
  ),

  replayRun: operation(
    'POST /runs/:id/replay',
    'read',
    'Makes a run again from what was recorded, without a model, a tool or a network, and says where it goes another way.',
    byId,
    ReplayReport,
  ),
  forkRun: operation(
    'POST /runs/:id/fork',
    'operate',
    'Starts a new run that goes the way of an ended one up to a step, for nothing, and then its own.',
    byId.extend({
      step: z.coerce.number().int().min(1).meta({ description: 'The first step that is made anew, or edited.' }),
      edit: z
        .strictObject({
          prompt: z.string().max(100_000).optional().meta({ description: 'Instructions for this run alone.' }),
          model: z.string().min(1).max(200).optional().meta({ description: 'Model for this run alone.' }),
          result: z.json().optional().meta({ description: 'Taken for the result of the step, which is not made.' }),
          args: z.json().optional().meta({ description: 'Arguments of the tool call that the step is.' }),
        })
        .default({}),
    }),
    z.object({ eventId: z.string(), runId: z.string() }),
    202,
  ),
  compareRuns: operation(
    'GET /runs/:id/compare/:other',
    'read',
    'Two runs side by side, step by step.',
    byId.extend({ other: z.string().min(1).max(100) }),
    RunComparison,
  ),
  saveRunAsTest: operation(
    'POST /runs/:id/save-as-test',
    'read',
    'Gives an ended run as a file that `agent-runtime test` makes again and compares.',
    byId,
    z.object({ file: z.string(), record: RunRecord }),
  ),

  getContext: operation(
    'GET /processes/:name/context',
    'read',
    'What the agent keeps under names of its own, now or after an entry of its journal.',
    byName.extend({ at: atEntry }),
    Page(ContextValue),
  ),
  setContext: operation(
    'PUT /processes/:name/context/:key',
    'operate',
    'Writes one context value.',
    byName.extend({
      key: z.string().min(1).max(256),
      value: z.json(),
      version: z.int().optional().meta({ description: 'The version seen; refused if it has changed.' }),
    }),
    ContextValue,
  ),
  deleteContext: operation(
    'DELETE /processes/:name/context/:key',
    'operate',
    'Deletes one context value.',
    byName.extend({ key: z.string().min(1).max(256) }),
    done,
  ),
  contextHistory: operation(
    'GET /processes/:name/context/:key/history',
    'read',
    'Who wrote a context value, when and in which run.',
    byName.extend({ key: z.string().min(1).max(256), ...paging }),
    Page(ContextChange),
  ),
  getConversation: operation(
    'GET /processes/:name/conversation',
    'read',
    'The conversation the agent still sees, or saw after an entry of its journal.',
    byName.extend({ at: atEntry }),
    Page(z.object({ role: z.string(), content: z.string(), at: z.number(), run: z.string() })),
  ),
  clearConversation: operation(
    'DELETE /processes/:name/conversation',
    'operate',
    'Makes the agent forget its conversation. The journal keeps it.',
    byName,
    done,
  ),

  exportConversation: operation(
    'GET /processes/:name/conversation/export',
    'read',
    'Everything that was said since the process was created, as the journal has it, also what it no longer sees.',
    byName.extend({ format: z.enum(['markdown', 'json']).default('markdown') }),
    z.object({ messages: z.int(), text: z.string() }),
  ),
  chat: operation(
    'POST /processes/:name/chat',
    'operate',
    'Says something to a process and waits for what it answers. A run like any other; without an answer in time, follow the event.',
    byName.extend({
      text: z.string().min(1).max(100_000),
      timeoutMs: z.int().min(0).max(600_000).default(60_000).meta({ unit: 'ms', description: 'How long to wait for the answer.' }),
      idempotencyKey: z.string().min(1).max(200).optional().meta({ description: 'Also read from the Idempotency-Key header.' }),
    }),
    z.object({
      eventId: z.string(),
      runId: z.string().nullable(),
      state: EventState.meta({ description: 'Of the event: done once there is a reply.' }),
      reply: z.json(),
      error: ErrorNote.nullable(),
    }),
  ),
  contextWindow: operation(
    'GET /processes/:name/context-window',
    'read',
    'What fills the context window of the model when the process is woken, in estimated tokens.',
    byName,
    z.object({ parts: z.array(z.object({ part: z.string(), tokens: z.int(), characters: z.int(), count: z.int() })), tokens: z.int() }),
  ),

  listModels: operation(
    'GET /models',
    'read',
    'Models that processes use, model servers that answer on this computer, keys that are set, and prices.',
    none,
    ModelsView,
  ),
  tryModel: operation(
    'POST /models/try',
    'operate',
    'Asks a model for one word. Costs what that costs.',
    z.strictObject({ id: z.string().min(1).max(200), baseUrl: z.url().optional().meta({ description: 'Of any OpenAI-compatible server.' }) }),
    ModelTrial,
  ),
  listToolServers: operation('GET /tool-servers', 'read', 'MCP servers that processes use, and how they fare.', none, Page(ToolServerView)),
  approveTools: operation(
    'POST /processes/:name/servers/:server/approve',
    'admin',
    'Lets a process use tools of a server as they are now, after they changed or were added.',
    byName.extend({
      server: z.string().min(1).max(64),
      tools: z.array(z.string().max(200)).max(1_000).optional().meta({ description: 'None named: all it offers.' }),
    }),
    z.object({ approved: z.array(z.string()) }),
  ),
  importServers: operation(
    'POST /tool-servers/import',
    'admin',
    'Reads the MCP servers of another client from its config file, as they go into a manifest. Starts nothing.',
    z.strictObject({ path: z.string().min(1).max(4_096) }),
    ImportedServers,
  ),

  listMemories: operation(
    'GET /processes/:name/memory',
    'read',
    'What the agent remembers, newest first; with q, what it would recall of that, best first.',
    byName.extend({ q: z.string().min(1).max(4_000).optional().meta({ description: 'What to look for.' }), ...paging }),
    Page(MemoryView),
  ),
  storeMemory: operation(
    'POST /processes/:name/memory',
    'operate',
    'Makes the agent remember something.',
    byName.extend({ content: z.string().min(1).max(20_000), tags: z.array(z.string().min(1).max(100)).max(20).default([]) }),
    MemoryView,
    201,
  ),
  forgetMemory: operation(
    'DELETE /processes/:name/memory/:id',
    'operate',
    'Makes the agent forget one memory, wherever it would be recalled. The journal keeps that it was there.',
    byName.extend({ id: z.string().min(1).max(100) }),
    done,
  ),
  purgeMemory: operation(
    'DELETE /processes/:name/memory',
    'operate',
    'Makes the agent forget everything; with a shared memory, for all who share it.',
    byName,
    done,
  ),

  readJournal: operation(
    'GET /processes/:name/journal',
    'read',
    'What happened, entry by entry.',
    byName.extend({
      after: number
        .int()
        .min(0)
        .optional()
        .meta({ description: 'Entries with a higher number; with order=desc, a lower one.' }),
      kind: EntryKindName.optional(),
      order: z.enum(['asc', 'desc']).default('asc'),
      limit: number.int().min(1).max(1_000).default(100),
    }),
    Page(JournalEntryView),
  ),
  rewind: operation(
    'POST /processes/:name/journal/rewind',
    'operate',
    'Sets context, conversation or both back to what they were after an entry. The journal keeps what came since.',
    byName.extend({
      to: z.int().min(1).meta({ description: 'Number of the entry.' }),
      mode: z.enum(['context', 'conversation', 'both']).default('both'),
      dryRun: z.boolean().default(false).meta({ description: 'Only says what would change.' }),
    }),
    z.object({
      seq: z.int().nullable().meta({ description: 'The entry that it became; null for a dry run.' }),
      context: z.array(z.object({ key: z.string(), before: z.json(), after: z.json(), change: z.enum(['added', 'changed', 'removed']) })),
      conversation: z.object({ before: z.int(), after: z.int() }).nullable(),
    }),
  ),
  verifyJournal: operation(
    'POST /processes/:name/journal/verify',
    'read',
    'Checks the hash chain, and that replaying gives the state that is live.',
    byName,
    z.object({
      ok: z.boolean(),
      entries: z.int(),
      liveHash: z.string(),
      replayHash: z.string(),
      problem: z.string().nullable(),
    }),
  ),

  publishEvent: operation(
    'POST /events',
    'operate',
    'Publishes an event to everyone who listens.',
    z.strictObject({ type: z.string().min(1).max(200), data: z.json().default({}) }),
    z.object({ id: z.string() }),
    202,
  ),
  listEvents: operation(
    'GET /events',
    'read',
    'Events that were published, newest first.',
    z.strictObject({ type: z.string().optional(), source: z.string().optional(), ...paging }),
    Page(BusEventView),
  ),

  sendMessage: operation(
    'POST /messages',
    'operate',
    'Sends a message to a topic; one of the processes that take from it gets it. Kept until somebody has done with it.',
    z.strictObject({
      topic: z.string().min(1).max(200),
      content: z.json().default({}),
      to: ProcessName.optional().meta({ description: 'The only process that may take it.' }),
      replyTo: z.string().min(1).max(200).optional().meta({ description: 'The topic on which a reply is awaited.' }),
      correlation: z.string().min(1).max(200).optional().meta({ description: 'Tells replies apart.' }),
      ttlMs: z.int().min(1).max(31_536_000_000).optional().meta({
        description: 'Ends as expired when nobody has taken it in this time.',
        unit: 'ms',
      }),
      idempotencyKey: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Also read from the Idempotency-Key header.' }),
    }),
    z.object({ id: z.string() }),
    202,
  ),
  sendToProcess: operation(
    'POST /processes/:name/messages',
    'operate',
    'Writes to a process. Its next run is shown it, once, or each run where it is sticky; a question wakes it.',
    byName.extend({
      type: z.enum(['directive', 'context', 'question', 'correction']).default('directive'),
      content: z.string().min(1).max(100_000),
      priority: LetterPriority.default('normal'),
      sticky: z.boolean().default(false).meta({ description: 'Shown to every run until its time is over or it is cleared.' }),
      ttlMs: z.int().min(1).optional().meta({ unit: 'ms' }),
    }),
    z.object({ id: z.string(), eventId: z.string().nullable() }),
    202,
  ),
  askProcess: operation(
    'POST /processes/:name/ask',
    'operate',
    'Wakes a process with a question and waits for its answer.',
    byName.extend({
      question: z.string().min(1).max(100_000),
      priority: LetterPriority.default('normal'),
      timeoutMs: z.int().min(1).max(600_000).default(120_000).meta({
        description: 'After this long the answer of this operation says that it is still waiting; the question stays.',
        unit: 'ms',
      }),
      ttlMs: z.int().min(1).optional().meta({ unit: 'ms' }),
    }),
    LetterView,
  ),
  listProcessMessages: operation(
    'GET /processes/:name/messages',
    'read',
    'What people wrote to a process: what waits comes first, the most pressing before the others, then the rest, newest first.',
    byName.extend({ state: z.string().optional(), ...paging }),
    Page(LetterView),
  ),
  clearProcessMessages: operation(
    'DELETE /processes/:name/messages',
    'operate',
    'Clears what waits in the inbox of a process, or one message of it.',
    byName.extend({ id: z.string().max(100).optional() }),
    z.object({ cleared: z.int() }),
  ),
  listMessages: operation(
    'GET /messages',
    'read',
    'Messages, newest first.',
    z.strictObject({
      topic: z.string().optional(),
      state: z.string().optional(),
      process: z.string().optional().meta({ description: 'The one that has it, or had it last.' }),
      sender: z.string().optional(),
      ...paging,
    }),
    Page(MessageView),
  ),
  getMessage: operation('GET /messages/:id', 'read', 'One message.', byId, MessageView),
  resendMessage: operation(
    'POST /messages/:id/resend',
    'operate',
    'Sends a message again that has ended, dead ones above all.',
    byId,
    z.object({ id: z.string() }),
    202,
  ),
  cancelMessage: operation(
    'POST /messages/:id/cancel',
    'operate',
    'Ends a message that waits.',
    byId.extend({ reason: z.string().max(500).default('') }),
    MessageView,
  ),
  listTopics: operation(
    'GET /topics',
    'read',
    'Topics in which messages wait or from which processes take.',
    none,
    Page(TopicView),
  ),

  listInbox: operation(
    'GET /inbox',
    'read',
    'What waits for a person.',
    z.strictObject({
      process: z.string().optional(),
      state: z.enum(['open', 'answered', 'all']).default('open'),
      ...paging,
    }),
    Page(InboxItemView),
  ),
  answerInboxItem: operation(
    'POST /inbox/:id/answer',
    'operate',
    'Answers an inbox item; its run goes on.',
    byId.extend({ answer: z.json() }),
    InboxItemView,
  ),

  getBudget: operation(
    'GET /processes/:name/budget',
    'read',
    'What a process may use, and what it has used.',
    byName,
    BudgetView,
  ),
  updateBudget: operation(
    'PATCH /processes/:name/budget',
    'admin',
    'Changes limits, written as in a manifest; null takes one away. In force at once, also for runs under way.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    BudgetView,
  ),
  topUpBudget: operation(
    'POST /processes/:name/budget/top-up',
    'operate',
    'Adds to a limit for today or for one run; what waits for it goes on.',
    byName.extend({
      limit: BudgetLimit,
      amount: z.number().positive(),
      run: z.string().max(100).optional().meta({ description: 'Needed for a limit per run.' }),
    }),
    BudgetView,
  ),

  listSecrets: operation('GET /processes/:name/secrets', 'read', 'Names of secrets; never their values.', byName, Page(SecretView)),
  setSecret: operation(
    'PUT /processes/:name/secrets/:secret',
    'admin',
    'Sets a secret, or gives it a new value; in use from the next call on.',
    byName.extend({
      secret: SecretName,
      value: z.string().min(1).max(65_536),
      ttlMs: z.int().min(1).optional().meta({ description: 'How long it is valid; left out: as the manifest says.', unit: 'ms' }),
    }),
    SecretView,
  ),
  deleteSecret: operation(
    'DELETE /processes/:name/secrets/:secret',
    'admin',
    'Takes a secret away, at once.',
    byName.extend({ secret: SecretName }),
    done,
  ),
  secretAccessLog: operation(
    'GET /processes/:name/secrets/access-log',
    'read',
    'Which secret was used by what, newest first.',
    byName.extend(paging),
    Page(SecretAccess),
  ),
  getMission: operation('GET /processes/:name/mission', 'read', 'What a process is for, and how far it is.', byName, MissionView),
  updateMission: operation(
    'PATCH /processes/:name/mission',
    'admin',
    'Changes the mission, written as in a manifest; null takes a setting away. A new objective begins a new one.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    MissionView,
  ),
  getHealth: operation('GET /processes/:name/health', 'read', 'What was noticed about a process.', byName, HealthView),
  updateHealth: operation(
    'PATCH /processes/:name/health',
    'admin',
    'Changes how a process is watched, written as in a manifest; null takes a setting away.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    HealthView,
  ),

  validateManifest: operation(
    'POST /manifests/validate',
    'read',
    'Says whether a manifest is right, and where it is not.',
    z.strictObject({ manifest }),
    ManifestCheck,
  ),
  loadManifests: operation(
    'POST /manifests/load',
    'admin',
    'Loads a .agent file, or all of a folder: new ones are created, changed ones updated.',
    z.strictObject({ path: z.string().min(1).max(4_096), start: z.boolean().default(false) }),
    z.object({
      created: z.array(z.string()),
      updated: z.array(z.string()),
      unchanged: z.array(z.string()),
      failed: z.array(z.object({ file: z.string(), code: z.string(), message: z.string() })),
    }),
  ),
  listTemplates: operation('GET /templates', 'read', 'Agents to begin with.', none, Page(TemplateView)),

  exportProcess: operation(
    'GET /processes/:name/export',
    'admin',
    'A process as one file: what it is and all that happened to it. Secrets are not in it.',
    byName,
    ProcessExport,
  ),
  importProcess: operation(
    'POST /processes/import',
    'admin',
    'Brings an exported process to this node, stopped, under its own name or another.',
    z.strictObject({ process: ProcessExport, name: ProcessName.optional() }),
    ProcessDetail,
    201,
  ),
  backup: operation(
    'POST /node/backup',
    'admin',
    'Writes a backup while the node runs, and checks it.',
    z.strictObject({
      path: z.string().min(1).max(4_096).optional().meta({ description: 'A new file; left out: one in the data folder.' }),
    }),
    z.object({ path: z.string(), bytes: z.int() }),
  ),
  restore: operation(
    'POST /node/restore',
    'admin',
    'Checks a backup, and has the next start of the node put it in the place of what is there, which is kept.',
    z.strictObject({ path: z.string().min(1).max(4_096) }),
    z.object({ path: z.string(), restartNeeded: z.literal(true) }),
  ),
  leaveSafeMode: operation(
    'POST /node/leave-safe-mode',
    'operate',
    'Lets the processes go on where they were, after the node started with nothing because it had crashed again and again.',
    none,
    counted,
  ),
  acceptLoss: operation(
    'POST /processes/:name/journal/accept-loss',
    'admin',
    'Lets a process go on with a journal that is older than the one that was written. What is missing stays missing.',
    byName,
    done,
  ),
  doctor: operation(
    'GET /node/doctor',
    'read',
    'Checks the node and says what to do about each finding.',
    none,
    DoctorReport,
  ),
  rebuildReadModels: operation(
    'POST /node/rebuild',
    'admin',
    'Makes the tables that screens read again from the journal, and compares.',
    none,
    z.object({ equal: z.boolean(), differences: z.array(z.string()), entries: z.int() }),
  ),
} satisfies Record<string, Operation>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** As a caller writes it: what has a default may be left out. */
export type Input<N extends OperationName> = z.input<Operations[N]['input']>;
/** As the runtime gets it. */
export type Parsed<N extends OperationName> = z.output<Operations[N]['input']>;
export type Output<N extends OperationName> = z.output<Operations[N]['output']>;

/** What `AgentRuntime` implements. `by` names who asks, for the journal. */
export type RuntimeApi = { [N in OperationName]: (input: Parsed<N>, by: string) => Promise<Output<N>> };
/** What every client of a runtime looks like. */
export type RuntimeClient = { [N in OperationName]: (input: Input<N>) => Promise<Output<N>> };

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

/** A client over anything that can carry one call: HTTP, IPC, or a runtime in the same process. */
export function clientOf(call: (name: OperationName, input: unknown) => Promise<unknown>): RuntimeClient {
  const names = Object.keys(operations) as OperationName[];
  return Object.fromEntries(names.map((name) => [name, (input: unknown) => call(name, input)])) as RuntimeClient;
}
