import type { OperationName } from '../../shared/api.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { ConnectedRuntime } from '../transport/http-client.ts';
import type { NodePlace } from './find-node.ts';
import { type Flag, flagsOf } from './flags.ts';
import { patiently } from './patience.ts';
import type { Terminal } from './terminal.ts';

/** One command line, read. */
export interface Invocation {
  /** The positional arguments that were given. */
  words: readonly string[];
  /** Arguments and flags together, under the names of the fields they set. */
  input: JsonObject;
  /** Connects at the first call. @throws RuntimeError `NODE_UNREACHABLE` */
  node(): ConnectedRuntime;
  /** Where the node should be; needs no node that runs. */
  place: NodePlace;
  terminal: Terminal;
  /** Shows `text()`, or with --json the value. */
  show(value: unknown, text: () => string): void;
}

export interface Command {
  /** One word or two: `context set`. */
  name: string;
  summary: string;
  /** Names in order; `name?` may be left out, `name...` may be repeated. */
  args: readonly string[];
  flags: Readonly<Record<string, Flag>>;
  /** Gives the exit code where it is not 0. */
  run(call: Invocation): Promise<number | undefined>;
}

export const ownFlag = (field: string, kind: Flag['kind'], help: string): Flag => ({ field, kind, choices: [], help });

/** A command that is one operation: its flags are the fields of the input that are no arguments. */
export function operationCommand<N extends OperationName, T = unknown>(spec: {
  name: string;
  summary: string;
  args?: readonly string[];
  operation: N;
  /** Completes the input. */
  prepare?(call: Invocation): JsonObject | Promise<JsonObject>;
  text(answer: T, call: Invocation): string;
}): Command {
  const args = spec.args ?? [];
  return {
    name: spec.name,
    summary: spec.summary,
    args,
    flags: flagsOf(spec.operation, args.map(fieldOf)),
    async run(call) {
      const input = spec.prepare ? await spec.prepare(call) : call.input;
      const ask = call.node()[spec.operation] as (input: Json) => Promise<unknown>;
      const answer = (await patiently(call.terminal, spec.name, ask(input))) as T;
      call.show(answer, () => spec.text(answer, call));
      return undefined;
    },
  };
}

/** `name?` and `name...` → `name` */
export function fieldOf(arg: string): string {
  return arg.replace(/(\?|\.\.\.)$/, '');
}
