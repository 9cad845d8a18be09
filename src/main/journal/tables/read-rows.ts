import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Json } from '../../../shared/json.ts';
import type { RecentRun } from '../../../shared/recent-run.ts';
import type { InboxItemView, RunBrief, StepView, TriggerEventView } from '../../../shared/views/views.ts';

export interface EventRow {
  id: string;
  process: string;
  seq: number;
  trigger_id: string;
  kind: TriggerEventView['kind'];
  state: TriggerEventView['state'];
  reason: string | null;
  dedupe_key: string;
  priority: number;
  attempts: number;
  accepted_at: number;
  not_before: number | null;
  ended_at: number | null;
  run_id: string | null;
  redelivered_as: string | null;
}

export interface RunRow {
  id: string;
  process: string;
  event_id: string;
  trigger_id: string;
  state: RunBrief['state'];
  doing: string | null;
  definition: string;
  step_count: number;
  started_at: number;
  ended_at: number | null;
  settled_seq: number | null;
  /** 1: its gate found nothing to do. Null before it has ended, and where only the entry says it. */
  idle: number | null;
  model_calls: number;
  tool_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  note: string | null;
}

export interface StepRow {
  step: number;
  kind: string;
  name: string;
  state: StepView['state'];
  attempt: number;
  started_at: number;
  ended_at: number | null;
  intent_seq: number | null;
  end_seq: number | null;
}

export interface BusRow {
  id: string;
  type: string;
  source: string;
  at: number;
  seq: number;
  data: string;
}

export interface ItemRow {
  id: string;
  process: string;
  run_id: string;
  step: number;
  item: string;
  opened_at: number;
  answered_at: number | null;
  answer: string | null;
  answered_by: string | null;
  snoozed_until: number | null;
  /** Left out where somebody waits for the answer. */
  about: string | null;
  count: number;
  latest_at: number | null;
  opened_seq: number | null;
}

export function eventView(row: EventRow): TriggerEventView {
  return {
    id: row.id,
    process: row.process,
    trigger: row.trigger_id,
    kind: row.kind,
    state: row.state,
    reason: row.reason,
    dedupeKey: row.dedupe_key,
    priority: row.priority,
    attempts: row.attempts,
    acceptedAt: row.accepted_at,
    notBefore: row.not_before,
    endedAt: row.ended_at,
    runId: row.run_id,
    redeliveredAs: row.redelivered_as,
  };
}

export function recentRun(row: RunRow, idle: boolean): RecentRun {
  return { id: row.id, state: row.state, idle, startedAt: row.started_at, endedAt: row.ended_at };
}

export function itemView(row: ItemRow): InboxItemView {
  const item = JSON.parse(row.item) as InboxItemView;
  return {
    ...item,
    process: row.process,
    run: row.about === null ? row.run_id : String(item.about['run'] ?? ''),
    step: row.step,
    openedAt: row.opened_at,
    count: row.count,
    latestAt: row.latest_at ?? row.opened_at,
    answeredAt: row.answered_at,
    answer: row.answer === null ? null : (JSON.parse(row.answer) as Json),
    answeredBy: row.answered_by,
    snoozedUntil: row.snoozed_until,
  };
}

export function stepView(
  row: StepRow,
  intent: JournalEntry | undefined,
  end: JournalEntry | undefined,
  attached: JournalEntry | undefined,
): StepView {
  const begun = intent?.kind === 'step.intended' ? intent.body : undefined;
  const ended = end?.kind === 'step.ended' ? end.body : undefined;
  return {
    step: row.step,
    kind: row.kind,
    name: row.name,
    state: row.state,
    args: begun?.args ?? ended?.args ?? null,
    result: ended?.result ?? null,
    error: ended?.error ?? null,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    attempt: row.attempt,
    repeatable: begun?.repeatable ?? true,
    callKey: begun?.callKey ?? null,
    task: ended?.task ?? (attached?.kind === 'step.attached' ? attached.body.task : null),
    by: ended?.by ?? null,
    usage: (ended?.usage as StepView['usage'] | undefined) ?? null,
    seq: row.end_seq ?? row.intent_seq ?? 0,
  };
}
