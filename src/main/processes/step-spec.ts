import type { Charge } from '../../shared/governance-entries.ts';
import type { Effect, ErrorNote, StepKind, Usage } from '../../shared/journal-entries.ts';
import type { Json } from '../../shared/json.ts';
import type { ToolReach } from '../agent/tool.ts';
import type { ModelWeight } from '../governance/guard.ts';
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
  /** The longest answer a model may give, where a budget limits it. */
  maxOutputTokens?: number;
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
}
