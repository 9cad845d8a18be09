import type { ProcessConfig, ProcessConfigInput } from '../../shared/config/process-config.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { type Agent, type AgentRun, nothingToDo, type ToolAnswer } from '../agent/agent.ts';
import type { Model, ModelAnswer, ModelRequest } from '../agent/models/model.ts';
import { defaultParts, type PartsOptions } from './default-parts.ts';
import type { Toolbox } from './parts.ts';
import { abilityOf, definitionFrom } from './versions/definition.ts';

/** One turn loop without a life: it remembers nothing, and nothing of it is written down. */
export interface StatelessAgent {
  /** Tools it can use. */
  readonly tools: readonly string[];
  /**
   * Works on one text, or on one payload for a script, and gives the answer.
   * @throws RuntimeError what the model, the script or the end of `signal` throws.
   */
  invoke(input: Json, signal?: AbortSignal): Promise<Json>;
  /** Ends its tool servers and its sandbox. */
  close(): Promise<void>;
}

const name = 'agent';

/**
 * Builds an agent from the settings that a process has too: model or script, instructions, servers, tools. Triggers,
 * context, memory and limits need a process; without one nobody would keep them.
 *
 * @throws RuntimeError `MANIFEST_INVALID`, `SCRIPT_INVALID`, `MODEL_UNKNOWN`, or that of a tool server
 * that cannot be reached.
 */
export async function buildAgent(settings: ProcessConfigInput, options: PartsOptions = {}): Promise<StatelessAgent> {
  const { config } = abilityOf(definitionFrom(name, settings), options.env ?? process.env);
  const parts = defaultParts(options);
  try {
    const agent = await parts.buildAgent(name, config);
    const toolbox = parts.buildToolbox(name, config, { approved: {}, onTools: () => {} });
    const [missing] = await toolbox.ready(AbortSignal.timeout(120_000));
    if (missing) throw missing.error;
    return {
      tools: usable(toolbox).map((tool) => tool.name),
      invoke: async (input, signal = new AbortController().signal) => {
        const given = await agent.run(runOf({ config, toolbox, input, signal }));
        return given === nothingToDo ? null : given;
      },
      close: () => closeAll(agent, toolbox, parts),
    };
  } catch (thrown) {
    await parts.close();
    throw thrown;
  }
}

async function closeAll(agent: Agent, toolbox: Toolbox, parts: { close(): Promise<void> }): Promise<void> {
  toolbox.close();
  await agent.close();
  await parts.close();
}

/** Those that do something outside; what changes a process's own state has nothing to change here. */
function usable(toolbox: Toolbox) {
  return toolbox.tools.filter((tool) => tool.reach !== 'local' && !tool.asks && !tool.name.endsWith('_memory'));
}

interface Invocation {
  config: ProcessConfig;
  toolbox: Toolbox;
  input: Json;
  signal: AbortSignal;
}

function runOf({ config, toolbox, input, signal }: Invocation): AgentRun {
  const id = crypto.randomUUID();
  const startedAt = Date.now();
  let steps = 0;
  const step = () => {
    steps++;
    if (steps > config.maxSteps)
      throw new RuntimeError('LIMIT_STEPS', `The agent took ${config.maxSteps} steps, which is all it may.`, {});
    return steps;
  };
  const needsProcess = async (what: string): Promise<never> => {
    throw new RuntimeError('NOT_SUPPORTED', `An agent without a process cannot ${what}; put it into an AgentProcess.`);
  };
  return {
    id,
    process: name,
    event: { id, trigger: 'manual', type: 'manual', payload: input, metadata: {}, at: startedAt, taint: [] },
    startedAt,
    seed: id,
    context: new Map(),
    tools: usable(toolbox),
    signal,
    now: Date.now,
    opening: async () => [
      ...(config.instructions ? [{ role: 'system' as const, content: config.instructions }] : []),
      { role: 'user' as const, content: typeof input === 'string' ? input : JSON.stringify(input) },
    ],
    model: (model: Model, request: Omit<ModelRequest, 'signal'>): Promise<ModelAnswer> => {
      const idempotencyKey = `${id}:${step()}`;
      return model.ask({ ...request, signal, idempotencyKey });
    },
    tool: async (tool, args): Promise<ToolAnswer> => {
      const number = step();
      if (!usable(toolbox).some((one) => one.name === tool)) return needsProcess(`use the tool "${tool}"`);
      const call = { process: name, run: id, step: number, callKey: `${id}:${number}`, signal, context: new Map() };
      const { content, isError = false } = await toolbox
        .resolve(tool, args)
        .execute(args as { [key: string]: Json }, { ...call, now: Date.now() });
      return { content, isError };
    },
    setContext: () => needsProcess('keep context'),
    deleteContext: () => needsProcess('keep context'),
    emit: () => needsProcess('publish events'),
    send: () => needsProcess('send messages'),
    ask: () => needsProcess('ask a person'),
    wait: () => needsProcess('sleep'),
    log: async () => {},
  };
}
