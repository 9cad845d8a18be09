import type { EntryBody, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import { uncountInvocation } from './mission-fold.ts';
import type { OpenItem, Snapshot } from './snapshot.ts';
import { topUpByAnswer, unspendRun } from './spending.ts';

/** How many endings of runs are kept for guards to look at. */
const keptEndings = 100;

/** What those who are told of it get to know. */
export function escalatedData(
  process: string,
  { guard, what, about, run, text, details = {} }: EntryBody<'governance.noted'>,
): JsonObject {
  return { process, guard, what, about, run, text, ...details };
}

/** What a guard has seen. */
export function noteGovernance(
  snapshot: Snapshot,
  body: EntryBody<'governance.noted'>,
  { seq, at, epoch }: JournalEntry<'governance.noted'>,
): void {
  const { guard, what, about, run: id, escalation } = body;
  if (escalation) {
    const { eventType, webhookUrl, webhookSecret } = escalation;
    const data = escalatedData(snapshot.process, body);
    if (eventType)
      snapshot.outbox.set(seq, {
        seq,
        at,
        run: id ?? '',
        effects: [{ type: 'emit', eventType, data }],
        ...(epoch > 0 ? { epoch } : {}),
      });
    if (webhookUrl)
      snapshot.escalations[seq] = {
        at,
        url: webhookUrl,
        body: { ...data, at, id: `${snapshot.process}.${seq}` },
        ...(webhookSecret ? { secret: webhookSecret } : {}),
      };
  }
  if (what === 'warning') {
    const run = id === null ? undefined : snapshot.runs.get(id);
    if (run) run.told.push(about);
    else if (id === null) snapshot.day.told.push(about);
  } else if (guard === 'health') {
    if (what === 'anomaly') snapshot.health.anomalies[about] = { at, over: false };
    else if (what === 'recovered')
      snapshot.health.anomalies[about] = { at: snapshot.health.anomalies[about]?.at ?? at, over: true };
  }
}

/** Labels of untrusted origin that a run has from its beginning: of its event, and of what its prompt holds. */
export function taintAtStart({ context, conversationTaint }: Readonly<Snapshot>, ofEvent: readonly string[]): string[] {
  const labels = new Set([...ofEvent, ...conversationTaint]);
  for (const { taint } of context.values()) for (const label of taint ?? []) labels.add(label);
  return [...labels];
}

export function noteEnding(
  snapshot: Snapshot,
  { outcome, output, effects, taint, idle, startedAt }: EntryBody<'run.settled'>,
): void {
  if (taint && effects.some(({ type }) => type === 'say'))
    snapshot.conversationTaint = [...new Set([...snapshot.conversationTaint, ...taint])];
  if (outcome === 'cancelled') return;
  if (idle) {
    // Nobody was asked, so there is nothing to judge, and it counts as no run of the agent.
    unspendRun(snapshot, startedAt);
    uncountInvocation(snapshot, startedAt);
    return;
  }
  if (snapshot.mission?.state === 'active') snapshot.mission.unjudged++;
  const { endings } = snapshot.health;
  // A script that returns nothing has said nothing wrong.
  const chars =
    typeof output === 'string'
      ? output.trim().length
      : output === null
        ? keptEndings * 100
        : JSON.stringify(output).length;
  endings.push(outcome === 'failed' ? -1 : chars);
  if (endings.length > keptEndings) endings.shift();
}

/** What a person said about a step, and what follows from it beyond the step. */
export function noteVerdict(
  snapshot: Snapshot,
  open: OpenItem,
  answer: EntryBody<'item.answered'>['answer'],
  by: string,
  at: number,
): void {
  topUpByAnswer(snapshot, open, answer);
  grantByAnswer(snapshot, open, answer, by, at);
  const { item, run, step } = open;
  const verdicts = snapshot.runs.get(run)?.verdicts;
  if (verdicts) verdicts[`${step}:${item.kind}`] = { answer, by, hash: String(item.about['call'] ?? '') };
}

export function revokeGrant(snapshot: Snapshot, { tool, call }: EntryBody<'approval.revoked'>): void {
  snapshot.grants = snapshot.grants.filter((grant) => grant.tool !== tool || grant.call !== call);
}

/** What a person said need not be asked for again; a first use that was approved is such a thing. */
function grantByAnswer(
  snapshot: Snapshot,
  { item }: OpenItem,
  answer: EntryBody<'item.answered'>['answer'],
  by: string,
  at: number,
): void {
  if (item.kind !== 'approval' || !isJsonObject(answer)) return;
  const { verdict, scope } = answer;
  const { tool, call, why } = item.about;
  const isFirst = verdict === 'approve' && why === 'first_use' && by !== 'timeout';
  if ((verdict !== 'always_allow' && !isFirst) || typeof tool !== 'string') return;
  const grant = { tool, call: scope === 'arguments' && typeof call === 'string' ? call : null, by, at };
  if (!snapshot.grants.some((known) => known.tool === grant.tool && known.call === grant.call))
    snapshot.grants.push(grant);
}

export function endEscalation(snapshot: Snapshot, { seq }: EntryBody<'escalation.ended'>): void {
  delete snapshot.escalations[seq];
}
