import type { Effect, EntryBody, Usage } from '../../../shared/entries/journal-entries.ts';
import type { ErasureReceipt } from '../../../shared/erasure-receipt.ts';
import type { Json } from '../../../shared/json.ts';
import { questionOf } from './letters.ts';
import { countInvocation } from './mission-fold.ts';
import type { ContextCell, OpenRun, QueuedEvent, Snapshot } from './snapshot.ts';
import { spendRun } from './spending.ts';

/** What several kinds of entry change in the same way. */

/** Agents that one agent brought into the world, of which it is known; the newest. */
const mostChildren = 1_000;

/** Effects that have done what they do when the run has settled. */
const withTheRun: ReadonlySet<Effect['type']> = new Set(['definition.change', 'answer', 'result']);

export function applyEffects(
  snapshot: Snapshot,
  body: EntryBody<'run.settled'>,
  seq: number,
  at: number,
  epoch = 0,
): void {
  const outgoing: Effect[] = [];
  const remembered: Effect[] = [];
  for (const effect of body.effects) {
    if (effect.type === 'context.set')
      setContext(snapshot, effect.key, { value: effect.value }, at, `run:${body.run}`, body.run, body.taint);
    else if (effect.type === 'context.delete') setContext(snapshot, effect.key, null, at, `run:${body.run}`, body.run);
    else if (effect.type === 'say')
      snapshot.conversation.push({ role: effect.role, content: effect.content, at, run: body.run });
    else if (effect.type === 'emit' || effect.type === 'send') outgoing.push(effect);
    else if (effect.type === 'spawn') {
      snapshot.children = [...snapshot.children, { name: effect.name, run: body.run, at }].slice(-mostChildren);
      outgoing.push(effect);
    } else if (!withTheRun.has(effect.type)) remembered.push(effect);
  }
  if (snapshot.conversation.length > body.keptMessages) {
    snapshot.conversation = body.keptMessages === 0 ? [] : snapshot.conversation.slice(-body.keptMessages);
  }
  if (body.summary !== undefined)
    snapshot.conversation.unshift({ role: 'user', content: body.summary, at, run: body.run });
  if (remembered.length > 0) {
    snapshot.memoryOutbox.set(seq, { seq, at, run: body.run, effects: remembered });
    noteForgotten(snapshot, remembered, seq);
  }
  if (outgoing.length > 0)
    snapshot.outbox.set(seq, {
      ...snapshot.outbox.get(seq),
      seq,
      at,
      run: body.run,
      effects: outgoing,
      ...(body.taint && body.taint.length > 0 ? { taint: body.taint } : {}),
      ...(epoch > 0 ? { epoch } : {}),
    });
}

/** Under this name a process keeps what it was told to forget and its journal still holds; `*`: everything. */
export const forgotten = 'forgotten';

/** Notes what is to be taken out of the past as well. */
export function noteForgotten(snapshot: Snapshot, effects: readonly Effect[], seq: number): void {
  for (const effect of effects) {
    const id = effect.type === 'memory.forget' ? effect.id : effect.type === 'memory.purge' ? '*' : undefined;
    if (id === undefined) continue;
    const known = snapshot.remembered.get(forgotten) ?? new Map<string, Json>();
    snapshot.remembered.set(forgotten, known.set(id, seq));
  }
}

export function noteErased(snapshot: Snapshot, { ids, receipt }: EntryBody<'memory.erased'>): void {
  if (receipt) keepReceipt(snapshot, receipt);
  const known = snapshot.remembered.get(forgotten);
  for (const id of ids) known?.delete(id);
  if (known?.size === 0) snapshot.remembered.delete(forgotten);
}

/** Under this name a process keeps the receipts of what it forgot: they outlive the entries that brought them. */
const receiptsOf = 'memory: receipts';
const mostReceipts = 200;

function keepReceipt(snapshot: Snapshot, receipt: ErasureReceipt): void {
  const kept = [...(snapshot.remembered.get(receiptsOf) ?? []), [receipt.id, receipt] as [string, Json]];
  snapshot.remembered.set(receiptsOf, new Map(kept.slice(-mostReceipts)));
}

/** A node has forgotten it as well. */
export function noteReached(
  snapshot: Snapshot,
  { receipt: id, node }: EntryBody<'memory.reached'>,
  { at }: { at: number },
): void {
  const kept = snapshot.remembered.get(receiptsOf);
  const receipt = kept?.get(id) as unknown as ErasureReceipt | undefined;
  if (!kept || !receipt) return;
  const nodes = receipt.nodes?.map((one) => (one.node === node && one.doneAt === null ? { ...one, doneAt: at } : one));
  kept.set(id, { ...receipt, ...(nodes && { nodes }) } as unknown as Json);
}

/** Oldest first. */
export function receiptsIn(snapshot: Pick<Snapshot, 'remembered'>): ErasureReceipt[] {
  return [...(snapshot.remembered.get(receiptsOf)?.values() ?? [])] as unknown as ErasureReceipt[];
}

export function setContext(
  snapshot: Snapshot,
  key: string,
  next: { value: Json } | null,
  at: number,
  by: string,
  writer: string | null,
  taint?: string[],
): void {
  const before = noteBase(snapshot, key, writer);
  if (next)
    snapshot.context.set(key, {
      value: next.value,
      version: (before?.version ?? 0) + 1,
      at,
      by,
      ...(taint ? { taint } : {}),
    });
  else snapshot.context.delete(key);
}

/** Keeps for the open runs what the key holds now, since it is about to change; gives that back. */
export function noteBase(snapshot: Snapshot, key: string, writer: string | null): ContextCell | undefined {
  const before = snapshot.context.get(key);
  for (const run of snapshot.runs.values()) {
    if (run.id !== writer && !run.base.has(key)) run.base.set(key, before ? { value: before.value } : null);
  }
  return before;
}

export function beginRun(snapshot: Snapshot, run: OpenRun): void {
  snapshot.runs.set(run.id, run);
  snapshot.counts.runs++;
  spendRun(snapshot);
  countInvocation(snapshot);
  const queued = snapshot.queue.get(run.event);
  if (!queued) return;
  queued.state = 'running';
  queued.run = run.id;
  queued.attempts++;
}

export function endEvent(snapshot: Snapshot, id: string): void {
  const event = snapshot.queue.get(id);
  if (!event) return;
  snapshot.queue.delete(id);
  const question = questionOf(event);
  if (question !== null) snapshot.letters.delete(question);
  snapshot.priorities[event.priority] = (snapshot.priorities[event.priority] ?? 1) - 1;
  if (event.run) endRun(snapshot, event.run);
}

export function endRun(snapshot: Snapshot, id: string): void {
  const run = snapshot.runs.get(id);
  if (!run) return;
  snapshot.runs.delete(id);
  for (const [itemId, { run: owner }] of snapshot.items) if (owner === id) snapshot.items.delete(itemId);
  if (
    snapshot.pinned.has(run.definition) &&
    ![...snapshot.runs.values()].some(({ definition }) => definition === run.definition)
  ) {
    snapshot.pinned.delete(run.definition);
  }
}

export function setEventState(snapshot: Snapshot, run: OpenRun, state: QueuedEvent['state']): void {
  const event = snapshot.queue.get(run.event);
  if (event) event.state = state;
}

export function noteInstant(snapshot: Snapshot, trigger: string, instant: number): void {
  // The one recorded last, not the highest: after the clock was wrong, the schedule goes on from what it did since.
  snapshot.instants.set(trigger, instant);
}

export function addUsage(total: Usage, more: { [K in keyof Usage]?: Usage[K] | undefined }): void {
  total.modelCalls += more.modelCalls ?? 0;
  total.toolCalls += more.toolCalls ?? 0;
  total.inputTokens += more.inputTokens ?? 0;
  total.outputTokens += more.outputTokens ?? 0;
  total.costUsd += more.costUsd ?? 0;
}
