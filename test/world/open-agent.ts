import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import type { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import type { Json, JsonObject } from '../../src/shared/json.ts';
import { script, wake } from './make.ts';
import { bodiesOf } from './outcomes.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

/** One call of a tool, or what an agent got of it: its content, or the code and words of a refusal. */
export type Call = [tool: string, args?: JsonObject];
export type Got = JsonObject & { code?: string; message?: string };

/** A script agent that makes the calls it is woken with, and answers with what came of each. */
export const obedient = script(`
  const got = [];
  for (const [name, args] of event.payload.calls ?? []) {
    try { got.push(await agent.tool(name, args ?? {})); }
    catch (refusal) { got.push({ code: refusal.code, message: refusal.message }); }
  }
  return got`);

/** An obedient agent in open mode, on a runtime of this life. */
export async function openAgent(
  world: World,
  more: ProcessConfigInput = {},
  name = 'p',
): Promise<{ runtime: AgentRuntime; process: AgentProcess }> {
  const runtime = await world.runtime();
  const process = await runtime.register({ name, config: { ...obedient, executionMode: 'open', ...more } });
  await process.start();
  return { runtime, process };
}

/** What became of the calls, once the run has settled and what it changed has been tried. */
export async function did(
  world: World,
  process: AgentProcess,
  calls: readonly Call[],
  taint: string[] = [],
): Promise<Got[]> {
  const before = process.snapshot.counts.runs;
  const { eventId } =
    taint.length > 0 ? await tainted(process, calls, taint) : await wake(process, { calls } as unknown as Json);
  await until(() => process.snapshot.counts.runs > before && !process.snapshot.queue.has(eventId));
  const settled = await bodiesOf(world, process, 'run.settled');
  const run = settled.findLast(({ event }) => event === eventId);
  return (run?.output ?? []) as unknown as Got[];
}

/** Woken by somebody who is not to be trusted. */
export function tainted(process: AgentProcess, calls: readonly Call[], taint: string[]) {
  return process.wake({
    trigger: 'manual',
    kind: 'manual',
    dedupeKey: crypto.randomUUID(),
    payload: { calls } as unknown as Json,
    metadata: {},
    taint,
  });
}
