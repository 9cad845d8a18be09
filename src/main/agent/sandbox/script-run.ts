import { hash } from 'node:crypto';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { ChildLink, Work } from './link.ts';
import { callNames, maxOpenCalls, maxTextLength, type ScriptFailure } from './protocol.ts';
import type { SandboxJob } from './sandbox-job.ts';

const codes = { invalid: 'SCRIPT_INVALID', failed: 'SCRIPT_FAILED', limit: 'SCRIPT_LIMIT' } as const;
const knownNames: ReadonlySet<string> = new Set(callNames);

/** JSON text of a value that goes into a script. @throws SCRIPT_LIMIT when it is longer than the border allows. */
function encoded(what: string, value: Json): string {
  const json = JSON.stringify(value) ?? 'null';
  if (json.length > maxTextLength) throw new RuntimeError('SCRIPT_LIMIT', `${what} is larger than 1 MB as JSON.`);
  return json;
}

/** Refuses what no child needs to see. */
export function checkLength(code: string): void {
  if (code.length > maxTextLength) throw new RuntimeError('SCRIPT_INVALID', 'The script is longer than 1 MB.');
}

/** What a child said of a script's end, as an error; `refusal` is what its uncaught call was rejected with. */
export function failureError(failure: ScriptFailure, refusal?: unknown): RuntimeError {
  const { line, column } = failure;
  const place: JsonObject = line === undefined || column === undefined ? {} : { line, column };
  const message = line === undefined ? failure.message : `${failure.message} (script line ${line}, column ${column})`;
  if (refusal === undefined) return new RuntimeError(codes[failure.kind], message, place);
  const wire = toWire(refusal);
  return new RuntimeError(wire.code, message, { ...wire.details, ...place }, { cause: refusal });
}

/** Four 32-bit words of state for the script's chance: the start of the seed's SHA-256. */
function chanceState(seed: string): number[] {
  const digest = hash('sha256', seed, 'buffer');
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
}

/** A job from its start in a child to its end: serves the script's calls and hands back what they gave. */
export class ScriptRun implements Work {
  readonly id: number;
  readonly code: string;
  readonly done: Promise<Json>;
  readonly #job: SandboxJob;
  readonly #fields: (string | number)[];
  readonly #refusals = new Map<number, unknown>();
  #resolve!: (value: Json) => void;
  #reject!: (reason: unknown) => void;
  #link: ChildLink | undefined;
  #open = 0;
  #at: number;
  #settled = false;

  constructor(id: number, job: SandboxJob) {
    this.id = id;
    this.code = job.code;
    this.#job = job;
    this.#at = job.startedAt;
    this.#fields = [
      job.startedAt,
      ...chanceState(job.seed),
      JSON.stringify(job.context),
      encoded('The event', job.event),
    ];
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    job.signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  get settled(): boolean {
    return this.#settled;
  }

  startIn(link: ChildLink): void {
    this.#link = link;
    link.run(this, this.#fields);
  }

  called(number: number, name: string, args: string): void {
    this.#open += 1;
    if (!knownNames.has(name) || this.#open > maxOpenCalls) {
      // The prelude lets neither through.
      this.#leave(new RuntimeError('SCRIPT_LIMIT', 'The script got out of the form that its calls have.'));
    }
    if (!this.#settled) void this.#serve(number, name, JSON.parse(args) as Json[]);
  }

  returned(value: string): void {
    if (this.#settle()) this.#resolve(JSON.parse(value) as Json);
  }

  failed(failure: ScriptFailure): void {
    const refusal = failure.call === undefined ? undefined : this.#refusals.get(failure.call);
    if (this.#settle()) this.#reject(failureError(failure, refusal));
  }

  lost(reason: unknown): void {
    if (this.#settle()) this.#reject(reason);
  }

  /** Answers go to the script in the order in which the calls' promises settle. */
  async #serve(number: number, name: string, args: Json[]): Promise<void> {
    let json: string;
    try {
      const { value, at } = await this.#job.call(name, args);
      this.#at = at;
      json = encoded(`The answer of agent.${name}`, value);
    } catch (thrown) {
      return this.#refuse(number, thrown);
    }
    this.#answer(number, 'ok', json);
  }

  #refuse(number: number, thrown: unknown): void {
    if (typeof thrown === 'object' && thrown !== null && 'unwind' in thrown && thrown.unwind === true) {
      this.#leave(thrown);
      return;
    }
    this.#refusals.set(number, thrown);
    const wire = toWire(thrown);
    const json = JSON.stringify(wire);
    this.#answer(number, 'error', json.length > maxTextLength ? JSON.stringify({ ...wire, details: {} }) : json);
  }

  #answer(number: number, kind: 'ok' | 'error', json: string): void {
    this.#open -= 1;
    if (!this.#settled) this.#link?.answer(this, number, this.#at, kind, json);
  }

  /** The script's machine is thrown away; the script learns nothing of it. */
  #leave(reason: unknown): void {
    if (!this.#settle()) return;
    this.#link?.drop(this);
    this.#reject(reason);
  }

  readonly #cancel = (): void => {
    this.#leave(
      new RuntimeError(
        'RUN_CANCELLED',
        'The run was cancelled while its script ran.',
        {},
        { cause: this.#job.signal?.reason },
      ),
    );
  };

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#job.signal?.removeEventListener('abort', this.#cancel);
    return true;
  }
}

/** A script that is compiled and not run. */
export class ScriptCheck implements Work {
  readonly id: number;
  readonly code: string;
  readonly done: Promise<void>;
  #resolve!: () => void;
  #reject!: (reason: unknown) => void;

  constructor(id: number, code: string) {
    this.id = id;
    this.code = code;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  startIn(link: ChildLink): void {
    link.check(this);
  }

  called(): void {}

  returned(): void {
    this.#resolve();
  }

  failed(failure: ScriptFailure): void {
    this.#reject(failureError(failure));
  }

  lost(reason: unknown): void {
    this.#reject(reason);
  }
}
