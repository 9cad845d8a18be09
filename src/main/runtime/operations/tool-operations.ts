import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject } from '../../../shared/json.ts';
import { isWorking } from '../../../shared/lifecycle.ts';
import type { ToolTrial, ToolView } from '../../../shared/views/catalogue-views.ts';
import type { Tool } from '../../agent/tool.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { trialWake } from '../../processes/runs/tool-trial.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { endingsOf } from '../endings.ts';

type Names = 'listTools' | 'askToolServers' | 'tryTool' | 'restartToolServer';

/** For a server to start and to say what it offers. */
const askMs = 60_000;

/** What processes can call, and calling it by hand. */
export function toolOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const listed = async (process: AgentProcess) => ({
    items: (await process.tools()).map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1)),
    next: null,
  });
  return {
    listTools: async ({ name }) => listed(runtime.get(name)),
    async askToolServers({ name }) {
      const process = runtime.get(name);
      await process.askServers(AbortSignal.timeout(askMs));
      return listed(process);
    },
    async tryTool({ name, tool, args, confirm, timeoutMs }, by) {
      const process = runtime.get(name);
      if (!isWorking(process.state))
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${name}" is ${process.state}, so nothing of it runs; start or resume it, and try again.`,
          { state: process.state },
        );
      const found = (await process.tools()).find((one) => one.name === tool);
      if (!found)
        throw new RuntimeError('TOOL_UNKNOWN', `"${name}" has no tool "${tool}", or its server was not asked yet.`, {
          tool,
        });
      const reach = found.reachOf?.(args) ?? found.reach;
      if ((reach === 'other' || reach === 'idempotent') && !confirm)
        throw new RuntimeError(
          'CONFIRMATION_NEEDED',
          `"${tool}" may change something outside of "${name}". Confirm that you want that.`,
          { tool, reach },
        );
      const ended = endingsOf(runtime, name, { orParked: true });
      try {
        const { eventId } = await process.wake(trialWake(tool, args, by));
        await ended.wait(eventId, timeoutMs);
        return await trialOf(runtime, eventId);
      } finally {
        ended.stop();
      }
    },
    async restartToolServer({ key }) {
      const server = runtime.parts.servers.get(key);
      await server.stop();
      server.mayStart();
      await server.signIn(AbortSignal.timeout(askMs));
      return { ok: true };
    },
  };
}

function viewOf({ name, description, parameters, reach }: Tool): ToolView {
  return { name, description, parameters, reach };
}

async function trialOf({ queries }: AgentRuntime, eventId: string): Promise<ToolTrial> {
  const { runId, state, reason } = await queries.triggerEvent(eventId);
  const waiting = { eventId, runId, state: 'waiting' as const, result: null, error: null };
  if (runId === null && state !== 'dead' && state !== 'cancelled') return waiting;
  const run = runId === null ? undefined : await queries.runBrief(runId);
  if (run && run.endedAt === null) return waiting;
  const { output = null, error = null } = run ?? {};
  if (!isJsonObject(output))
    return {
      eventId,
      runId,
      state: 'failed',
      result: null,
      error: error ?? { code: 'RUN_CANCELLED', message: reason ?? 'It did not take place.' },
    };
  const failure = isJsonObject(output['error']) ? output['error'] : undefined;
  return {
    eventId,
    runId,
    state: output['ok'] === true ? 'ok' : 'failed',
    result: output['result'] ?? null,
    error: failure ? { code: String(failure['code']), message: String(failure['message']) } : null,
  };
}
