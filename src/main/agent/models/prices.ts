import listed from '../../../../resources/prices.json' with { type: 'json' };
import type { ModelUsage } from './model.ts';

/** US dollars for a million tokens. `cached` defaults to `input`. */
export interface Price {
  input: number;
  cached?: number;
  output: number;
}

/** By `provider:name`. */
export type PriceTable = Record<string, Price>;

/** When `resources/prices.json` was checked against what the providers ask. */
export const pricesDate: string = listed.date;

/** How OpenRouter spells the providers whose own names differ from ours. */
const vendors: Record<string, string> = { google: 'gemini', mistralai: 'mistral', 'x-ai': 'xai' };

/**
 * The price of a model: what `overrides` says, else the shipped list (standard service, short context). A dated name
 * such as gpt-5-mini-2025-08-07 costs what the undated one does.
 */
export function priceOf(id: string, overrides: PriceTable = {}): Price | null {
  const shipped: PriceTable = listed.models;
  const undated = id.replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '');
  for (const key of [id, undated, elsewhere(id), elsewhere(undated)]) {
    const price = Object.hasOwn(overrides, key)
      ? overrides[key]
      : Object.hasOwn(shipped, key)
        ? shipped[key]
        : undefined;
    if (price) return price;
  }
  return null;
}

/** The id under which the maker of the model lists it: `openrouter:openai/gpt-5` and `azure:gpt-5` are openai:gpt-5. */
function elsewhere(id: string): string {
  if (id.startsWith('azure:')) return id.replace('azure:', 'openai:');
  const resold = /^openrouter:([^/]+)\/(.+)$/.exec(id);
  return resold ? `${vendors[resold[1] ?? ''] ?? resold[1]}:${resold[2]}` : id;
}

/** In US dollars, to the billionth; null when there is no price. */
export function costOf(usage: ModelUsage, price: Price | null): number | null {
  if (price === null) return null;
  const fresh = usage.inputTokens - usage.cachedTokens;
  const millionths =
    fresh * price.input + usage.cachedTokens * (price.cached ?? price.input) + usage.outputTokens * price.output;
  return Math.round(millionths * 1_000) / 1e9;
}

/**
 * A token is about four bytes of UTF-8: OpenAI's rule of thumb for English, and about right for scripts with three
 * bytes a character. Only used where a server reports no usage.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}
