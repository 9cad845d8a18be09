import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { Agent } from '../../agent/agent.ts';
import type { Wake } from '../../triggers/trigger.ts';

/** Events in which a person tries a tool come by this name. */
const trialTrigger = 'try-tool';
/** A person waits for it. */
const highestPriority = 0;

export interface WokenBy {
  readonly trigger: string;
  readonly metadata: JsonObject;
}

/**
 * An event whose run makes one tool call, with the arguments that a person gave, and nothing else: so the call is
 * checked by the guards, asked about, noted and shown as any call of the agent is.
 */
export function trialWake(tool: string, args: JsonObject, by: string): Wake {
  return {
    trigger: trialTrigger,
    kind: 'manual',
    dedupeKey: `trial:${crypto.randomUUID()}`,
    payload: args,
    metadata: { by, tries: tool },
    taint: [],
    priority: highestPriority,
  };
}

/** The tool that is tried; undefined for any other event: only `trialWake` puts it there. */
export function triedTool({ trigger, metadata }: WokenBy): string | undefined {
  const { tries } = metadata;
  return trigger === trialTrigger && typeof tries === 'string' ? tries : undefined;
}

/** Stands in for the agent while a tool is tried; undefined for any other event. */
export function trialAgent(event: WokenBy): Agent | undefined {
  const tool = triedTool(event);
  if (tool === undefined) return undefined;
  return {
    async run(run) {
      try {
        const { content, isError } = await run.tool(tool, run.event.payload);
        return isError ? failed('TOOL_FAILED', content) : { ok: true, result: content };
      } catch (thrown) {
        // That it was refused is what came of the trial; it is no failure of the agent.
        if (!(thrown instanceof RuntimeError) || thrown.code === 'RUN_DIVERGED') throw thrown;
        return failed(thrown.code, thrown.message);
      }
    },
    async close() {},
  };
}

function failed(code: string, told: Json): Json {
  return { ok: false, error: { code, message: typeof told === 'string' ? told : JSON.stringify(told) } };
}
