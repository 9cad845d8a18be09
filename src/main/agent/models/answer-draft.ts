import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { messageExtra } from './chat-messages.ts';
import type { ModelAnswer, ToolCallRequest } from './model.ts';

interface DraftCall {
  id: string;
  name: string;
  arguments: string;
  extra: JsonObject | undefined;
}

/** An answer while it comes in: from one JSON value, or from the chunks of a stream. */
export class AnswerDraft {
  text = '';
  /** The newest usage the server reported. */
  usage: JsonObject | null = null;
  finish: string | null = null;
  /** Characters held so far: what the size limit of streams counts. */
  size = 0;
  readonly #calls: DraftCall[] = [];
  readonly #byIndex = new Map<number, DraftCall>();
  readonly #echoes: readonly string[];
  readonly #kept: JsonObject = {};
  readonly #onText: ((delta: string) => void) | undefined;
  #refused = false;
  /** First half of a surrogate pair whose second half is in the next chunk. */
  #half = '';

  constructor(echoes: readonly string[], onText: ((delta: string) => void) | undefined) {
    this.#echoes = echoes;
    this.#onText = onText;
  }

  /** A whole answer. False when it is none: no choice, or no message in it. */
  takeCompletion(answer: JsonObject): boolean {
    this.#takeUsage(answer);
    const choice = firstChoice(answer);
    const message = choice?.['message'];
    if (!choice || !isJsonObject(message)) return false;
    this.#takeMessage(message);
    this.#takeFinish(choice);
    return true;
  }

  /** One chunk of a stream. Chunks without a choice carry usage or nothing. */
  takeChunk(chunk: JsonObject): void {
    this.#takeUsage(chunk);
    const choice = firstChoice(chunk);
    if (!choice) return;
    const delta = choice['delta'] ?? choice['message'];
    if (isJsonObject(delta)) this.#takeMessage(delta);
    this.#takeFinish(choice);
  }

  #takeUsage(from: JsonObject): void {
    const groq = from['x_groq'];
    const usage = from['usage'] ?? (isJsonObject(groq) ? groq['usage'] : undefined);
    if (isJsonObject(usage)) this.usage = usage;
  }

  #takeFinish(choice: JsonObject): void {
    const finish = choice['finish_reason'];
    if (typeof finish === 'string' && finish !== '') this.finish = finish;
  }

  #takeMessage(message: JsonObject): void {
    this.#takeText(textOf(message['content']));
    if (typeof message['refusal'] === 'string' && message['refusal'] !== '') {
      this.#takeText(message['refusal']);
      this.#refused = true;
    }
    const calls = message['tool_calls'];
    if (Array.isArray(calls)) for (const call of calls) if (isJsonObject(call)) this.#takeCall(call);
    for (const key of this.#echoes) this.#keep(key, message[key]);
  }

  #takeText(text: string): void {
    if (text === '') return;
    const whole = this.#half + text;
    const last = whole.charCodeAt(whole.length - 1);
    const cut = last >= 0xd800 && last <= 0xdbff ? whole.length - 1 : whole.length;
    this.#half = whole.slice(cut);
    this.#say(whole.slice(0, cut));
  }

  #say(text: string): void {
    if (text === '') return;
    const said = storable(text);
    this.text += said;
    this.size += said.length;
    this.#onText?.(said);
  }

  #takeCall(delta: JsonObject): void {
    const made = isJsonObject(delta['function']) ? delta['function'] : {};
    const call = this.#callOf(delta, typeof made['name'] === 'string' ? made['name'] : '');
    if (call.id === '' && typeof delta['id'] === 'string') call.id = delta['id'];
    if (isJsonObject(delta['extra_content'])) call.extra = { extra_content: delta['extra_content'] };
    const args = made['arguments'];
    const text = typeof args === 'string' ? args : isJsonObject(args) ? JSON.stringify(args) : '';
    call.arguments += text;
    this.size += text.length;
  }

  /** The call a piece belongs to. Some servers number all calls 0 or not at all: a new id or name begins a new one. */
  #callOf(delta: JsonObject, name: string): DraftCall {
    const index = typeof delta['index'] === 'number' ? delta['index'] : undefined;
    const known = index === undefined ? (name === '' ? this.#calls.at(-1) : undefined) : this.#byIndex.get(index);
    if (known && !beginsAnother(known, delta['id'], name)) {
      if (known.name === '') known.name = name;
      return known;
    }
    const call: DraftCall = { id: '', name, arguments: '', extra: undefined };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    this.size += name.length + 64;
    return call;
  }

  #keep(key: string, value: Json | undefined): void {
    if (value === undefined || value === null) return;
    const before = this.#kept[key];
    if (typeof before === 'string' && typeof value === 'string') this.#kept[key] = before + value;
    else if (Array.isArray(before) && Array.isArray(value)) before.push(...value);
    else this.#kept[key] = Array.isArray(value) ? [...value] : value;
    this.size += typeof value === 'string' ? value.length : JSON.stringify(value).length;
  }

  /** The calls, each with a name and an id of its own. `ours` turns a name on the wire into the tool's. */
  toolCalls(ours: (name: string) => string): ToolCallRequest[] {
    const ids = new Set<string>();
    return this.#calls.map((call, at) => {
      const id =
        call.id === '' || ids.has(call.id)
          ? `call_${randomUUID().replaceAll('-', '').slice(0, 20)}`
          : storable(call.id);
      ids.add(id);
      const kept = at === 0 && Object.keys(this.#kept).length > 0 ? { [messageExtra]: this.#kept } : {};
      const extra: JsonObject = { ...call.extra, ...kept };
      const name = storable(ours(call.name)).slice(0, 200);
      const args = storable(call.arguments);
      return { id, name, arguments: args, ...(Object.keys(extra).length > 0 ? { extra } : {}) };
    });
  }

  /** Says what was held back. */
  end(): void {
    this.#say(this.#half);
    this.#half = '';
  }

  get ending(): ModelAnswer['finish'] {
    if (this.finish === 'length' || this.finish === 'max_tokens') return 'length';
    if (this.finish === 'content_filter' || this.#refused) return 'filter';
    return this.#calls.length > 0 ? 'tools' : 'stop';
  }
}

function firstChoice(answer: JsonObject): JsonObject | undefined {
  const choices = answer['choices'];
  if (!Array.isArray(choices)) return undefined;
  return choices.find((choice): choice is JsonObject => isJsonObject(choice) && (choice['index'] ?? 0) === 0);
}

/** Text, or a list of parts of which the texts count; the others are thoughts. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function beginsAnother(known: DraftCall, id: Json | undefined, name: string): boolean {
  if (typeof id === 'string' && id !== '' && known.id !== '') return id !== known.id;
  return name !== '' && isJson(known.arguments);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Without half surrogate pairs and NUL, which databases and other servers refuse. */
function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\ufffd') : whole;
}
