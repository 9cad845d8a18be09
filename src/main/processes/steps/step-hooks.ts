import type { HookEvent } from '../../../shared/config/hooks-config.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { AgentRun } from '../../agent/agent.ts';
import { toolOf } from '../../governance/approvals.ts';
import { consult, type Guard, type GuardedStep, type Verdict } from '../../governance/guard.ts';
import type { OpenRun } from '../../journal/fold/snapshot.ts';

/**
 * Asks the hooks whether a call may be made; null at once where none listens. What a person has answered about was let
 * pass by the hooks before, so they are not asked again.
 */
export function askHooks(
  guards: readonly Guard[],
  step: GuardedStep,
): Promise<Extract<Verdict, { say: 'refuse' }> | null> | null {
  const tool = toolOf(step);
  if (tool === null || step.futile || step.answered('approval') || step.answered('top_up')) return null;
  const asked: HookEvent[] =
    tool === 'spawn_process' ? ['subagent_start', 'permission_request'] : ['permission_request'];
  if (!asked.some((event) => guards.some((guard) => guard.hears?.(event)))) return null;
  return (async () => {
    for (const event of asked) {
      const reason = await consult(guards, event, () => momentOf(step, tool));
      if (reason) return { say: 'refuse' as const, code: 'HOOK_BLOCKED' as const, reason };
    }
    return null;
  })();
}

/** Lets hooks know of a step; nobody waits for them. */
export function tellHooks(guards: readonly Guard[], event: HookEvent, step: GuardedStep, more: JsonObject): void {
  const tool = toolOf(step);
  if (tool !== null) void consult(guards, event, () => momentOf(step, tool, more));
}

/**
 * Asks the hooks whether the agent may see the event, before the first step of its run; null at once where none listens.
 * Resolves with why it may not.
 */
export function askAboutEvent(
  guards: readonly Guard[],
  { id: run, steps, attempt, fork }: Readonly<OpenRun>,
  event: AgentRun['event'],
): Promise<string | null> | null {
  if (steps.size > 0 || attempt > 1 || fork) return null;
  const { id, trigger, type, payload, taint } = event;
  const moment = () => ({ run, data: { event: id, trigger, type, payload, taint: [...taint] } });
  void consult(guards, 'task_created', moment);
  if (type === 'file_watch') void consult(guards, 'file_changed', moment);
  return consult(guards, 'user_prompt_submit', moment);
}

function momentOf({ run, step, args, taint, reach }: GuardedStep, tool: string, more: JsonObject = {}) {
  return { run, subject: tool, data: { tool, step, args, reach, taint: [...taint], ...more } };
}
