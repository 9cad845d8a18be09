import { createHash } from 'node:crypto';
import type { Trace } from '../../shared/erasure-receipt.ts';

/** Bytes of a text that are looked for. Longer ones are cut in two by the pages of a database more often. */
const longestWindow = 48;
const base = 0x01000193;

/** What finds the texts again, in no order that says which is which. */
export function tracesOf(texts: Iterable<string>, salt: string): Trace[] {
  const traces = new Map<string, Trace>();
  for (const text of texts) {
    const bytes = Buffer.from(text).subarray(0, longestWindow);
    const hash = hashOfWindow(bytes, salt);
    traces.set(hash, { window: bytes.length, roll: rollOf(bytes), hash });
  }
  return [...traces.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

/** Looks for texts of which only the traces are known, in one pass for each length. */
export class TraceFinder {
  /** So many bytes of what was looked through have to be looked at again with what follows. */
  readonly overlap: number;
  readonly #salt: string;
  readonly #byWindow = new Map<number, { factor: number; rolls: Set<number>; hashes: Set<string> }>();

  constructor(traces: readonly Trace[], salt: string) {
    this.#salt = salt;
    for (const { window, roll, hash } of traces) {
      const known = this.#byWindow.get(window) ?? { factor: factorOf(window), rolls: new Set(), hashes: new Set() };
      known.rolls.add(roll);
      known.hashes.add(hash);
      this.#byWindow.set(window, known);
    }
    this.overlap = Math.max(0, ...this.#byWindow.keys()) - 1;
  }

  isIn(given: Buffer | string): boolean {
    const bytes = typeof given === 'string' ? Buffer.from(given) : given;
    for (const [window, { factor, rolls, hashes }] of this.#byWindow) {
      if (bytes.length < window) continue;
      let roll = rollOf(bytes.subarray(0, window));
      for (let end = window; ; end++) {
        if (rolls.has(roll) && hashes.has(hashOfWindow(bytes.subarray(end - window, end), this.#salt))) return true;
        if (end >= bytes.length) break;
        const gone = bytes[end - window] as number;
        roll = (Math.imul(roll - Math.imul(gone, factor), base) + (bytes[end] as number)) | 0;
      }
    }
    return false;
  }
}

function rollOf(bytes: Buffer): number {
  let roll = 0;
  for (const byte of bytes) roll = (Math.imul(roll, base) + byte) | 0;
  return roll;
}

/** What the first byte of a window counts in its roll. */
function factorOf(window: number): number {
  let factor = 1;
  for (let n = 1; n < window; n++) factor = Math.imul(factor, base);
  return factor;
}

function hashOfWindow(bytes: Buffer, salt: string): string {
  return createHash('sha256').update(salt).update(bytes).digest('base64url');
}
