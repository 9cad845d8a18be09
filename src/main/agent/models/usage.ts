import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { AnswerDraft } from './answer-draft.ts';
import type { ModelRequest, ModelUsage, ToolCallRequest } from './model.ts';
import { estimateTokens } from './prices.ts';

/** What the call used: as reported, or by rule of thumb where the server reports nothing that makes sense. */
export function usageOf(draft: AnswerDraft, toolCalls: ToolCallRequest[], request: ModelRequest): ModelUsage {
  const { usage } = draft;
  const inputTokens = count(usage?.['prompt_tokens']);
  const completion = count(usage?.['completion_tokens']);
  if (!usage || inputTokens === undefined || completion === undefined || inputTokens + completion === 0) {
    return estimatedUsage(draft.text, toolCalls, request);
  }
  // Gemini and xAI count reasoning only in the total, and charge it as output.
  const outputTokens = Math.max(completion, (count(usage['total_tokens']) ?? 0) - inputTokens);
  return { inputTokens, outputTokens, cachedTokens: Math.min(cached(usage), inputTokens), estimated: false };
}

function cached(usage: JsonObject): number {
  const details = usage['prompt_tokens_details'];
  const read = isJsonObject(details) ? details['cached_tokens'] : undefined;
  // DeepSeek's own name for it.
  return count(read) ?? count(usage['prompt_cache_hit_tokens']) ?? 0;
}

function count(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

/** Four tokens of envelope for each message, as OpenAI's cookbook counts them. */
function estimatedUsage(text: string, toolCalls: ToolCallRequest[], request: ModelRequest): ModelUsage {
  let inputTokens = request.tools.length > 0 ? estimateTokens(JSON.stringify(request.tools)) : 0;
  for (const message of request.messages) {
    const calls = message.role === 'assistant' && message.toolCalls ? JSON.stringify(message.toolCalls) : '';
    inputTokens += 4 + estimateTokens(message.content + calls);
  }
  const calls = toolCalls.length > 0 ? JSON.stringify(toolCalls) : '';
  return { inputTokens, outputTokens: estimateTokens(text + calls), cachedTokens: 0, estimated: true };
}
