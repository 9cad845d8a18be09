import type { JsonObject } from '../../src/shared/json.ts';
import type { Reply, ScriptedCall } from './model-replies.ts';

export interface RenderContext {
  n: number;
  model: string;
  stream: boolean;
  /** Whether the request asked for a usage chunk at the end of the stream. */
  includeUsage: boolean;
  usage: JsonObject | null;
}

/** A reply as what goes over the wire: one JSON text, or the chunks of a stream. */
export function render(reply: Reply, context: RenderContext): string[] {
  return context.stream ? renderStream(reply, context) : [renderPlain(reply, context)];
}

const finishOf = (reply: Reply) =>
  reply.finish === undefined ? (reply.calls?.length ? 'tool_calls' : 'stop') : reply.finish;

const callOnWire = (call: ScriptedCall, at: number, n: number): JsonObject => ({
  id: call.id ?? `call_${n}_${at}`,
  type: 'function',
  ...call.extra,
  function: { name: call.name, arguments: call.arguments },
});

function renderPlain(reply: Reply, { n, model, usage }: RenderContext): string {
  const calls = (reply.calls ?? []).map((call, at) => callOnWire(call, at, n));
  const message: JsonObject = { role: 'assistant', content: reply.text ?? null, ...reply.extra };
  if (calls.length > 0) message['tool_calls'] = calls;
  const choices: JsonObject[] = [{ index: 0, message, logprobs: null, finish_reason: finishOf(reply) }];
  const answer: JsonObject = { id: `chatcmpl-${n}`, object: 'chat.completion', created: 1_750_000_000, model, choices };
  if (usage) answer['usage'] = usage;
  return JSON.stringify(answer);
}

/** At most 64 pieces of at least `atLeast` characters: enough to cut words and escapes apart, never a million chunks. */
function pieces(text: string, atLeast: number): string[] {
  const size = Math.max(atLeast, Math.ceil(text.length / 64));
  const all: string[] = [];
  for (let from = 0; from < text.length; from += size) all.push(text.slice(from, from + size));
  return all;
}

export const sse = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

export function chunkOf(
  { n, model }: Pick<RenderContext, 'n' | 'model'>,
  delta: JsonObject,
  finish: string | null = null,
): JsonObject {
  const choices: JsonObject[] = [{ index: 0, delta, finish_reason: finish }];
  return { id: `chatcmpl-${n}`, object: 'chat.completion.chunk', created: 1_750_000_000, model, choices };
}

function renderStream(reply: Reply, context: RenderContext): string[] {
  const deltas: JsonObject[] = [{ role: 'assistant', content: '', ...reply.extra }];
  for (const content of pieces(reply.text ?? '', 12)) deltas.push({ content });
  for (const [index, call] of (reply.calls ?? []).entries()) {
    const { function: _, ...head } = callOnWire(call, index, context.n);
    deltas.push({ tool_calls: [{ index, ...head, function: { name: call.name, arguments: '' } }] });
    for (const part of pieces(call.arguments, 10))
      deltas.push({ tool_calls: [{ index, function: { arguments: part } }] });
  }
  const chunks = deltas.map((delta) => sse(chunkOf(context, delta)));
  chunks.push(sse(chunkOf(context, {}, finishOf(reply))));
  if (context.includeUsage && context.usage)
    chunks.push(sse({ ...chunkOf(context, {}), choices: [], usage: context.usage }));
  chunks.push('data: [DONE]\n\n');
  return chunks;
}
