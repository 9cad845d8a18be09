import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../../src/main/lib/strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const codeOf = (text: string | Buffer) => {
  try {
    parseStrictJson(Buffer.from(text));
    return 'accepted';
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
};

/** Numbers that look random and are the same each time (a linear congruential generator). */
function* chance(start: number): Generator<number, never> {
  for (let state = start; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

function anyValue(next: () => number, depth = 0): unknown {
  const kind = Math.floor(next() * (depth > 4 ? 5 : 7));
  if (kind === 0) return null;
  if (kind === 1) return next() < 0.5;
  if (kind === 2) return Math.floor(next() * 1e6) - 5e5;
  if (kind === 3) return (next() - 0.5) * 10 ** Math.floor(next() * 40 - 20);
  if (kind === 4) return anyText(next);
  const size = Math.floor(next() * 5);
  if (kind === 5) return Array.from({ length: size }, () => anyValue(next, depth + 1));
  return Object.fromEntries(
    Array.from({ length: size }, (_, i) => [`${anyText(next)}${i}`, anyValue(next, depth + 1)]),
  );
}

function anyText(next: () => number): string {
  const signs = ['a', '"', '\\', '\n', '\t', '\u001f', '/', 'é', '€', '🎈', '\u2028', ' ', '{', '}', ','];
  return Array.from({ length: Math.floor(next() * 8) }, () => signs[Math.floor(next() * signs.length)]).join('');
}

describe('strict JSON', () => {
  test('reads what JSON.parse reads', () => {
    const numbers = chance(7);
    const next = () => numbers.next().value;
    for (let i = 0; i < 2_000; i++) {
      const value = anyValue(next);
      const text = JSON.stringify(value, null, Math.floor(next() * 3));
      expect(parse(text)).toEqual(JSON.parse(text));
    }
  });

  test('refuses whatever JSON.parse refuses, and never breaks', () => {
    const numbers = chance(11);
    const next = () => numbers.next().value;
    for (let i = 0; i < 20_000; i++) {
      const text = [...JSON.stringify(anyValue(next))];
      const signs = ['"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '.', '\u0000', 'u', ' ', 't'];
      text.splice(
        Math.floor(next() * text.length),
        Math.floor(next() * 2),
        signs[Math.floor(next() * signs.length)] ?? '',
      );
      const damaged = text.join('');
      let valid = true;
      try {
        JSON.parse(damaged);
      } catch {
        valid = false;
      }
      const code = codeOf(damaged);
      if (!valid) expect(['JSON_INVALID', 'TEXT_INVALID', 'JSON_DUPLICATE_KEY'], damaged).toContain(code);
      else expect(['accepted', 'JSON_DUPLICATE_KEY', 'TEXT_INVALID'], damaged).toContain(code);
    }
  });

  test.each([
    ['', 'line 1, column 1, not the end'],
    ['{"a":1,}', 'line 1, column 8, not "}"'],
    ['{a:1}', 'line 1, column 2'],
    ["{'a':1}", 'line 1, column 2'],
    ['[1 2]', 'line 1, column 4'],
    ['01', 'line 1, column 2'],
    ['+1', 'line 1, column 1'],
    ['NaN', 'line 1, column 1'],
    ['nul', 'line 1, column 1'],
    ['"\t"', 'line 1, column 1'],
    ['"\\x41"', 'line 1, column 1'],
    ['\ufeff{}', 'line 1, column 1'],
    ['{\n  "a": 1,\n  "b" 2}', 'line 3, column 7'],
    ['{} {}', 'line 1, column 4'],
  ])('%j is refused at %s', (text, place) => {
    expect(codeOf(text)).toBe('JSON_INVALID');
    expect(() => parse(text)).toThrow(place);
  });

  test('counts the keys of all levels together', () => {
    const rows = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ a: { b: 0 } })));
    expect(codeOf(rows(5_000))).toBe('accepted');
    expect(codeOf(rows(5_001))).toBe('JSON_TOO_COMPLEX');
  });

  test('is not slowed down by a string without an end', () => {
    const began = performance.now();
    expect(codeOf(`"${'\\u0041'.repeat(150_000)}`)).toBe('JSON_INVALID');
    expect(codeOf(`[${'"a",'.repeat(9_000)}"${'b'.repeat(900_000)}`)).toBe('JSON_INVALID');
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('a key of an object’s own kind is a key like any other', () => {
    const value = parse('{"__proto__":{"a":1},"constructor":2,"toString":3}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2],
      ['toString', 3],
    ]);
    expect(codeOf('{"__proto__":1,"__proto__":2}')).toBe('JSON_DUPLICATE_KEY');
  });
});
