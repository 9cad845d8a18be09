import { RuntimeError } from '../../shared/errors.ts';
import { modelId, type ProcessConfig } from '../../shared/process-config.ts';
import type { Agent } from './agent.ts';
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
export async function buildAgent(
  config: ProcessConfig,
  { sandbox: openedSandbox, env, models = {} }: AgentParts,
): Promise<Agent> {
  if (modelId(config.model) === 'script') {
    if (!config.script?.trim()) throw new RuntimeError('AGENT_INVALID', 'model: script needs a script.');
    const sandbox = openedSandbox();
    await sandbox.check(config.script);
    return scriptAgent(sandbox, config.script);
  }
  const model = chosenModel([config.model, ...config.models], { env, ...models });
  return modelAgent({ model, maxTurns: config.maxTurns });
}
