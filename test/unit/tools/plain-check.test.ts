import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { flawsIn, isPlainSchema } from '../../../src/main/agent/tools/plain-check.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';

/** A small generator of numbers that can be repeated (mulberry32), so that a failure can be looked at again. */
function numbers(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const values: Json[] = [
  null,
  true,
  0,
  1,
  -2.5,
  7,
  '',
  'a',
  'läng',
  '𝄞𝄞',
  [],
  [1, 'a'],
  [[]],
  {},
  { a: 1 },
  { a: 'x', b: [1] },
  { toString: 1 },
];
const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

function schemaFrom(next: (below: number) => number, depth = 0): Json {
  if (next(12) === 0) return next(2) === 0;
  const schema: JsonObject = {};
  if (next(4) > 0) schema['type'] = types[next(types.length)] as string;
  if (next(5) === 0) schema['enum'] = [1, 'a', null];
  if (next(4) === 0) schema['minLength'] = next(3);
  if (next(4) === 0) schema['maxLength'] = next(3);
  if (next(4) === 0) schema['minimum'] = next(3);
  if (next(4) === 0) schema['maximum'] = next(8);
  if (next(4) === 0) schema['minItems'] = next(2);
  if (next(4) === 0) schema['maxItems'] = next(2);
  if (depth < 2 && next(3) === 0) schema['items'] = schemaFrom(next, depth + 1);
  if (depth < 2 && next(2) === 0)
    schema['properties'] = { a: schemaFrom(next, depth + 1), b: schemaFrom(next, depth + 1) };
  if (next(3) === 0) schema['required'] = ['a'];
  if (next(3) === 0) schema['additionalProperties'] = depth < 2 ? schemaFrom(next, depth + 1) : false;
  return schema;
}

describe('the plain check', () => {
  test('agrees with a full validator', () => {
    const next = numbers(20_261_122);
    const ajv = new Ajv2020({ strict: false, logger: false });
    for (let round = 0; round < 300; round++) {
      const schema = schemaFrom(next);
      expect(isPlainSchema(schema)).toBe(true);
      const validate = ajv.compile(schema as JsonObject);
      for (const value of values) {
        const verdict = flawsIn(value, schema).length === 0;
        expect([JSON.stringify(schema), JSON.stringify(value), verdict]).toEqual([
          JSON.stringify(schema),
          JSON.stringify(value),
          validate(value),
        ]);
      }
    }
  });

  test.each<[JsonObject]>([
    [{ anyOf: [] }],
    [{ type: ['string', 'null'] }],
    [{ properties: { a: { pattern: 'x' } } }],
    [{ items: { $ref: '#/$defs/x' } }],
    [{ additionalProperties: { not: {} } }],
    [{ const: 1 }],
  ])('leaves %j to the full validator', (schema) => {
    expect(isPlainSchema(schema)).toBe(false);
  });
});
