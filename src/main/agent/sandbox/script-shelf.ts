import { fieldMark } from './protocol.ts';

/** Scripts are kept in a child up to so many characters, each counted with what it needs besides its text. */
const mostLength = 4 * 1_048_576;
const overheadLength = 1_024;

/** Which scripts a child has, so that each is sent and compiled once; the least used are forgotten. */
export class ScriptShelf {
  readonly #ids = new Map<string, number>();
  #lastId = 0;
  #length = 0;

  /** @returns the script's id, and the records that must be sent to the child before it is used. */
  take(code: string): { script: number; lines: string[] } {
    const known = this.#ids.get(code);
    if (known !== undefined) {
      // A Map keeps the order of insertion: what was used last goes to the end.
      this.#ids.delete(code);
      this.#ids.set(code, known);
      return { script: known, lines: [] };
    }
    const script = ++this.#lastId;
    this.#length += code.length + overheadLength;
    const lines = [...this.#makeRoom(), ['script', script, JSON.stringify(code)].join(fieldMark)];
    this.#ids.set(code, script);
    return { script, lines };
  }

  #makeRoom(): string[] {
    const lines: string[] = [];
    for (const [code, id] of this.#ids) {
      if (this.#length <= mostLength) break;
      this.#ids.delete(code);
      this.#length -= code.length + overheadLength;
      lines.push(`forget${fieldMark}${id}`);
    }
    return lines;
  }
}
