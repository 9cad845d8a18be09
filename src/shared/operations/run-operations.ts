import { z } from 'zod';
import { InboxItem } from '../entries/journal-entries.ts';
import { ReportKind } from '../entries/people-entries.ts';
import { RecentRun } from '../recent-run.ts';
import { RunBundle } from '../run-bundle.ts';
import { RunComparison } from '../run-comparison.ts';
import { ReplayReport, RunRecord } from '../run-record.ts';
import { InboxItemView, Page, RunBrief, RunCounts, RunView } from '../views/views.ts';
import { byId, number, type Operation, operation, paging, spanning, yesNo } from './operation.ts';

const runFilter = {
  process: z.string().optional(),
  state: z.string().optional().meta({ description: 'One, or several with commas.' }),
  trigger: z.string().optional(),
  text: z.string().max(200).optional().meta({
    description: 'Words that stand in its id, agent, trigger, error, the beginning of what it came to, or its note.',
  }),
  minCostUsd: number.min(0).optional(),
  minMs: number.min(0).optional().meta({ description: 'How long it took at least.', unit: 'ms' }),
  maxMs: number.min(0).optional().meta({ description: 'How long it took at most.', unit: 'ms' }),
  version: number.int().min(1).optional().meta({ description: 'Of the definition it went by; with `process`.' }),
  noted: yesNo.optional().meta({ description: 'Only those with a note, or only those without.' }),
  from: number.optional().meta({ description: 'Began then or later.', unit: 'epoch ms' }),
  to: number.optional().meta({ description: 'Began before then.', unit: 'epoch ms' }),
};

/** Operations on runs, and what waits for a person. */
export const runOperations = {
  listRuns: operation(
    'GET /runs',
    'read',
    'Runs, newest first.',
    z.strictObject({
      ...runFilter,
      ...spanning,
      ...paging,
    }),
    Page(RunBrief),
  ),
  recentRuns: operation(
    'GET /recent-runs',
    'read',
    'How the newest runs of several processes went, in one read.',
    z.strictObject({
      processes: z.string().meta({ description: 'Names, with commas; at most 200.' }),
      limit: number.int().min(1).max(50).default(12).meta({ description: 'Of each process.' }),
    }),
    z.object({ items: z.array(z.object({ process: z.string(), runs: z.array(RecentRun) })) }),
  ),
  countRuns: operation(
    'GET /run-counts',
    'read',
    'How many of the runs that a filter means came to what end, over time.',
    z.strictObject({ ...runFilter, bars: number.int().min(1).max(200).default(48) }),
    RunCounts,
  ),
  getRun: operation('GET /runs/:id', 'read', 'One run, step by step.', byId, RunView),
  noteRun: operation(
    'PUT /runs/:id/note',
    'operate',
    'Keeps what a person has to say about a run, with the run; empty takes it away.',
    byId.extend({ note: z.string().trim().max(4_000) }),
    RunBrief,
  ),
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
  exportRun: operation(
    'GET /runs/:id/bundle',
    'read',
    'Gives a run as one file for a bug report: its manifest, what woke it, its steps and entries, without secrets.',
    byId,
    z.object({ file: z.string(), bundle: RunBundle }),
  ),
  listInbox: operation(
    'GET /inbox',
    'read',
    'What waits for a person, and what a person is told: failures, missed times, results to read.',
    z.strictObject({
      process: z.string().optional(),
      state: z.enum(['open', 'answered', 'all']).default('open'),
      kind: z
        .string()
        .max(200)
        .optional()
        .meta({ description: `One, or several with commas: ${InboxItem.shape.kind.options.join(', ')}.` }),
      ...spanning,
      ...paging,
    }),
    Page(InboxItemView),
  ),
  snoozeInboxItem: operation(
    'POST /inbox/:id/snooze',
    'operate',
    'Puts an open inbox item out of the way until a time; what waits for it goes on waiting. Null brings it back.',
    byId.extend({ until: z.number().nullable().default(null).meta({ unit: 'epoch ms' }) }),
    InboxItemView,
  ),
  answerInboxItem: operation(
    'POST /inbox/:id/answer',
    'operate',
    'Answers an inbox item; its run goes on, or what the answer says is done.',
    byId.extend({ answer: z.json() }),
    InboxItemView,
  ),
  answerReports: operation(
    'POST /inbox/answer-all',
    'operate',
    'Gives the same answer to all open items of a kind for which nobody waits, the newest first.',
    z.strictObject({
      kind: ReportKind,
      process: z.string().optional(),
      answer: z.json(),
      limit: number.int().min(1).max(500).default(500).meta({ description: 'How many at most.' }),
    }),
    z.object({
      answered: z.int(),
      failed: z.array(z.object({ id: z.string(), message: z.string() })),
      /** How many of the kind are open now. */
      left: z.int(),
    }),
  ),
} satisfies Record<string, Operation>;
