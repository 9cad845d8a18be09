import type { Effect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Tool, ToolCall } from '../tool.ts';
import { checkContextKey, checkContextTotal, checkContextWrite } from './context-tools.ts';

export interface CreatedReach {
  /** Context keys it may read and write. */
  keys: readonly string[];
  /** Those that the agent itself may write; none named: all. */
  writableKeys: readonly string[];
  /** Left out: it may call nobody. */
  fetch: Tool | undefined;
}

export interface CreatedCalls {
  /** What the script's context holds. */
  readonly context: Record<string, Json>;
  readonly effects: Effect[];
  readonly taint: Set<string>;
  /** Whether something outside may have changed. */
  readonly acted: boolean;
  serve(name: string, args: Json[]): Promise<{ value: Json; at: number }>;
}

/** As many as one call of a created tool may make: a script that waits again and again would never end. */
const mostCalls = 100;

/** Serves what a created tool asks of its agent; all of it is refused that was not approved. */
export function createdCalls(tool: string, reach: CreatedReach, call: ToolCall): CreatedCalls {
  return new Calls(tool, reach, call);
}

class Calls implements CreatedCalls {
  readonly context: Record<string, Json>;
  readonly effects: Effect[] = [];
  readonly taint = new Set<string>();
  acted = false;
  readonly #tool: string;
  readonly #reach: CreatedReach;
  readonly #call: ToolCall;
  #count = 0;

  constructor(tool: string, reach: CreatedReach, call: ToolCall) {
    this.#tool = tool;
    this.#reach = reach;
    this.#call = call;
    this.context = Object.fromEntries(
      reach.keys.flatMap((key) => (call.context.has(key) ? [[key, call.context.get(key) as Json]] : [])),
    );
  }

  readonly serve = async (name: string, args: Json[]): Promise<{ value: Json; at: number }> => {
    if (++this.#count > mostCalls)
      throw new RuntimeError('SCRIPT_LIMIT', `The tool ${this.#tool} made more than ${mostCalls} calls.`);
    return { value: await this.#value(name, args), at: this.#call.now };
  };

  async #value(name: string, [first = null, second = null]: Json[]): Promise<Json> {
    const key = String(first);
    if (name === 'log') return null;
    if (name === 'tool' && first === 'http_fetch') return this.#fetch(second);
    if (name === 'context.set' && this.#has(key)) {
      checkContextWrite(key, second, this.#reach.writableKeys, this.#call.lockOf?.(key));
      checkContextTotal(this.#call.context, key, second);
      this.effects.push({ type: 'context.set', key, value: second });
      return null;
    }
    if (name === 'context.delete' && this.#has(key)) {
      checkContextKey(key, this.#reach.writableKeys, this.#call.lockOf?.(key));
      this.effects.push({ type: 'context.delete', key });
      return null;
    }
    throw new RuntimeError(
      'POLICY_REFUSED',
      `The tool ${this.#tool} may not use agent.${name}${name === 'tool' || name.startsWith('context') ? ` with "${key.slice(0, 80)}"` : ''}: it was approved for ${this.#approved()}.`,
    );
  }

  #has(key: string): boolean {
    return this.#reach.keys.includes(key);
  }

  async #fetch(given: Json): Promise<Json> {
    const { fetch } = this.#reach;
    const args: JsonObject = isJsonObject(given) ? given : {};
    if (!fetch || JSON.stringify(args).includes('secret://'))
      throw new RuntimeError(
        'POLICY_REFUSED',
        `The tool ${this.#tool} may not ${fetch ? 'use secrets' : 'call other computers'}: it was approved for ${this.#approved()}.`,
      );
    if (typeof args['url'] !== 'string')
      throw new RuntimeError('TOOL_ARGS_INVALID', 'The arguments for http_fetch are not accepted: "url" is missing.');
    if (fetch.reachOf?.(args) !== 'readOnly') this.acted = true;
    const callKey = sha256(`${this.#call.callKey}\n${this.#count}`);
    const { content, taint = [] } = await fetch.execute(args, { ...this.#call, callKey });
    for (const label of taint) this.taint.add(label);
    return content;
  }

  #approved(): string {
    const { keys, fetch } = this.#reach;
    const parts = [...(fetch ? ['http_fetch'] : []), ...keys.map((key) => `the context key "${key}"`)];
    return parts.join(', ') || 'its arguments alone';
  }
}
