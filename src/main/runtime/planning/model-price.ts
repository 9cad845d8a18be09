import { type ModelChoice, modelId } from '../../../shared/config/process-config.ts';
import { priceOf } from '../../agent/models/prices.ts';
import { resolveModel } from '../../agent/models/resolve-model.ts';

/**
 * What a million tokens cost with a model as it was chosen; null: nobody knows. What runs on a person's own machines costs
 * nothing. @throws RuntimeError where the model cannot be used as things are.
 */
export function modelPrice(
  choice: ModelChoice,
  env: Readonly<Record<string, string | undefined>>,
): { input: number; output: number } | null {
  const id = modelId(choice);
  const own: Partial<Exclude<ModelChoice, string>> = typeof choice === 'string' ? {} : choice;
  const listed = priceOf(id);
  const input = own.inputPrice ?? listed?.input;
  const output = own.outputPrice ?? listed?.output;
  if (input !== undefined && output !== undefined) return { input, output };
  const { baseUrl, apiKey } = own;
  const { loopback, provider } = resolveModel(
    id,
    { ...(baseUrl ? { baseUrl } : {}), ...(apiKey ? { apiKey } : {}) },
    { ...env },
  );
  return loopback || provider.local ? { input: 0, output: 0 } : null;
}
