import { JSValueHandle, QuickJS, type Snapshot } from 'quickjs-wasi';

/** Where the things that the host drives a machine by lie in an image; the same in every machine made from it. */
export type Levers = Record<string, number>;

/** A prepared machine as bytes, from which machines are made and to which they return. */
export interface Image {
  readonly wasm: WebAssembly.Module;
  readonly snapshot: Snapshot;
  readonly levers: Levers;
  /** Below this address no machine ever writes. */
  readonly low: number;
  readonly options: EngineOptions;
}

export interface EngineOptions {
  memoryBytes: number;
  /** QuickJS features, an OR of `Intrinsics`. */
  intrinsics: number;
}

/** What a machine may ask of its host; nothing else of the host can be reached from inside. */
export interface Hooks {
  /** Epoch ms. */
  now(): number;
  /** Asked about every 10,000 jumps and calls; true stops the code that runs. */
  interrupt(): boolean;
  /** A promise was rejected and nobody listens, or somebody listens after all. */
  rejection(promise: JSValueHandle, reason: JSValueHandle, handled: boolean): void;
  /** Gives the words in which a module is refused. */
  refuseImport(specifier: string): string;
}

/**
 * Native stack of a machine. With 192 KiB all but a few kinds of deep recursion (a JSON text of 100,000 brackets) end
 * as an error inside; with more, V8's own stack ends first and the whole machine is lost.
 */
const stackBytes = 192 * 1024;
/** What native code may use below that guard; the linker gives the stack 1 MiB, the rest of it is never touched. */
const stackMarginBytes = 64 * 1024;
/** Free heap in an image, so that small scripts run without growing the memory. */
const spareBytes = 256 * 1024;
/**
 * A memory never shrinks, and what it grew by is out of use once the image is back, since the allocator takes new
 * memory from the end. A machine that has grown by more is thrown away.
 */
const mostGrownBytes = 2 * 1_048_576;
const wasmPageBytes = 64 * 1024;
const errnoBadFile = 8;

function quickOptions(wasm: WebAssembly.Module, options: EngineOptions, hooks: Hooks) {
  return {
    wasm,
    memoryLimit: options.memoryBytes,
    maxStackSize: stackBytes,
    intrinsics: options.intrinsics,
    timezoneOffset: 0,
    interruptHandler: () => hooks.interrupt(),
    onUnhandledRejection: hooks.rejection,
    moduleLoader: {
      // A thrown string stays a message; a thrown Error would take the host's stack inside.
      normalize: (_base: string, specifier: string): string => {
        throw hooks.refuseImport(specifier);
      },
      load: (specifier: string): string => {
        throw hooks.refuseImport(specifier);
      },
    },
    wasi: (memory: WebAssembly.Memory) => ({
      clock_time_get: (_id: number, _precision: bigint, at: number) => {
        const nanoseconds = BigInt(Math.max(0, Math.trunc(hooks.now()))) * 1_000_000n;
        new DataView(memory.buffer).setBigUint64(at, nanoseconds, true);
        return 0;
      },
      random_get: (at: number, length: number) => {
        new Uint8Array(memory.buffer, at, length).fill(0);
        return 0;
      },
      fd_write: () => errnoBadFile,
    }),
  };
}

const idle: Hooks = { now: () => 0, interrupt: () => false, rejection: () => {}, refuseImport: () => '' };

/**
 * Makes an image. `furnish` puts into the machine what every run finds there, and gives the handles that the host needs
 * afterwards by name.
 */
export async function makeImage(
  wasm: WebAssembly.Module,
  options: EngineOptions,
  furnish: (vm: QuickJS) => Record<string, JSValueHandle>,
): Promise<Image> {
  const vm = await QuickJS.create(quickOptions(wasm, options, idle));
  const levers: Levers = {};
  for (const [name, handle] of Object.entries(furnish(vm))) levers[name] = vm.exportHandle(handle);
  vm.runGC();
  const exports = vm._getExports();
  exports.wasm_free(exports.wasm_malloc(spareBytes));
  const snapshot = vm.snapshot();
  const low = Math.min(firstUsed(snapshot.memory), snapshot.stackPointer - stackBytes - stackMarginBytes);
  return { wasm, snapshot, levers, low, options };
}

/** The linker puts the stack first, so all of the image below it is zeros; if it ever does not, nothing is left out. */
function firstUsed(memory: Uint8Array): number {
  const words = new Uint32Array(memory.buffer, 0, memory.length / 4);
  let word = 0;
  while (words[word] === 0) word += 1;
  return word * 4;
}

/**
 * One QuickJS in its own WebAssembly memory, which can be set back to its image. All that its code can change is in
 * that memory, and `reset` writes every byte of it that can have been used; that is what keeps runs apart.
 */
export class Engine {
  readonly vm: QuickJS;
  readonly #image: Image;

  private constructor(vm: QuickJS, image: Image) {
    this.vm = vm;
    this.#image = image;
  }

  static async open(image: Image, hooks: Hooks): Promise<Engine> {
    const { snapshot, wasm, options } = image;
    // Restored without its bytes, which `reset` brings: the library would copy a million zeros of stack as well.
    const vm = await QuickJS.restore({ ...snapshot, memory: new Uint8Array() }, quickOptions(wasm, options, hooks));
    const memory = vm._getMemory();
    memory.grow((snapshot.memory.length - memory.buffer.byteLength) / wasmPageBytes);
    const engine = new Engine(vm, image);
    engine.reset();
    return engine;
  }

  lever(name: string): JSValueHandle {
    return new JSValueHandle(this.vm, this.#image.levers[name] as number, true);
  }

  /** Runs what promises and `queueMicrotask` have left to do, until nothing is left or `enough` says so. */
  drain(enough: () => boolean, onThrown: (thrown: JSValueHandle) => void): void {
    const exports = this.vm._getExports();
    while (exports.qjs_is_job_pending() !== 0 && !enough()) {
      if (exports.qjs_execute_pending_job() < 0) this.vm.getException().consume(onThrown);
    }
  }

  /** Back to the image. False when it has grown too much: then it must be thrown away. */
  reset(): boolean {
    const memory = new Uint8Array(this.vm._getMemory().buffer);
    const { snapshot, low } = this.#image;
    if (memory.length > snapshot.memory.length + mostGrownBytes) return false;
    memory.set(snapshot.memory.subarray(low), low);
    memory.fill(0, snapshot.memory.length);
    this.vm._getExports().__stack_pointer.value = snapshot.stackPointer;
    return true;
  }
}
