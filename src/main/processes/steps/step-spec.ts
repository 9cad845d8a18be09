import type { Charge } from '../../../shared/entries/governance-entries.ts';
import type { Effect, ErrorNote, NewEntry, StepKind, Usage } from '../../../shared/entries/journal-entries.ts';
import type { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { type Agent, nothingToDo } from '../../agent/agent.ts';
import type { TaskLink, ToolReach } from '../../agent/tool.ts';
import type { Guard, ModelWeight, Verdict } from '../../governance/guard.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DoubtRule } from './doubt.ts';

/** One thing to do, and how. */
export interface StepSpec {
  kind: StepKind;
  name: string;
  args: Json;
  reach: ToolReach;
  deadlineMs?: number;
  /** What the user said about calls whose outcome is not known. */
  doubt?: DoubtRule | undefined;
  /** The reach of the call with other arguments. */
  reachOf?(args: Json): ToolReach;
  /** It cannot be made, so nobody needs to allow it. */
  futile?: boolean;
  weigh?(): ModelWeight;
  /** `args` are those of the spec, or what a person made of them. */
  perform(call: StepCall, args: Json): Promise<Performed> | Performed;
}

export interface StepCall {
  step: number;
  callKey: string;
  signal: AbortSignal;
  /** Where the other side does it as a task of its own. */
  task?: TaskLink;
  /** The longest answer a model may give, where a budget limits it. */
  maxOutputTokens?: number | undefined;
}

/** What the guards made of a step. */
export interface Allowed {
  args: Json;
  charge?: Charge;
  maxOutputTokens?: number;
}

/** What came of it. */
export interface Performed {
  result: Json;
  failed?: ErrorNote;
  effects?: Effect[];
  usage?: Partial<Usage>;
  taint?: string[];
  charge?: Charge;
  /** A guard did not let it happen. */
  refused?: boolean;
  /** Who decided what the outcome was, where nobody saw it. */
  by?: string;
  /** The task of the other side that did it. */
  task?: string;
}

/** How a pass over a run ended. Only `done`, `failed` and `cancelled` end the run itself. */
export type Pass =
  | { type: 'done'; output: Json; idle?: true }
  | { type: 'failed'; error: ErrorNote }
  | { type: 'cancelled'; reason: string; by: string }
  | { type: 'parked' }
  | { type: 'halted' };

/** The ending of a pass that an agent came through. */
export function doneWith(given: Awaited<ReturnType<Agent['run']>>): Pass {
  return given === nothingToDo ? { type: 'done', output: null, idle: true } : { type: 'done', output: given };
}

/** What steps need from the process they are made in. */
export interface StepHost {
  readonly process: string;
  readonly clock: Clock;
  readonly guards: readonly Guard[];
  readonly maxSteps: number;
  append(commit: string, entries: NewEntry[]): Promise<void>;
  /** Whether a step that was not recorded may still begin here; left out: it may. */
  mayBegin?: () => boolean;
  /** Takes secrets out of what a step gave. */
  redact?<T>(value: T): T;
  /** Left out: a step that was not recorded is made. Else the run ends there. */
  onBeyond?: (step: number, spec: Pick<StepSpec, 'kind' | 'name' | 'args'>) => void;
  /** The agent asked for another step than it did when the run was recorded. */
  onDiverged?: (error: RuntimeError) => void;
  /** A guard wants the process to stop working. */
  onHalt(verdict: Extract<Verdict, { say: 'halt' }>): void;
}
