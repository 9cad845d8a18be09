import { Intrinsics, JSException, type JSValueHandle, type QuickJS } from 'quickjs-wasi';
import { Engine, type Hooks, type Image, makeImage } from './engine.ts';
import { explained, limitFailure, neverEnds, type Place, placeIn } from './failure.ts';
import { noImports } from './prelude.ts';
import { maxStretchLength, maxTextLength, type ScriptFailure } from './protocol.ts';

/** What came of letting a script work until it waits. */
export interface Stretch {
  /** New calls in order, each as number, name and arguments with tabs between. */
  calls: string[];
  end?: { value: string } | { failure: ScriptFailure };
}

export interface MachineLimits {
  /** Of one stretch, in milliseconds of this thread's processor time. */
  cpuMs: number;
  /** Called when a stretch takes long by the clock while its processor time is not used up. */
  onSlow(): void;
}

/** Without `eval`, weak references (they would tell when garbage is collected) and `performance`. */
const runIntrinsics =
  Intrinsics.DATE |
  Intrinsics.REGEXP |
  Intrinsics.JSON |
  Intrinsics.PROXY |
  Intrinsics.MAP_SET |
  Intrinsics.TYPED_ARRAYS |
  Intrinsics.PROMISE |
  Intrinsics.BIG_INT |
  Intrinsics.DOM_EXCEPTION |
  Intrinsics.ATOB_BTOA;

const levers = ['prepare', 'begin', 'answer', 'take', 'explain'] as const;
type Lever = (typeof levers)[number];

/** @param preludeBytecode the prelude, compiled elsewhere: machines of runs cannot compile. */
export function runImage(wasm: WebAssembly.Module, memoryBytes: number, preludeBytecode: Uint8Array): Promise<Image> {
  return makeImage(wasm, { memoryBytes, intrinsics: runIntrinsics }, (vm: QuickJS) => {
    const made = vm.evalBytecode(preludeBytecode);
    const handles: Record<string, JSValueHandle> = { undefined: vm.undefined };
    for (const name of levers) handles[name] = made.getProp(name);
    made.dispose();
    return handles;
  });
}

const cpuMsNow = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

class NoRoom {}

/** One script in one engine, from its start to its end, then the next. */
export class Machine {
  #engine!: Engine;
  #now = 0;
  #checkAt = 0;
  #cpuStart = 0;
  #interrupted = false;
  #importRefused = false;
  #broken = false;
  /** Of the stretch: what a job outside all promises threw, such as the one that `queueMicrotask` was given. */
  #stray: ScriptFailure | undefined;
  /** Rejected promises that nobody listens to, by the engine's identity of the promise. */
  readonly #unheard = new Map<number, { promise: JSValueHandle; reason: JSValueHandle }>();
  readonly #limits: MachineLimits;

  private constructor(limits: MachineLimits) {
    this.#limits = limits;
  }

  static async open(image: Image, limits: MachineLimits): Promise<Machine> {
    const machine = new Machine(limits);
    const hooks: Hooks = {
      now: () => machine.#now,
      interrupt: () => machine.#overdue(),
      rejection: (promise, reason, handled) => machine.#noteRejection(promise, reason, handled),
      refuseImport: (specifier) => {
        machine.#importRefused = true;
        return `${noImports} (It asks for "${specifier.slice(0, 200)}".)`;
      },
    };
    machine.#engine = await Engine.open(image, hooks);
    return machine;
  }

  start(bytecode: Uint8Array, job: { at: number; state: number[]; context: string; event: string }): Stretch {
    this.#now = job.at;
    return this.#stretch((vm) => {
      this.#tell('prepare', job.event, job.context, ...job.state);
      const module = vm.evalBytecode(bytecode);
      this.#pull('begin', module).dispose();
      module.dispose();
    });
  }

  answer(call: number, at: number, ok: boolean, json: string): Stretch {
    this.#now = at;
    return this.#stretch(() => this.#tell('answer', call, ok ? 1 : 0, json));
  }

  /** Makes it as if nothing had ever run in it. False when it cannot be used again. */
  reset(): boolean {
    this.#unheard.clear();
    this.#importRefused = false;
    return !this.#broken && this.#engine.reset();
  }

  #pull(lever: Lever, ...args: JSValueHandle[]): JSValueHandle {
    return this.#engine.vm.callFunction(this.#engine.lever(lever), this.#engine.lever('undefined'), ...args);
  }

  #tell(lever: Lever, ...words: (string | number)[]): void {
    const { vm } = this.#engine;
    const handles = words.map((word) => (typeof word === 'string' ? vm.newString(word) : vm.newNumber(word)));
    // A string that found no room is not a string; it must not get any further.
    if (handles.some((handle, index) => typeof words[index] === 'string' && !handle.isString)) throw new NoRoom();
    this.#pull(lever, ...handles).dispose();
    for (const handle of handles) handle.dispose();
  }

  #stretch(enter: (vm: QuickJS) => void): Stretch {
    this.#interrupted = false;
    this.#stray = undefined;
    this.#cpuStart = cpuMsNow();
    this.#checkAt = performance.now() + this.#limits.cpuMs;
    try {
      enter(this.#engine.vm);
      this.#engine.drain(
        () => this.#interrupted,
        (thrown) => {
          this.#stray ??= this.#explain(thrown);
        },
      );
      return this.#interrupted ? { calls: [], end: { failure: this.#tooLong(this.#stray) } } : this.#outcome();
    } catch (thrown) {
      return { calls: [], end: { failure: this.#failureOf(thrown) } };
    }
  }

  #outcome(): Stretch {
    const taken = this.#pull('take');
    if (taken.length > maxStretchLength + 2 * maxTextLength) {
      return { calls: [], end: { failure: limitFailure('The script has too much to say at once.') } };
    }
    const text = taken.toString();
    taken.dispose();
    const headEnd = text.indexOf('\n');
    // A text for which there was no room to be read comes out as something else.
    if (!/^\d+\t/.test(text)) throw new NoRoom();
    const [open, kind, ending] = text.slice(0, headEnd).split('\t') as [string, string, string | undefined];
    const calls = headEnd + 1 === text.length ? [] : text.slice(headEnd + 1, -1).split('\n');
    const failure = kind === 'failed' ? explained(ending as string) : this.#stray;
    if (failure) return { calls, end: { failure: this.#named(failure) } };
    if (open !== '0') return { calls };
    const [unheard] = this.#unheard.values();
    if (unheard) return { calls, end: { failure: this.#named(this.#explain(unheard.reason)) } };
    return { calls, end: kind === 'value' ? { value: ending as string } : { failure: neverEnds } };
  }

  #explain(thrown: JSValueHandle): ScriptFailure {
    return explained(this.#pull('explain', thrown).consume((handle) => handle.toString()));
  }

  #named(failure: ScriptFailure): ScriptFailure {
    return this.#importRefused && failure.message.startsWith(noImports) ? { ...failure, kind: 'invalid' } : failure;
  }

  /** The place is the last one that the engine noted: where the function waited last, or its beginning. */
  #tooLong(place: Partial<Place> | undefined): ScriptFailure {
    this.#broken = true;
    const { line, column } = place ?? {};
    return {
      ...limitFailure(`The script worked for more than ${this.#limits.cpuMs} ms without waiting for anything.`),
      ...(line === undefined || column === undefined ? {} : { line, column }),
    };
  }

  /** What got out of the engine: an interrupt, a full stack or memory, or a trap. */
  #failureOf(thrown: unknown): ScriptFailure {
    this.#broken = true;
    if (this.#interrupted)
      return this.#tooLong(thrown instanceof JSException ? placeIn(thrown.stack ?? '') : undefined);
    if (thrown instanceof RangeError) {
      return limitFailure('The script calls itself too deeply, or nests a value too deeply.');
    }
    return limitFailure('The script used more memory than it may.');
  }

  #noteRejection(promise: JSValueHandle, reason: JSValueHandle, handled: boolean): void {
    const known = this.#unheard.get(promise.identity);
    if (handled) {
      known?.promise.dispose();
      known?.reason.dispose();
      this.#unheard.delete(promise.identity);
    } else if (!known) {
      this.#unheard.set(promise.identity, { promise: promise.dup(), reason: reason.dup() });
    }
  }

  #overdue(): boolean {
    if (performance.now() < this.#checkAt) return false;
    const leftMs = this.#limits.cpuMs - (cpuMsNow() - this.#cpuStart);
    if (leftMs > 0) {
      this.#checkAt = performance.now() + leftMs;
      this.#limits.onSlow();
      return false;
    }
    this.#interrupted = true;
    return true;
  }
}
