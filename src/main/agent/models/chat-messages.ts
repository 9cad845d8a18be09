import type { Json, JsonObject } from '../../../shared/json.ts';
import { isJsonObject } from '../../../shared/json.ts';
import { sha256 } from '../../lib/hash.ts';
import type { ModelMessage, ToolCallRequest } from './model.ts';
import type { Quirks } from './providers.ts';
import type { ToolNames } from './tool-names.ts';

/** Under this key of `ToolCallRequest.extra` travel message fields that must come back; the rest belongs to the call. */
export const messageExtra = 'message';

/** Our messages as one provider wants them. */
export function chatMessages(messages: ModelMessage[], names: ToolNames, quirks: Quirks): JsonObject[] {
  const sent: JsonObject[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] as ModelMessage;
    if (message.role === 'assistant') {
      const answers = quirks.oneCallPerMessage ? answersTo(message, messages, at) : [];
      sent.push(...assistantMessages(message, answers, names, quirks));
      at += answers.length;
    } else if (message.role === 'tool') {
      sent.push(toolMessage(message.toolCallId, message.content, quirks));
    } else if (
      message.role === 'system' &&
      quirks.oneSystemMessage &&
      sent.length === 1 &&
      sent[0]?.['role'] === 'system'
    ) {
      sent[0]['content'] = `${String(sent[0]['content'])}\n\n${sendable(message.content)}`;
    } else {
      sent.push({ role: message.role, content: sendable(message.content) });
    }
  }
  return sent;
}

function toolMessage(id: string, content: string, quirks: Quirks): JsonObject {
  return { role: 'tool', tool_call_id: callId(id, quirks), content: sendable(content) };
}

type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/** The tool messages that follow a message with several calls. */
function answersTo(message: AssistantMessage, messages: ModelMessage[], at: number): ToolMessage[] {
  if ((message.toolCalls?.length ?? 0) < 2) return [];
  const following = messages.slice(at + 1);
  const end = following.findIndex((next) => next.role !== 'tool');
  return (end < 0 ? following : following.slice(0, end)) as ToolMessage[];
}

/** With `answers`, each call is followed by its answer, as if the model had made them one after the other. */
function assistantMessages(
  message: AssistantMessage,
  answers: ToolMessage[],
  names: ToolNames,
  quirks: Quirks,
): JsonObject[] {
  const calls = message.toolCalls ?? [];
  const content = sendable(message.content);
  // Several providers refuse a message of nothing, and it tells the model nothing.
  if (calls.length === 0) return content === '' ? [] : [{ role: 'assistant', content }];
  if (answers.length === 0) return [withCalls(content, calls, names, quirks)];
  return calls.flatMap((call, at) => {
    const answer = answers.find(({ toolCallId }) => toolCallId === call.id)?.content ?? '';
    return [withCalls(at === 0 ? content : '', [call], names, quirks), toolMessage(call.id, answer, quirks)];
  });
}

function withCalls(content: string, calls: ToolCallRequest[], names: ToolNames, quirks: Quirks): JsonObject {
  const extra = calls[0]?.extra?.[messageExtra];
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    ...(isJsonObject(extra) ? picked(extra, quirks.echoes) : {}),
    tool_calls: calls.map((call) => callOnWire(call, names, quirks)),
  };
}

function callOnWire(call: ToolCallRequest, names: ToolNames, quirks: Quirks): JsonObject {
  const sent: JsonObject = { id: callId(call.id, quirks), type: 'function' };
  if (quirks.unsignedCall !== null) {
    sent['extra_content'] = call.extra?.['extra_content'] ?? { google: { thought_signature: quirks.unsignedCall } };
  }
  sent['function'] = { name: names.wire(call.name), arguments: pastArguments(call.arguments, quirks) };
  return sent;
}

function pastArguments(text: string, quirks: Quirks): string {
  if (text === '') return '{}';
  if (!quirks.parsesPastArguments) return sendable(text);
  try {
    if (isJsonObject(JSON.parse(text))) return sendable(text);
  } catch {
    // told below
  }
  return JSON.stringify({ malformed_arguments: text });
}

function callId(id: string, quirks: Quirks): string {
  if (quirks.toolCallIds === 'any' || /^[A-Za-z0-9]{9}$/.test(id)) return id;
  return sha256(id).replace(/[-_]/g, '').slice(0, 9);
}

function picked(from: JsonObject, keys: readonly string[]): JsonObject {
  const entries = keys.map((key): [string, Json | undefined] => [key, from[key]]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** Half of a surrogate pair is no Unicode, and servers refuse the whole request for it. */
export function sendable(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}
