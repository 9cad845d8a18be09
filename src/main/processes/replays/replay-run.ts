import { modelId, type ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Effect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { ReplayReport, RunRecord } from '../../../shared/run-record.ts';
import type { Agent } from '../../agent/agent.ts';
import { modelAgent } from '../../agent/model-agent.ts';
import { askPerson } from '../../agent/tools/ask-person.ts';
import { freshRun } from '../../journal/fold/open-run.ts';
import type { FoldedStep, OpenRun, QueuedEvent } from '../../journal/fold/snapshot.ts';
import type { Clock } from '../../lib/clock.ts';
import { hashOf } from '../../lib/hash.ts';
import type { Toolbox } from '../parts.ts';
import { keptEffects } from '../prompts/context-locks.ts';
import { exchangeOf } from '../prompts/conversation.ts';
import { Run, type RunHost } from '../runs/run.ts';
import { trialAgent } from '../runs/tool-trial.ts';
import type { Pass } from '../steps/step-spec.ts';
import { abilityOf } from '../versions/definition.ts';

export interface ReplayParts {
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** Only for agents that are scripts. */
  buildAgent(config: ProcessConfig): Promise<Agent>;
}

/**
 * Makes a run again from what was recorded: the agent works from its top and is given the answers it was given then. No
 * model is asked, no tool is called, nothing is written. A step that was not recorded ends it.
 */
export async function replayRecord(record: RunRecord, parts: ReplayParts): Promise<ReplayReport> {
  const { config } = abilityOf(record.definition, lenient(parts.env));
  const open = openRunOf(record);
  let divergence: string | null = null;
  let isBeyond = false;
  const host: RunHost = {
    ...offlineHost(record, config, parts.clock),
    contextAtStart: () => new Map(record.context),
    // Only whether it was summed up is a step, and that is in the record.
    conversationWith: (output) => exchangeOf(run, output, config, []),
    onDiverged: ({ message }) => {
      divergence ??= message;
    },
    onBeyond: (step, { kind, name }) => {
      isBeyond = true;
      if (step <= record.expected.steps || record.expected.outcome === 'done')
        divergence ??= `Step ${step} (${kind} "${name}") was not recorded.`;
    },
  };
  const run: Run = new Run(host, open, queuedEventOf(record), record.event.payload);
  const agent = await agentOf(record, config, parts);
  const pass = await run.pass(agent).finally(() => agent.close());
  const recorded = endingOf(record, record.expected);
  // A run that was cut off is as it was when it has come to where that happened.
  const isCutOff = isBeyond && divergence === null;
  const replayed = isCutOff
    ? recorded
    : endingOf(record, {
        ...resultOf(pass),
        effects: pass.type === 'done' ? keptEffects(run.effects, record.expected.withheld) : [],
      });
  // A look at a call in doubt is none of the agent's steps.
  const recordedSteps = Math.max(0, ...record.steps.flatMap(({ kind, step }) => (kind === 'check' ? [] : [step])));
  if (run.steps < recordedSteps) divergence ??= `It ended after ${run.steps} of ${recordedSteps} recorded steps.`;
  if (recorded.hash !== replayed.hash) divergence ??= 'It took the same steps, and something else came of it.';
  return {
    same: divergence === null,
    steps: run.steps,
    recordedSteps,
    divergence,
    recorded,
    replayed,
  };
}

function offlineHost(
  { process, opening }: RunRecord,
  config: ProcessConfig,
  clock: Clock,
): Omit<RunHost, 'contextAtStart' | 'conversationWith'> {
  return {
    process,
    clock,
    guards: [],
    maxSteps: config.maxSteps,
    toolbox: offlineToolbox(),
    toolTimeoutMs: 0,
    toolPolicies: {},
    writableKeys: config.context.writableKeys,
    // What was refused for a lock is in the record.
    lockOf: () => undefined,
    instructions: config.instructions,
    memory: undefined,
    undeliveredMemory: () => [],
    opening: async () => opening ?? [],
    assertRoom: () => {},
    append: async () => {},
    onHalt: () => {},
    clashes: () => [],
  };
}

function offlineToolbox(): Toolbox {
  const ask = askPerson();
  return {
    tools: [],
    resolve(name) {
      if (name === ask.name) return ask;
      throw offline(name);
    },
    ready: async () => [],
    close: () => {},
  };
}

async function agentOf(record: RunRecord, config: ProcessConfig, parts: ReplayParts): Promise<Agent> {
  const trial = trialAgent(record.event);
  if (trial) return trial;
  if (modelId(config.model) === 'script') return parts.buildAgent(config);
  const id = record.steps.find(({ kind }) => kind === 'model')?.name ?? modelId(config.model);
  const model = {
    id,
    ask: async () => {
      throw offline(id);
    },
  };
  return modelAgent({ model, maxTurns: config.maxTurns });
}

function offline(name: string): RuntimeError {
  return new RuntimeError('RUN_DIVERGED', `${name} is not called while a run is made again from its record.`, { name });
}

function openRunOf({ run: id, event, definition, startedAt, steps }: RunRecord): OpenRun {
  const folded = steps.map(
    ({ order, ...step }): FoldedStep => ({ ...step, callKey: '', repeatable: true, attempt: 1, seq: 0, endSeq: order }),
  );
  return freshRun({
    id,
    event: event.id,
    attempt: 1,
    startedAt,
    definition: definition.hash,
    taint: event.taint,
    steps: new Map(folded.map((step) => [step.step, step])),
  });
}

function queuedEventOf({ run, event: { payload: _payload, ...event } }: RunRecord): QueuedEvent {
  return { ...event, seq: 0, priority: 0, attempts: 1, notBefore: null, expiresAt: null, state: 'running', run };
}

function resultOf(pass: Pass): { outcome: string; output: Json; error: { code: string } | null } {
  if (pass.type === 'done') return { outcome: 'done', output: pass.output ?? null, error: null };
  return { outcome: pass.type, output: null, error: pass.type === 'failed' ? pass.error : null };
}

function endingOf(
  record: RunRecord,
  ending: { outcome: string; output: Json; error: { code: string } | null; effects: readonly Effect[] },
) {
  const { outcome, output } = ending;
  const error = ending.error?.code ?? null;
  const context = new Map(record.context);
  // The conversation holds the output and what woke the agent: nothing that is not compared already.
  const effects = ending.effects.filter(({ type }) => type !== 'say');
  for (const effect of effects) {
    if (effect.type === 'context.set') context.set(effect.key, effect.value);
    else if (effect.type === 'context.delete') context.delete(effect.key);
  }
  return {
    outcome,
    output,
    error,
    hash: hashOf({ outcome, output, error, effects, context: Object.fromEntries(context) } as unknown as Json),
  };
}

/** Values of the environment are none of a replay's business, so one that is missing is no reason to refuse it. */
function lenient(env: ReplayParts['env']): ReplayParts['env'] {
  return new Proxy(env, { get: (target, name) => (typeof name === 'string' ? (target[name] ?? '') : undefined) });
}
