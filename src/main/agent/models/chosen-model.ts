import type { ModelChoice } from '../../../shared/config/process-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { connectModel } from './connect-model.ts';
import { firstOf } from './fallback.ts';
import type { Model } from './model.ts';
import type { ModelSettings } from './model-settings.ts';
import { type PriceTable, priceOf } from './prices.ts';

type DetailedChoice = Exclude<ModelChoice, string>;

/**
 * The model of a manifest, with its fallbacks: each as `provider:name`, or as an object with address, key and defaults.
 * `settings` holds what is the same for all, such as the connections.
 * @throws RuntimeError MODEL_UNKNOWN
 */
export function chosenModel(choices: readonly ModelChoice[], settings: ModelSettings = {}): Model {
  return firstOf(
    choices.map((choice) => (typeof choice === 'string' ? connectModel(choice, settings) : detailed(choice, settings))),
  );
}

function detailed(choice: DetailedChoice, settings: ModelSettings): Model {
  const { id, baseUrl, apiKey, timeout, temperature, maxOutputTokens } = choice;
  const model = connectModel(id, {
    ...settings,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(timeout === undefined ? {} : { timeoutMs: toMs(timeout) }),
    prices: { ...settings.prices, ...ownPrice(choice, settings) },
    // Looked up with each use, so that a new value is used at once.
    get apiKey() {
      return apiKey === undefined ? settings.apiKey : (settings.reveal?.(apiKey) ?? apiKey);
    },
  });
  const defaults = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
  return {
    id,
    get price() {
      return model.price ?? null;
    },
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ask: (request) => model.ask({ ...defaults, ...request }),
  };
}

/** A price given by half is completed from what is known of the model. */
function ownPrice({ id, inputPrice, outputPrice }: DetailedChoice, { prices }: ModelSettings): PriceTable {
  if (inputPrice === undefined && outputPrice === undefined) return {};
  const known = priceOf(id, prices) ?? { input: 0, output: 0 };
  if (inputPrice === undefined) return { [id]: { ...known, output: outputPrice ?? known.output } };
  return { [id]: { input: inputPrice, output: outputPrice ?? known.output } };
}
