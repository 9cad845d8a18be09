import { toMs } from '../../shared/duration.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { type ModelChoice, type ProcessConfig, modelId } from '../../shared/process-config.ts';
import type { Agent } from './agent.ts';
import { modelAgent } from './model-agent.ts';
import { type ModelSettings, connectModel } from './models/connect-model.ts';
import { firstOf } from './models/fallback.ts';
import type { Model } from './models/model.ts';
import type { PriceTable } from './models/prices.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { scriptAgent } from './script-agent.ts';

/** What agents are built with: shared by all processes of a node. */
export interface AgentParts {
  /** Opened with the first script. */
  sandbox(): Sandbox;
  /** Where keys and addresses are looked up. */
  env: Readonly<Record<string, string | undefined>>;
  models?: Pick<ModelSettings, 'connections' | 'prices'>;
}

/**
 * The agent that a process's settings describe.
 * @throws RuntimeError `AGENT_INVALID`, `SCRIPT_INVALID`, `MODEL_UNKNOWN`.
 */
export async function buildAgent(config: ProcessConfig, parts: AgentParts): Promise<Agent> {
  if (modelId(config.model) === 'script') {
    if (!config.script?.trim()) throw new RuntimeError('AGENT_INVALID', 'model: script needs a script.');
    const sandbox = parts.sandbox();
    await sandbox.check(config.script);
    return scriptAgent(sandbox, config.script);
  }
  const models = [config.model, ...config.models].map((choice) => connect(choice, parts));
  const { temperature, maxOutputTokens } = typeof config.model === 'string' ? {} : config.model;
  return modelAgent({
    model: models.length === 1 ? (models[0] as Model) : firstOf(models),
    maxTurns: config.maxTurns,
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  });
}

function connect(choice: ModelChoice, { env, models = {} }: AgentParts): Model {
  const settings: ModelSettings = { env, ...models };
  if (typeof choice === 'string') return connectModel(choice, settings);
  const { id, baseUrl, apiKey, timeout, inputPrice, outputPrice } = choice;
  if (baseUrl !== undefined) settings.baseUrl = baseUrl;
  if (apiKey !== undefined) settings.apiKey = apiKey;
  if (timeout !== undefined) settings.timeoutMs = toMs(timeout);
  if (inputPrice !== undefined || outputPrice !== undefined) {
    settings.prices = { ...models.prices, [id]: { input: inputPrice ?? 0, output: outputPrice ?? 0 } } as PriceTable;
  }
  return connectModel(id, settings);
}
