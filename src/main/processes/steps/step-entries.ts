import type { EntryBody, InboxItem } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { GuardedStep } from '../../governance/guard.ts';
import type { FoldedStep, OpenRun } from '../../journal/fold/snapshot.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Allowed, Performed, StepSpec } from './step-spec.ts';

interface Place {
  readonly run: string;
  readonly step: number;
  readonly argsHash: string;
}

/** What is noted before a step is made. */
export function intendedBody(
  { process, run, step, argsHash }: Place & { readonly process: string },
  { kind, name, ...spec }: Pick<StepSpec, 'kind' | 'name' | 'args'>,
  { args, charge }: Allowed,
): Omit<EntryBody<'step.intended'>, 'repeatable' | 'attempt'> {
  return {
    run,
    step,
    kind,
    name,
    args,
    argsHash,
    // Stable over restarts and tries, and made by the runtime alone, so that no model can choose it.
    callKey: sha256(`${process}\n${run}\n${step}\n${argsHash}`),
    ...(charge ? { charge } : {}),
    ...(args === spec.args ? {} : { edited: true }),
  };
}

/** What is noted after it. A local step had no intent, so its arguments stand here. */
export function endedBody(
  { run, step, argsHash }: Place,
  { kind, name, args }: Pick<StepSpec, 'kind' | 'name' | 'args'>,
  { result, failed, effects = [], usage, taint, charge, refused, by, task }: Performed,
  durationMs: number,
  local: boolean,
): EntryBody<'step.ended'> {
  return {
    run,
    step,
    kind,
    name,
    argsHash,
    outcome: failed ? 'error' : 'ok',
    result,
    effects,
    durationMs: Math.round(durationMs * 1000) / 1000,
    ...(failed ? { error: failed } : {}),
    ...(usage ? { usage } : {}),
    ...(taint ? { taint } : {}),
    ...(charge ? { charge } : {}),
    ...(refused ? { refused } : {}),
    ...(by ? { by } : {}),
    ...(task === undefined ? {} : { task }),
    ...(local ? { args } : {}),
  };
}

/** The agent asks for another step than it did when the run was recorded. */
export function divergence(recorded: FoldedStep, kind: StepSpec['kind'], now: string): RuntimeError {
  const { step, name } = recorded;
  const how = name === now ? 'with other arguments now' : `${kind} "${now}" now`;
  return new RuntimeError(
    'RUN_DIVERGED',
    `Step ${step} was ${recorded.kind} "${name}" when it was recorded, and is ${how}.`,
    { step, recorded: name, now },
  );
}

/** What a person is asked about a call whose answer nobody saw. `found`: what a check saw; `until`: epoch ms. */
export function doubtItem(
  { id: run, event }: Readonly<OpenRun>,
  { name: tool, doubt }: StepSpec,
  args: Json,
  found: JsonObject | undefined,
  until: number | null,
): InboxItem {
  return {
    id: newId('itm'),
    kind: 'in_doubt',
    title: `Did ${tool} happen?`,
    question:
      'The call was begun and its answer was never seen. It may or may not have taken place, and is not known to be repeatable.',
    about: { run, event, tool, args, ...(found ? { check: found } : {}) },
    choices: ['happened', 'run_again', 'give_up'],
    expiresAt: until,
    fallback: until === null ? null : { verdict: doubt?.fallback ?? 'give_up' },
  };
}

/** A step as guards see it. */
export function guardedStep(
  { id: run, usage, verdicts }: Readonly<OpenRun>,
  step: number,
  argsHash: string,
  { kind, name, args, reach, weigh, futile = false }: StepSpec,
): Omit<GuardedStep, 'taint' | 'again'> {
  const answered: GuardedStep['answered'] = (item) => {
    const verdict = verdicts[`${step}:${item}`];
    // What was said of other arguments says nothing of these.
    return verdict && (verdict.hash === '' || verdict.hash === `${name}:${argsHash}`) ? verdict : undefined;
  };
  return { run, step, kind, name, args, argsHash, reach, usage, futile, answered, ...(weigh ? { weigh } : {}) };
}
