import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { calls, type Reply, says } from './model-replies.ts';

/** A chat request as a script sees it. */
export interface ChatRequest {
  /** 1 for the first chat request of the server. */
  n: number;
  model: string;
  stream: boolean;
  messages: JsonObject[];
  /** Names as they stand on the wire. */
  tools: string[];
  /** Text of the last message of the user; '' when there is none. */
  lastUserText: string;
  /** What tools answered since then, oldest first. */
  toolAnswers: string[];
  headers: Record<string, string | undefined>;
  body: JsonObject;
}

const textOf = (content: Json | undefined) =>
  typeof content === 'string' ? content : content ? JSON.stringify(content) : '';

export function chatRequest(n: number, headers: Record<string, string | undefined>, body: JsonObject): ChatRequest {
  const messages = Array.isArray(body['messages']) ? body['messages'].filter(isJsonObject) : [];
  const lastUser = messages.findLastIndex((message) => message['role'] === 'user');
  const since = messages.slice(lastUser + 1).filter((message) => message['role'] === 'tool');
  const tools = Array.isArray(body['tools']) ? body['tools'].filter(isJsonObject) : [];
  return {
    n,
    headers,
    body,
    messages,
    model: String(body['model']),
    stream: body['stream'] === true,
    tools: tools.map((tool) => (isJsonObject(tool['function']) ? String(tool['function']['name']) : '')),
    lastUserText: lastUser < 0 ? '' : textOf(messages[lastUser]?.['content']),
    toolAnswers: since.map((message) => textOf(message['content'])),
  };
}

/**
 * What an unscripted server does: `call <tool> <json>` in the user's text calls that tool, several of them one after
 * the other, as long as the tool is offered; else it echoes what it heard last. The same request always gets the same.
 */
export function obedient(request: ChatRequest): Reply {
  const wished = wishedCalls(request.lastUserText)[request.toolAnswers.length];
  const tool = wished && request.tools.find((name) => sameName(name, wished.tool));
  if (wished && tool) return calls(tool, wished.args);
  return says(`echo: ${request.toolAnswers.at(-1) ?? request.lastUserText}`);
}

/** Tool names lose their dots on the wire, so `context.set` wishes for `context_set` and the like. */
const sameName = (onWire: string, wished: string) =>
  onWire.replace(/[^A-Za-z0-9]+/g, '_') === wished.replace(/[^A-Za-z0-9]+/g, '_');

function wishedCalls(text: string): { tool: string; args: string }[] {
  const wishes: { tool: string; args: string }[] = [];
  for (const match of text.matchAll(/\bcall\s+([\w.-]+)\s+(?=\{)/g)) {
    const args = jsonAt(text, match.index + match[0].length);
    if (args !== undefined) wishes.push({ tool: match[1] ?? '', args });
  }
  return wishes;
}

/** The JSON object that starts at `from`, also when it stands escaped inside the text of another JSON value. */
function jsonAt(text: string, from: number): string | undefined {
  for (let end = text.indexOf('}', from); end >= 0; end = text.indexOf('}', end + 1)) {
    const candidate = text.slice(from, end + 1);
    if (isJson(candidate)) return candidate;
    const unescaped = candidate.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
    if (isJson(unescaped)) return unescaped;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
