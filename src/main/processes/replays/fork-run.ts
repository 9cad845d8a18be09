import type { Definition, EntryBody, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { FoldedStep, Snapshot } from '../../journal/fold/snapshot.ts';
import type { RunPast } from '../runs/run-record.ts';
import { abilityOf, definitionOf } from '../versions/definition.ts';

export interface ForkEdit {
  prompt?: string | undefined;
  model?: string | undefined;
  result?: Json | undefined;
  args?: Json | undefined;
}

export interface Fork {
  event: string;
  run: string;
  entries: NewEntry[];
}

/**
 * The entries of a new run that goes the way of an old one up to `step`, and then its own: steps before it are answered
 * with what they gave then, so nothing is paid or done twice. What is edited holds for the new run alone.
 * @throws RuntimeError `REQUEST_INVALID`, or what is wrong with an edited definition.
 */
export function forkEntries(
  past: RunPast,
  step: number,
  edit: ForkEdit,
  live: Readonly<Snapshot>,
  env: Readonly<Record<string, string | undefined>>,
  by: string,
  now: number,
): Fork {
  const { record, open } = past;
  const target = open.steps.get(step);
  if (step > open.steps.size + 1) {
    throw new RuntimeError(
      'REQUEST_INVALID',
      `Run ${open.id} took ${open.steps.size} steps, so it cannot be forked at step ${step}.`,
      { steps: open.steps.size },
    );
  }
  if ((edit.result !== undefined || edit.args !== undefined) && !target)
    throw new RuntimeError('REQUEST_INVALID', `Run ${open.id} has no step ${step} that could be edited.`);
  if (edit.args !== undefined && target?.kind !== 'tool')
    throw new RuntimeError(
      'REQUEST_INVALID',
      `Step ${step} is a ${target?.kind} step; only a tool call has arguments that can be edited.`,
    );
  const definition = editedDefinition(record.definition, edit, env);
  const [event, run] = [newId('evt', now), newId('run', now)];
  const steps = reused(open.steps, step);
  if (target && (edit.result !== undefined || edit.args !== undefined))
    steps.push({
      ...target,
      state: 'intended',
      repeatable: true,
      attempt: 0,
      result: null,
      error: null,
      effects: [],
      endSeq: 0,
      ...(edit.args === undefined ? {} : { args: edit.args }),
    });
  const forked: EntryBody<'run.forked'> = {
    id: run,
    event,
    definition,
    from: { run: open.id, step },
    seed: record.run,
    origin: { id: record.event.id, kind: record.event.kind, at: record.event.at },
    startedAt: record.startedAt,
    taint: open.taint,
    steps: steps as unknown as EntryBody<'run.forked'>['steps'],
    base: baseOf(record.context, live),
    opening: editedOpening(past, edit),
  };
  const entries: NewEntry[] = [
    { kind: 'event.accepted', body: acceptedBody(past, event, by), key: `${live.life}/fork:${event}` },
    { kind: 'run.forked', body: forked },
  ];
  if (target && edit.result !== undefined)
    entries.push({ kind: 'step.ended', body: editedStep(run, target, edit.result, by) });
  return { event, run, entries };
}

function reused(steps: ReadonlyMap<number, FoldedStep>, before: number): FoldedStep[] {
  return [...steps.values()]
    .filter(({ step, state }) => step < before && state !== 'intended')
    .sort((a, b) => a.step - b.step);
}

function acceptedBody({ record, open }: RunPast, id: string, by: string): EntryBody<'event.accepted'> {
  const { trigger, kind, payload, metadata, taint } = record.event;
  return {
    id,
    trigger,
    // The broker must not take the end of a trial for the end of the message.
    kind: kind === 'message' || kind === 'cron' ? 'manual' : kind,
    dedupeKey: `fork:${id}`,
    payload,
    metadata: { ...metadata, forked_from: open.id, by },
    taint,
    priority: 5,
    notBefore: null,
    expiresAt: null,
    redelivers: open.event,
  };
}

function editedDefinition(
  definition: Definition,
  { prompt, model }: ForkEdit,
  env: Readonly<Record<string, string | undefined>>,
): Definition {
  if (prompt === undefined && model === undefined) return definition;
  const manifest: JsonObject = {
    ...definition.manifest,
    ...(prompt === undefined ? {} : { instructions: prompt }),
    ...(model === undefined ? {} : { model }),
  };
  const edited = definitionOf(manifest, null);
  abilityOf(edited, env);
  return edited;
}

/** The opening of the old run, with the new instructions in the place of the old ones. */
function editedOpening({ record }: RunPast, { prompt }: ForkEdit): EntryBody<'run.forked'>['opening'] {
  const { opening, definition } = record;
  if (!opening || prompt === undefined) return opening;
  const before = String(definition.manifest['instructions'] ?? '').trim();
  const [first, ...rest] = opening;
  if (first?.role !== 'system') return [{ role: 'system', content: prompt }, ...opening];
  const content =
    before && first.content.includes(before)
      ? first.content.replace(before, () => prompt.trim())
      : `${first.content}\n\n${prompt.trim()}`;
  return [{ role: 'system', content }, ...rest];
}

function editedStep(
  run: string,
  { step, kind, name, argsHash, result: was }: FoldedStep,
  edited: Json,
  by: string,
): EntryBody<'step.ended'> {
  const result =
    kind === 'tool'
      ? { content: edited, isError: false }
      : kind === 'model' && typeof edited === 'string'
        ? { ...(was as JsonObject), text: edited, toolCalls: [], finish: 'stop' }
        : edited;
  return { run, step, kind, name, argsHash, outcome: 'ok', result, effects: [], durationMs: 0, by };
}

/** What the context was when the old run began, where it is another now. */
function baseOf(then: readonly [string, Json][], live: Readonly<Snapshot>): [string, { value: Json } | null][] {
  const before = new Map(then);
  return [...new Set([...before.keys(), ...live.context.keys()])].map((key) => [
    key,
    before.has(key) ? { value: before.get(key) ?? null } : null,
  ]);
}
