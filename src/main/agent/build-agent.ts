import { modelId, type ProcessConfig } from '../../shared/config/process-config.ts';
import { withIds } from '../../shared/config/trigger-config.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Agent } from './agent.ts';
import { gatedAgent } from './gated-agent.ts';
import { modelAgent } from './model-agent.ts';
import { chosenModel } from './models/chosen-model.ts';
import type { ModelSettings } from './models/model-settings.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { scriptAgent } from './script-agent.ts';

/** What agents are built with: shared by all processes of a node. */
export interface AgentParts {
  /** Opened with the first script. */
  sandbox(): Sandbox;
  /** Where keys and addresses are looked up. */
  env: Readonly<Record<string, string | undefined>>;
  models?: Pick<ModelSettings, 'connections' | 'prices' | 'reveal'>;
}

/**
 * The agent that a process's settings describe.
 * @throws RuntimeError `AGENT_INVALID`, `SCRIPT_INVALID`, `MODEL_UNKNOWN`.
 */
export async function buildAgent(config: ProcessConfig, parts: AgentParts): Promise<Agent> {
  const agent = await ungatedAgent(config, parts);
  const gates = new Map<string, Agent>();
  for (const { id, wakeGate } of withIds(config.triggers)) {
    if (wakeGate) gates.set(id, await checkedScript(wakeGate, parts, `The wake gate of trigger ${id}: `));
  }
  return gates.size === 0 ? agent : gatedAgent(agent, gates);
}

async function ungatedAgent(config: ProcessConfig, parts: AgentParts): Promise<Agent> {
  if (modelId(config.model) === 'script') {
    if (!config.script?.trim()) throw new RuntimeError('AGENT_INVALID', 'model: script needs a script.');
    return checkedScript(config.script, parts);
  }
  const { env, models = {} } = parts;
  const model = chosenModel([config.model, ...config.models], { env, ...models });
  return modelAgent({ model, maxTurns: config.maxTurns });
}

async function checkedScript(code: string, { sandbox: openedSandbox }: AgentParts, where = ''): Promise<Agent> {
  const sandbox = openedSandbox();
  try {
    await sandbox.check(code);
  } catch (thrown) {
    if (where === '' || !(thrown instanceof RuntimeError)) throw thrown;
    throw new RuntimeError(thrown.code, `${where}${thrown.message}`, thrown.details, { cause: thrown });
  }
  return scriptAgent(sandbox, code);
}
