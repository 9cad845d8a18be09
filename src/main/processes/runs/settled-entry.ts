import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Effect, ErrorNote, NewEntry } from '../../../shared/entries/journal-entries.ts';
import type { Json } from '../../../shared/json.ts';
import { questionOf } from '../../journal/fold/letters.ts';
import { noUsage, type OpenRun, type QueuedEvent, type Snapshot } from '../../journal/fold/snapshot.ts';
import { withoutLocked } from '../prompts/context-locks.ts';
import { exchangeOf, keptOf } from '../prompts/conversation.ts';
import { autoStored } from '../prompts/recall.ts';
import type { Pass } from '../steps/step-spec.ts';
import type { Run } from './run.ts';
import { triedTool } from './tool-trial.ts';

export interface Settlement {
  readonly pass: Extract<Pass, { type: 'done' | 'failed' | 'cancelled' }>;
  readonly open: Readonly<OpenRun>;
  readonly event: QueuedEvent;
  /** Left out where nothing of it could be begun. */
  readonly run: Run | undefined;
  readonly config: ProcessConfig;
  readonly snapshot: Readonly<Snapshot>;
}

/** Everything that a run changes in our own state, as one entry: a run that was not done changes nothing but counts. */
export function settledEntry({ pass, open, event, run, config, snapshot }: Settlement): NewEntry<'run.settled'> {
  const { conversation, runs } = snapshot;
  const done = pass.type === 'done' ? pass : undefined;
  const { effects, withheld } = withoutLocked(done && run ? run.effects : [], snapshot);
  let kept = conversation.length;
  let summary: string | undefined;
  // Whoever found nothing to do has said nothing, and nothing of it is remembered; nor did the agent where a tool was tried.
  const said = done?.idle || triedTool(event) !== undefined ? undefined : done;
  const exchange = said && run ? exchangeOf(run, said.output, config, conversation) : undefined;
  if (run && exchange) {
    for (const message of exchange.added) effects.push({ type: 'say', ...message });
    ({ kept, summary } = keptOf(exchange, run.summary));
  }
  if (said && run && config.memory.autoStore) effects.push(autoStored(run.event, open.id, said.output, [...run.taint]));
  const error = errorOf(pass);
  const isToBeRead = said !== undefined && isResult(effects, said.output, event, config);
  return {
    kind: 'run.settled',
    body: {
      run: open.id,
      event: event.id,
      outcome: pass.type,
      output: done?.output ?? null,
      effects,
      ...(withheld.length > 0 ? { withheld } : {}),
      ...(run && run.taint.size > 0 ? { taint: [...run.taint] } : {}),
      usage: { ...(runs.get(open.id)?.usage ?? noUsage()) },
      steps: run?.steps ?? open.steps.size,
      startedAt: open.startedAt,
      keptMessages: kept,
      ...(summary === undefined ? {} : { summary }),
      ...(done?.idle ? { idle: true as const } : {}),
      ...(isToBeRead ? { result: true as const } : {}),
      ...(error ? { error } : {}),
      ...(pass.type === 'cancelled' ? { by: pass.by } : {}),
    },
  };
}

/** Whether a person is to read what it came to: by default only what the agent says is worth it. */
function isResult(
  effects: readonly Effect[],
  output: Json,
  { kind, trigger, metadata }: QueuedEvent,
  { inbox: { results } }: ProcessConfig,
): boolean {
  if (results === 'none') return false;
  if (effects.some(({ type }) => type === 'result')) return true;
  // Who starts a run by hand, or asks something, reads what it came to where they asked.
  const isByHand = kind === 'manual' || metadata['chat'] === true || questionOf({ kind, trigger, metadata }) !== null;
  const isEmpty = output === null || output === '' || (typeof output === 'object' && Object.keys(output).length === 0);
  return results === 'all' && !isByHand && !isEmpty;
}

function errorOf(pass: Settlement['pass']): ErrorNote | undefined {
  if (pass.type === 'failed') return pass.error;
  return pass.type === 'cancelled' ? { code: 'RUN_CANCELLED', message: pass.reason } : undefined;
}
