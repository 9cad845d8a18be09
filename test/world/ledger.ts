import {
  outcomeUnknown,
  type Tool,
  type ToolCall,
  type ToolReach,
  type ToolResult,
} from '../../src/main/agent/tool.ts';
import { type Deferred, deferred } from '../../src/main/lib/deferred.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { never, type Power } from './power.ts';

export interface LedgerCall {
  tool: string;
  args: JsonObject;
  callKey: string;
  run: string;
}

/** Holds calls of a tool where it stands: before the call has had its effect, after it, or where a task is waited for. */
export interface Gate {
  /** Resolves with the first call that has come this far. */
  readonly arrived: Promise<LedgerCall>;
  open(): void;
}

interface ShutGate extends Gate {
  readonly when: 'before' | 'after' | 'asked';
  readonly first: Deferred<LedgerCall>;
  readonly opened: Promise<void>;
}

/**
 * The world outside: what tools have done in it. It outlives every program.
 *
 * `look` only reads · `put` may be repeated, since the same call key counts once · `pay` must not be repeated · `haul`
 * must not be either, and is a task that can be asked for by its name.
 */
export class Ledger {
  /** Every call that had an effect, or was made again without one. */
  readonly calls: LedgerCall[] = [];
  /** What took place. */
  readonly effects: LedgerCall[] = [];
  /** Tasks that were told that nobody waits for them. */
  readonly cancelled: string[] = [];
  readonly #tasks = new Set<string>();
  readonly #gates = new Map<string, ShutGate>();
  readonly #failures = new Map<string, (RuntimeError | undefined)[]>();

  /** `what` of every effect of a tool, in order. */
  done(tool: string): unknown[] {
    return this.effects.filter((effect) => effect.tool === tool).map(({ args }) => args['what']);
  }

  hold(tool: string, when: ShutGate['when'] = 'after'): Gate {
    const first = deferred<LedgerCall>();
    const { promise: opened, resolve } = deferred();
    const gate: ShutGate = { when, first, arrived: first.promise, opened, open: () => resolve() };
    this.#gates.set(tool, gate);
    return gate;
  }

  openAll(): void {
    for (const gate of this.#gates.values()) gate.open();
    this.#gates.clear();
  }

  /** The next calls of the tool fail so; undefined lets one through. */
  fail(tool: string, ...failures: (RuntimeError | undefined)[]): void {
    this.#failures.set(tool, failures);
  }

  tools(power: Power): Tool[] {
    const tool = (name: string, reach: ToolReach): Tool => ({
      name,
      description: `The tool ${name}.`,
      parameters: { type: 'object', properties: { what: {} } },
      reach,
      execute: (args, call) => this.#serve(name, args, call, power),
    });
    const haul: Tool = {
      ...tool('haul', 'other'),
      isTask: true,
      execute: (args, call) => this.#haul(args, call, power),
      cancelTask: async (name) => void this.cancelled.push(name),
    };
    return [tool('look', 'readOnly'), tool('put', 'idempotent'), tool('pay', 'other'), haul];
  }

  async #haul(args: JsonObject, call: ToolCall, power: Power): Promise<ToolResult> {
    const { known } = call.task ?? {};
    if (known === undefined) await this.#serve('haul', args, call, power);
    else if (!this.#tasks.has(known)) throw new RuntimeError('MCP_TASK_GONE', `There is no ${known}.`, outcomeUnknown);
    const name = known ?? `task ${this.effects.length}`;
    if (known === undefined) {
      this.#tasks.add(name);
      await call.task?.begun(name);
    }
    await this.#pass('asked', { tool: 'haul', args, callKey: call.callKey, run: call.run }, call.signal, power);
    return { content: { task: name } };
  }

  /** The other side knows of no task any more. */
  forgetTasks(): void {
    this.#tasks.clear();
  }

  async #serve(tool: string, args: JsonObject, { callKey, run, signal }: ToolCall, power: Power) {
    const call = { tool, args, callKey, run };
    await this.#pass('before', call, signal, power);
    const failure = this.#failures.get(tool)?.shift();
    if (failure) throw failure;
    this.calls.push(call);
    const isRepeated = tool === 'put' && this.effects.some((effect) => effect.callKey === callKey);
    if (!isRepeated) this.effects.push(call);
    await this.#pass('after', call, signal, power);
    return { content: { n: this.effects.length } };
  }

  async #pass(when: ShutGate['when'], call: LedgerCall, signal: AbortSignal, power: Power): Promise<void> {
    if (!power.isOn) return never;
    const gate = this.#gates.get(call.tool);
    if (gate?.when === when) {
      gate.first.resolve(call);
      const aborted = deferred();
      signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
      await Promise.race([gate.opened, aborted.promise]);
    }
    if (!power.isOn) return never;
  }
}
