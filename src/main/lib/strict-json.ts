import { RuntimeError } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';

export interface JsonLimits {
  maxDepth: number;
  /** All levels together. */
  maxKeys: number;
  maxElements: number;
}

const apiLimits: JsonLimits = { maxDepth: 64, maxKeys: 10_000, maxElements: 100_000 };

/**
 * Reads one JSON value (RFC 8259) and takes nothing on trust: a key named twice, bytes that are not UTF-8, NUL and lone
 * surrogates, nesting without end and anything after the value are refused, with line and column. A key `__proto__` is
 * a key like any other.
 * @throws RuntimeError `JSON_INVALID`, `JSON_DUPLICATE_KEY`, `JSON_TOO_COMPLEX`, `TEXT_INVALID`
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = apiLimits): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RuntimeError('TEXT_INVALID', 'The body is not valid UTF-8.');
  }
  return new Reader(text, limits).document();
}

const literals: Record<string, Json> = { t: true, f: false, n: null };
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;
// Unrolled, so that a string without an end costs one pass and no more. Control characters stand for themselves nowhere.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a string
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #keys = 0;
  #elements = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): Json {
    this.#skipSpace();
    const value = this.#value(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('one value, and nothing after it');
    return value;
  }

  #value(depth: number): Json {
    if (depth > this.#limits.maxDepth) this.#tooComplex(`nested deeper than ${this.#limits.maxDepth} levels`);
    const sign = this.#text[this.#at];
    if (sign === '{') return this.#object(depth);
    if (sign === '[') return this.#array(depth);
    if (sign === '"') return this.#string();
    if (sign !== undefined && Object.hasOwn(literals, sign)) return this.#literal(literals[sign] as Json);
    return this.#number();
  }

  #object(depth: number): JsonObject {
    const value: JsonObject = {};
    this.#at++;
    if (this.#take('}')) return value;
    do {
      this.#skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail('a key in double quotes');
      const key = this.#string();
      if (Object.hasOwn(value, key)) this.#duplicate(key, start);
      if (!this.#take(':')) this.#fail('":"');
      if (++this.#keys > this.#limits.maxKeys) this.#tooComplex(`of more than ${this.#limits.maxKeys} keys`);
      this.#skipSpace();
      const inner = this.#value(depth + 1);
      if (key === '__proto__') define(value, key, inner);
      else value[key] = inner;
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('"," or "}"');
    return value;
  }

  #array(depth: number): Json[] {
    const value: Json[] = [];
    this.#at++;
    if (this.#take(']')) return value;
    do {
      if (++this.#elements > this.#limits.maxElements) {
        this.#tooComplex(`of more than ${this.#limits.maxElements} list elements`);
      }
      this.#skipSpace();
      value.push(this.#value(depth + 1));
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('"," or "]"');
    return value;
  }

  #string(): string {
    const quoted = this.#match(string);
    if (quoted === undefined) this.#fail('a string that ends, with control characters escaped');
    const value = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
    if (value.isWellFormed() && !value.includes('\0')) return value;
    const place = this.#place(this.#at - quoted.length);
    throw new RuntimeError('TEXT_INVALID', `The string at ${place} holds NUL or half a character.`);
  }

  #literal(value: Json): Json {
    const word = String(value);
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    const digits = this.#match(numberPattern);
    if (digits === undefined) this.#fail('a value');
    return Number(digits);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 32 || (code >= 9 && code <= 13)) this.#match(space);
  }

  #take(sign: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #tooComplex(how: string): never {
    throw new RuntimeError('JSON_TOO_COMPLEX', `The JSON value is ${how} (at ${this.#place(this.#at)}).`);
  }

  #duplicate(key: string, at: number): never {
    throw new RuntimeError(
      'JSON_DUPLICATE_KEY',
      `The key ${JSON.stringify(key)} at ${this.#place(at)} was named before.`,
      {
        key,
        ...this.#position(at),
      },
    );
  }

  #fail(expected: string): never {
    const found = this.#text.codePointAt(this.#at);
    const seen = found === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(found));
    const place = this.#place(this.#at);
    const message = `The body is not JSON: ${expected} is expected at ${place}, not ${seen}.`;
    throw new RuntimeError('JSON_INVALID', message, this.#position(this.#at));
  }

  #place(at: number): string {
    const { line, column } = this.#position(at);
    return `line ${line}, column ${column}`;
  }

  #position(at: number): { line: number; column: number } {
    const before = this.#text.slice(0, at);
    return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
  }
}

function define(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
