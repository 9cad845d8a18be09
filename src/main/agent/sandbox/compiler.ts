import { EvalFlags, Intrinsics, JSException } from 'quickjs-wasi';
import { Engine, type Image, makeImage } from './engine.ts';
import { limitFailure, type Place, placeIn, scriptName } from './failure.ts';
import { noDefaultExport, noImports } from './prelude.ts';
import { maxTextLength, type ScriptFailure } from './protocol.ts';

/** Compiling reads a script's text and runs none of it. */
const compileIntrinsics = Intrinsics.EVAL | Intrinsics.REGEXP | Intrinsics.BIG_INT;

/** Turns scripts into bytecode in a machine of its own, which is set back after each. */
export class Compiler {
  readonly #image: Image;
  #engine: Engine | undefined;

  private constructor(image: Image) {
    this.#image = image;
  }

  static async open(wasm: WebAssembly.Module, memoryBytes: number): Promise<Compiler> {
    return new Compiler(await makeImage(wasm, { memoryBytes, intrinsics: compileIntrinsics }, () => ({})));
  }

  /** A text of ours, run in the global scope. */
  async prelude(code: string): Promise<Uint8Array> {
    return (await this.#open()).vm.compile(code, 'prelude');
  }

  async module(code: string): Promise<Uint8Array | ScriptFailure> {
    if (code.length > maxTextLength) return { kind: 'invalid', message: 'The script is longer than 1 MB.' };
    if (!/\bexport\b/.test(code) || !/\bdefault\b/.test(code)) return { kind: 'invalid', message: noDefaultExport };
    const engine = await this.#open();
    try {
      const bytecode = engine.vm.compile(code, scriptName, EvalFlags.TYPE_MODULE);
      if (!engine.reset()) this.#engine = undefined;
      return bytecode;
    } catch {
      this.#engine = undefined;
      return this.#reason(code);
    }
  }

  /** The library's own words on a failed compilation have no line: compile again, in the way that keeps the error. */
  async #reason(code: string): Promise<ScriptFailure> {
    const { vm } = await this.#open();
    this.#engine = undefined;
    try {
      vm.evalCode(code, scriptName, EvalFlags.TYPE_MODULE | EvalFlags.COMPILE_ONLY);
    } catch (thrown) {
      if (thrown instanceof JSException && thrown.message.startsWith(noImports)) {
        return { kind: 'invalid', message: thrown.message, ...placeOfImport(code) };
      }
      if (thrown instanceof JSException) {
        return { kind: 'invalid', message: `${thrown.name}: ${thrown.message}`, ...placeIn(thrown.stack ?? '') };
      }
    }
    return limitFailure('The script is nested too deeply or needs too much memory to be compiled.');
  }

  async #open(): Promise<Engine> {
    this.#engine ??= await Engine.open(this.#image, {
      now: () => 0,
      interrupt: () => false,
      rejection: () => {},
      refuseImport: (specifier) => `${noImports} (It asks for "${specifier.slice(0, 200)}".)`,
    });
    return this.#engine;
  }
}

/** The engine tells no line of a refused import: the first line that begins like one is named. */
function placeOfImport(code: string): Place | undefined {
  const lines = code.split('\n');
  const line = lines.findIndex((text) => /^\s*(import\b|export\b.*\bfrom\b)/.test(text));
  return line < 0 ? undefined : { line: line + 1, column: (lines[line] as string).search(/\S/) + 1 };
}
