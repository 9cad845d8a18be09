import type { Charge } from '../../../shared/entries/governance-entries.ts';
import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import { isJsonObject } from '../../../shared/json.ts';
import type { FoldedStep, OpenItem, OpenRun, Snapshot } from './snapshot.ts';
import { emptyDay, type Spent } from './spent.ts';

function add(snapshot: Snapshot, run: OpenRun | undefined, more: Partial<Spent>): void {
  for (const spent of [run?.spent, snapshot.day.spent, snapshot.nodeDay.spent]) {
    if (!spent) continue;
    for (const key in more) spent[key as keyof Spent] += more[key as keyof Spent] ?? 0;
  }
}

export function spendRun(snapshot: Snapshot): void {
  add(snapshot, undefined, { runs: 1 });
}

/** Its gate found nothing to do, so it counts against no limit of runs: those of the days in which it began. */
export function unspendRun(snapshot: Snapshot, startedAt: number): void {
  for (const { from, spent } of [snapshot.day, snapshot.nodeDay]) if (startedAt >= from && spent.runs > 0) spent.runs--;
}

/** A call has begun: it is charged now, so that a crash cannot make it free. */
export function spendIntent(
  snapshot: Snapshot,
  run: OpenRun,
  { kind, charge = {} }: Pick<EntryBody<'step.intended'>, 'kind' | 'charge'>,
): void {
  const { tokens = 0, usd = 0, costUnits = 0, irreversible = false } = charge;
  add(snapshot, run, { tokens, usd, costUnits, irreversible: irreversible ? 1 : 0 });
  if (kind === 'model') add(snapshot, run, { modelTurns: 1 });
  else if (kind === 'tool') add(snapshot, run, { toolCalls: 1 });
}

/** Failures of which it is certain that the model did not think. */
const freeFailures = ['MODEL_UNREACHABLE', 'MODEL_RATE_LIMITED', 'MODEL_REFUSED', 'MODEL_UNKNOWN', 'MODEL_KEY_MISSING'];

/** A step has ended: what it used takes the place of the most it could have used. */
export function spendResult(
  snapshot: Snapshot,
  run: OpenRun,
  body: EntryBody<'step.ended'>,
  begun: FoldedStep | undefined,
): void {
  add(snapshot, run, { activeMs: Math.max(0, body.durationMs) });
  // A refused step was not made.
  if (!begun && body.kind === 'tool' && !body.refused)
    spendIntent(snapshot, run, { kind: 'tool', ...(body.charge ? { charge: body.charge } : {}) });
  if (body.kind !== 'model') return;
  const { usage } = body;
  const reserved: Charge = begun?.charge ?? {};
  if (!usage && body.outcome === 'error' && !freeFailures.includes(body.error?.code ?? '')) return;
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  add(snapshot, run, { tokens: tokens - (reserved.tokens ?? 0), usd: (usage?.costUsd ?? 0) - (reserved.usd ?? 0) });
}

/** Calls outside of runs, such as a judge's. */
export function spendOutside(snapshot: Snapshot, spent: Partial<Spent>): void {
  add(snapshot, undefined, spent);
}

export function beginDay(snapshot: Snapshot, { scope, from, until }: EntryBody<'budget.day_began'>): void {
  if (scope === 'node') snapshot.nodeDay = emptyDay(from, until);
  else snapshot.day = emptyDay(from, until);
}

export function topUp(
  snapshot: Snapshot,
  { limit, amount, scope, run }: Pick<EntryBody<'budget.topped_up'>, 'limit' | 'amount' | 'scope' | 'run'>,
): void {
  const into =
    scope === 'run'
      ? snapshot.runs.get(run ?? '')?.toppedUp
      : scope === 'node'
        ? snapshot.nodeDay.toppedUp
        : snapshot.day.toppedUp;
  if (into) into[limit] = (into[limit] ?? 0) + amount;
}

/** A person's answer to a request for more: what they grant, or what was suggested where they name no amount. */
export function topUpByAnswer(
  snapshot: Snapshot,
  { item, run }: OpenItem,
  answer: EntryBody<'item.answered'>['answer'],
): void {
  if (item.kind !== 'top_up' || !isJsonObject(answer) || answer['verdict'] !== 'top_up') return;
  const { limit, scope, suggested } = item.about;
  const amount = answer['amount'] ?? suggested;
  if (typeof limit !== 'string' || typeof amount !== 'number' || !Number.isFinite(amount)) return;
  if (scope === 'run' || scope === 'day' || scope === 'node') topUp(snapshot, { limit, amount, scope, run });
}
