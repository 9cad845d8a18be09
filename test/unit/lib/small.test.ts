import { describe, expect, test } from 'vitest';
import { backoffMs, jitteredMs } from '../../../src/main/lib/backoff.ts';
import { expandVariables, type MissingVariable } from '../../../src/main/lib/expand-variables.ts';
import { canonicalJson, hashOf } from '../../../src/main/lib/hash.ts';

describe('waiting longer each time', () => {
  test('doubles from the first wait to the longest, and stays there', () => {
    expect([1, 2, 3, 4, 5, 1_000].map((attempt) => backoffMs(attempt, 100, 1_000))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  test('with jitter is any part of it, never more', () => {
    expect(jitteredMs(3, 100, 10_000, () => 0)).toBe(0);
    expect(jitteredMs(3, 100, 10_000, () => 0.5)).toBe(200);
    expect(jitteredMs(3, 100, 10_000, () => 0.999_999)).toBe(400);
    for (let n = 0; n < 1_000; n++) expect(jitteredMs(2, 100, 150)).toBeLessThanOrEqual(150);
  });
});

describe('putting variables in', () => {
  const env = { NAME: 'ada', EMPTY: '', EVIL: '${NAME} $& $1' };
  const expand = (value: Parameters<typeof expandVariables>[0]) => {
    const missing: MissingVariable[] = [];
    return { value: expandVariables(value, env, missing), missing };
  };

  test.each([
    ['${NAME}', 'ada'],
    ['Hi ${NAME}, ${NAME}!', 'Hi ada, ada!'],
    ['${EMPTY}', ''],
    ['${NOPE:-nobody}', 'nobody'],
    ['${NOPE:-}', ''],
    ['${NAME:-nobody}', 'ada'],
    ['${EVIL}', '${NAME} $& $1'],
    ['$NAME {NAME} $ {NAME} ${}', '$NAME {NAME} $ {NAME} ${}'],
    ['${1A}', '${1A}'],
  ])('makes %j into %j', (text, expected) => {
    expect(expand(text)).toEqual({ value: expected, missing: [] });
  });

  test('reaches every text, leaves keys, numbers and scripts alone, and lists what is not set', () => {
    const given = { '${NAME}': ['${NAME}', 1, null, { deep: '${ONE} ${TWO}' }], script: 'return `${NAME}`' };
    expect(expand(given)).toEqual({
      value: { '${NAME}': ['ada', 1, null, { deep: '${ONE} ${TWO}' }], script: 'return `${NAME}`' },
      missing: [
        { name: 'ONE', steps: ['${NAME}', 3, 'deep'] },
        { name: 'TWO', steps: ['${NAME}', 3, 'deep'] },
      ],
    });
  });
});

describe('canonical JSON', () => {
  test('is equal for equal values, whatever the order of keys, and JSON', () => {
    const a = { b: [1, { d: null, c: 'ü "q" \u2028' }], a: true, x: undefined };
    const b = { a: true, b: [1, { c: 'ü "q" \u2028', d: null }] };
    expect(canonicalJson(a)).toBe(canonicalJson(b));
    expect(JSON.parse(canonicalJson(a))).toEqual(b);
    expect(hashOf(a)).toBe(hashOf(b));
    expect(hashOf(a)).toHaveLength(43);
  });

  test.each([
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [[], {}],
    [['a', 'b'], ['a,b']],
  ])('tells %j from %j', (a, b) => {
    expect(hashOf(a)).not.toBe(hashOf(b));
  });
});
