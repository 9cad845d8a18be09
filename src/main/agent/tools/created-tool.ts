import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { CreatedTool } from '../../../shared/open-mode.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { isOutcomeUnknown, outcomeUnknown, type Tool, type ToolResult } from '../tool.ts';
import { createdCalls } from './created-calls.ts';
import { builtInNames, narrowingOf } from './narrowing.ts';
import type { EgressRules } from './web/egress-guard.ts';
import { HttpFetchNarrowing, httpFetch } from './web/http-fetch.ts';

export interface CreatedToolParts {
  /** One for agent-written code alone, so that what hangs there holds up nobody else. */
  sandbox(): Sandbox;
  egress?: Omit<EgressRules, 'allowHosts'>;
}

/** How long a call may take in all; longer where it may ask other computers. */
const wallMs = { alone: 4_000, http: 30_000 } as const;

const nothing = 'export default () => null;';

/** Limits of the sandbox that created tools run in: what cannot be interrupted is killed before five seconds are over. */
export const createdSandboxLimits = {
  memoryBytes: 32 * 1_048_576,
  cpuMs: 1_000,
  answerMs: 3_000,
  maxChildren: 2,
} as const;

/** The tools that stand in `created_tools`. @throws RuntimeError `MANIFEST_INVALID` for one that hides a built-in. */
export function createdTools(
  { createdTools: specs, tools, context }: Pick<ProcessConfig, 'createdTools' | 'tools' | 'context'>,
  parts: CreatedToolParts,
): Tool[] {
  return Object.entries(specs).map(([name, spec]) => {
    if ((builtInNames as readonly string[]).includes(name))
      throw new RuntimeError('MANIFEST_INVALID', `created_tools.${name}: there is a built-in tool of that name.`);
    return createdTool(name, spec, { tools, context }, parts);
  });
}

/**
 * A tool made of a script. It sees its arguments and reaches nothing, unless a person approved that it may call hosts or
 * use context keys. Nothing is known of what it means to do, so no call of it is repeated unasked.
 */
function createdTool(
  name: string,
  { description, parameters, script, capabilities }: CreatedTool,
  { tools, context }: Pick<ProcessConfig, 'tools' | 'context'>,
  { sandbox, egress }: CreatedToolParts,
): Tool {
  const narrowing = narrowingOf(HttpFetchNarrowing, tools, 'http_fetch');
  // Hosts that the user has taken from the agent since are no longer the tool's either.
  const allowHosts = capabilities.http.filter((host) => narrowing.allowHosts.includes(host));
  const fetch = allowHosts.length > 0 ? httpFetch({ ...narrowing, allowHosts }, egress) : undefined;
  const limitMs = fetch ? wallMs.http : wallMs.alone;
  return {
    name,
    description,
    parameters: { ...parameters, type: 'object' },
    reach: 'other',
    keepsHandles: true,
    async execute(args, call): Promise<ToolResult> {
      // Starting a child is not the tool's time.
      if (sandbox().children === 0) await sandbox().check(nothing);
      const deadline = AbortSignal.timeout(limitMs);
      const calls = createdCalls(name, { keys: capabilities.context, writableKeys: context.writableKeys, fetch }, call);
      try {
        const content = await sandbox().run({
          code: runnable(script),
          event: args,
          context: calls.context,
          startedAt: call.now,
          seed: call.callKey,
          call: calls.serve,
          signal: AbortSignal.any([call.signal, deadline]),
        });
        return { content, effects: calls.effects, taint: [...calls.taint] };
      } catch (thrown) {
        throw failure(name, thrown, { isLate: deadline.aborted && !call.signal.aborted, limitMs, acted: calls.acted });
      }
    },
  };
}

/** A script that only says `function run` means it for its export. */
export function runnable(script: string): string {
  if (/\bexport\b/.test(script)) return script;
  return /\bfunction\s+run\b/.test(script) ? `${script}\nexport default run;` : script;
}

function failure(
  name: string,
  thrown: unknown,
  { isLate, limitMs, acted }: { isLate: boolean; limitMs: number; acted: boolean },
): RuntimeError {
  const details: JsonObject = acted || isOutcomeUnknown(thrown) ? { ...outcomeUnknown } : {};
  if (isLate)
    return new RuntimeError('SCRIPT_LIMIT', `The tool ${name} worked for ${limitMs} ms, which is all it may.`, details);
  if (thrown instanceof RuntimeError)
    return new RuntimeError(thrown.code, thrown.message, { ...thrown.details, ...details }, { cause: thrown });
  return new RuntimeError('TOOL_FAILED', `${name} failed: ${asError(thrown).message}`, details, { cause: thrown });
}
