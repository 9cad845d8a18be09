import type { ProcessConfig, ToolPolicy } from '../../../shared/config/process-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { ruleFor } from '../../../shared/tool-rules.ts';
import type { ToolCall } from '../../agent/tool.ts';
import type { Clock } from '../../lib/clock.ts';
import { compileExpression, compileFilter, tryFilter } from '../../triggers/filters/filter.ts';
import type { Toolbox } from '../parts.ts';
import { withDeadline } from './step-deadline.ts';

/** What is taken for true about a call whose outcome nobody saw. */
export interface Decision {
  verdict: 'happened' | 'run_again';
  result: Json;
  /** Who or what decided, for the journal. */
  by: string;
}

/** Makes a look at a call in doubt a step of the run, so that it is noted, and not made twice for the same try. */
export type LookAt = (
  name: string,
  args: Json,
  perform: (call: Pick<ToolCall, 'step' | 'callKey' | 'signal'>) => Promise<Json>,
) => Promise<Json>;

/** A call in doubt, as a rule sees it. */
export interface DoubtedCall {
  readonly signal: AbortSignal;
  readonly look: LookAt;
}

/** What a person said of a call in doubt; null: the run is given up. */
export function answeredDoubt({ answer, by }: { answer: Json; by: string }): Decision | null | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { verdict, result = null } = answer;
  return verdict === 'happened' || verdict === 'run_again' ? { verdict, result, by } : null;
}

/** How calls of one tool are decided that are in doubt: without a person where that is possible. */
export interface DoubtRule {
  /** Null: a person has to. `found` is what a check saw, to be shown then. */
  decide(args: Json, call: DoubtedCall): Promise<{ decision: Decision | null; found: JsonObject }>;
  /** How long a person has. */
  readonly deadlineMs: number | null;
  /** What is taken for the answer after that. */
  readonly fallback: 'happened' | 'run_again' | 'give_up';
}

export interface DoubtHost {
  readonly policies: ProcessConfig['toolPolicies'];
  readonly toolbox: Toolbox;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly call: Pick<ToolCall, 'process' | 'run' | 'context' | 'now'>;
}

/** @throws RuntimeError `FILTER_INVALID` that names the policy. */
export function checkToolPolicies(policies: ProcessConfig['toolPolicies']): void {
  for (const [tool, { verify }] of Object.entries(policies)) {
    if (!verify) continue;
    try {
      compileFilter(verify.happenedIf);
      for (const expression of Object.values(verify.args ?? {})) compileExpression(expression);
    } catch (thrown) {
      throw new RuntimeError('FILTER_INVALID', `tool_policies.${tool}.verify: ${asError(thrown).message}`, { tool });
    }
  }
}

/** What the user said about calls of the tool that are in doubt; nothing where nothing was said. */
export function doubtRule(host: DoubtHost, tool: string): DoubtRule | undefined {
  const policy = ruleFor(host.policies, tool);
  if (!policy) return undefined;
  const { inDoubt, verify, deadline, atDeadline } = policy;
  return {
    deadlineMs: deadline === undefined ? null : toMs(deadline),
    fallback: atDeadline,
    async decide(args, call) {
      const checked = verify ? await check(host, verify, args, call) : { decision: null, found: {} };
      if (checked.decision) return checked;
      return { decision: assumed(inDoubt), found: checked.found };
    },
  };
}

/** What the agent gets for a result that nobody saw. */
const assumption = 'The call is taken to have happened; what it gave is not known.';

function assumed(inDoubt: ToolPolicy['inDoubt']): Decision | null {
  const by = `policy:${inDoubt}`;
  if (inDoubt === 'assume_executed') return { verdict: 'happened', result: assumption, by };
  if (inDoubt === 'assume_not_executed' || inDoubt === 'repeat') return { verdict: 'run_again', result: null, by };
  return null;
}

/** Looks with a tool that only reads whether the call took place. What goes wrong decides nothing. */
async function check(
  { toolbox, clock, timeoutMs, call: run }: DoubtHost,
  verify: NonNullable<ToolPolicy['verify']>,
  args: Json,
  call: DoubtedCall,
): Promise<{ decision: Decision | null; found: JsonObject }> {
  const { tool: name } = verify;
  try {
    await toolbox.ready(call.signal);
    const given = argumentsOf(verify.args, args);
    const tool = toolbox.resolve(name, given);
    const reach = tool.reachOf?.(given) ?? tool.reach;
    if (reach !== 'readOnly' && reach !== 'local') {
      throw new RuntimeError('POLICY_REFUSED', `${name} is not known to only read, so it cannot check what happened.`, {
        tool: name,
      });
    }
    const answer = await call.look(name, given, async (made) => {
      const deed = {
        name,
        reach: 'readOnly',
        deadlineMs: timeoutMs,
        perform: ({ signal }: { signal: AbortSignal }) => tool.execute(given, { ...run, ...made, signal }),
      };
      const { content, isError = false } = await withDeadline(clock, deed, { signal: made.signal }, given);
      return { content, isError };
    });
    const { content = null, isError } = answer as JsonObject;
    if (isError) return { decision: null, found: { tool: name, error: content } };
    const event = { payload: content, metadata: { args }, triggerType: '', triggerId: '', eventId: '' };
    const { matches, fault } = tryFilter(verify.happenedIf, event);
    if (fault !== null) return { decision: null, found: { tool: name, found: content, error: fault } };
    const decision: Decision = {
      verdict: matches ? 'happened' : 'run_again',
      result: content,
      by: `verified by ${name}`.slice(0, 200),
    };
    return { decision, found: { tool: name, found: content } };
  } catch (thrown) {
    return { decision: null, found: { tool: name, error: asError(thrown).message } };
  }
}

/** Each one is an expression over the arguments of the call that is in doubt; none written: the same arguments. */
function argumentsOf(written: Record<string, string> | undefined, args: Json): JsonObject {
  if (!written) return (args ?? {}) as JsonObject;
  const event = { payload: args, metadata: {}, triggerType: '', triggerId: '', eventId: '' };
  return Object.fromEntries(
    Object.entries(written).map(([key, expression]) => [key, compileExpression(expression)(event)]),
  );
}
