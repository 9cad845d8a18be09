import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';

const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/**
 * What strict providers refuse in a chat request, in OpenAI's words; undefined when it would be accepted. Keeps the
 * runtime honest: a request that only a lenient server takes fails here.
 */
export function refusalOf(body: JsonObject): string | undefined {
  if (typeof body['model'] !== 'string' || body['model'] === '') return 'you must provide a model parameter';
  const messages = objects(body['messages']);
  if (messages.length === 0) return "Invalid 'messages': empty array.";
  return refusalOfMessages(messages) ?? refusalOfTools(body['tools']);
}

function refusalOfMessages(messages: JsonObject[]): string | undefined {
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const role = message['role'];
    if (role === 'tool') {
      const id = String(message['tool_call_id']);
      if (!open.delete(id)) return `messages[${at}]: "${id}" answers no open tool call.`;
      continue;
    }
    if (open.size > 0) return `messages[${at}]: tool calls ${[...open].join(', ')} were not answered.`;
    if (role !== 'system' && role !== 'user' && role !== 'assistant') return `messages[${at}]: role ${String(role)}.`;
    if (role === 'assistant') open = new Set(objects(message['tool_calls']).map((call) => String(call['id'])));
    else if (typeof message['content'] !== 'string') return `messages[${at}]: content must be text.`;
  }
  return open.size > 0 ? `tool calls ${[...open].join(', ')} were not answered.` : undefined;
}

function refusalOfTools(tools: Json | undefined): string | undefined {
  if (tools === undefined) return undefined;
  const names = objects(tools).map((tool) => String(isJsonObject(tool['function']) ? tool['function']['name'] : ''));
  if (names.length === 0) return "Invalid 'tools': empty array.";
  const wrong = names.find((name) => !/^[A-Za-z0-9_-]{1,64}$/.test(name));
  if (wrong !== undefined) return `Invalid tool name "${wrong}": expected ^[a-zA-Z0-9_-]{1,64}$.`;
  return new Set(names).size === names.length ? undefined : 'Tool names must be unique.';
}
