import type { Tool, ToolCall, ToolReach } from '../../src/main/agent/tool.ts';
import { type Deferred, deferred } from '../../src/main/lib/deferred.ts';
import type { RuntimeError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { never, type Power } from './power.ts';

export interface LedgerCall {
  tool: string;
  args: JsonObject;
  callKey: string;
  run: string;
}

/** Holds calls of a tool where it stands: before the call has had its effect, or after, before it is answered. */
export interface Gate {
  /** Resolves with the first call that has come this far. */
  readonly arrived: Promise<LedgerCall>;
  open(): void;
}

interface ShutGate extends Gate {
  readonly when: 'before' | 'after';
  readonly first: Deferred<LedgerCall>;
  readonly opened: Promise<void>;
}

/**
 * The world outside: what tools have done in it. It outlives every program.
 *
 * `look` only reads · `put` may be repeated, since the same call key counts once · `pay` must not be repeated.
 */
export class Ledger {
  /** Every call that had an effect, or was made again without one. */
  readonly calls: LedgerCall[] = [];
  /** What took place. */
  readonly effects: LedgerCall[] = [];
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
    return [tool('look', 'readOnly'), tool('put', 'idempotent'), tool('pay', 'other')];
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
