import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { camel, editDistance, inward, nearest, outward, snake } from '../../../src/shared/casing.ts';
import { ProcessConfig } from '../../../src/shared/config/process-config.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Manifest } from '../../../src/shared/manifest.ts';
import { draws } from '../../world/draws.ts';

const anyKey = ['fooBar', 'foo_bar', 'HTTP_PROXY', 'x1', 'model_name', 'aB_cD'] as const;

/** A value of the schema's shape, with keys that people make up wherever it lets them. */
function drawn(schema: z.core.$ZodType, random: ReturnType<typeof draws>, depth = 0): Json {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if ('innerType' in def) return drawn(def.innerType as z.core.$ZodType, random, depth);
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape)
          .filter(([, member]) => (member as z.core.$ZodType)._zod.def.type === 'literal' || random.chance(0.6))
          .map(([key, member]) => [key, drawn(member as z.core.$ZodType, random, depth + 1)]),
      );
    case 'record':
      return Object.fromEntries(
        [random.one(anyKey), random.one(anyKey)].map((key) => [key, drawn(def.valueType, random, depth + 1)]),
      );
    case 'array':
      return [drawn(def.element, random, depth + 1), drawn(def.element, random, depth + 1)];
    case 'union':
      return drawn(random.one(def.options), random, depth + 1);
    case 'literal':
      return def.values[0] as Json;
    case 'lazy':
      return depth > 6 ? 1 : random.one<Json>([{ fooBar: 1, foo_bar: [{ aB: 2 }] }, 'text_with_under', 3, null]);
    default:
      return random.one<Json>([1, 'text', true]);
  }
}

const keysOf = (value: Json): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)])
    : [];

describe('casing', () => {
  const random = draws();

  test(`there and back changes nothing, for any settings (${random.label})`, () => {
    for (let round = 0; round < 300; round++) {
      for (const schema of [ProcessConfig, Manifest]) {
        const inside = drawn(schema, random);
        const outside = outward(schema, inside);
        expect(inward(schema, outside)).toEqual({ value: inside, unknown: [] });
        expect(outward(schema, inward(schema, outside).value)).toEqual(outside);
      }
    }
  });

  test('of declared keys is snake outside; names that people made up stay as they are', () => {
    const config = {
      maxTurns: 3,
      context: { initialState: { maxTurns: 1, foo_bar: { writableKeys: 2 } }, fileMounts: { myFolder: { path: 'a' } } },
      tools: { http_fetch: { allowHosts: ['x'] } },
      triggers: [{ type: 'cron', cronExpression: '* * * * *', rateLimit: { events: 1, per: 2 } }],
    };
    expect(outward(ProcessConfig, config)).toEqual({
      max_turns: 3,
      context: {
        initial_state: { maxTurns: 1, foo_bar: { writableKeys: 2 } },
        file_mounts: { myFolder: { path: 'a' } },
      },
      tools: { http_fetch: { allowHosts: ['x'] } },
      triggers: [{ type: 'cron', cron_expression: '* * * * *', rate_limit: { events: 1, per: 2 } }],
    });
  });

  test('leaves no key of ours in camelCase outside', () => {
    const declared = new Set(keysOf(outward(ProcessConfig, ProcessConfig.parse({ triggers: [] }) as unknown as Json)));
    expect([...declared].filter((key) => /[A-Z]/.test(key))).toEqual([]);
  });

  test('lists what it does not know, where it stands and what was meant', () => {
    const given: JsonObject = {
      instrctions: 'x',
      maxTurns: 1,
      triggers: [{ type: 'cron', cron_expresion: '* * * * *' }],
      context: { zzzzzzzzzz: 1 },
    };
    expect(inward(ProcessConfig, given).unknown).toEqual([
      { path: [], key: 'instrctions', nearest: 'instructions' },
      { path: [], key: 'maxTurns', nearest: 'max_turns' },
      { path: ['triggers', 0], key: 'cron_expresion', nearest: 'cron_expression' },
      { path: ['context'], key: 'zzzzzzzzzz', nearest: undefined },
    ]);
  });

  test('does not take inherited names for settings', () => {
    const { unknown } = inward(z.strictObject({ a: z.number() }), JSON.parse('{"constructor":1,"__proto__":2,"a":3}'));
    expect(unknown.map(({ key }) => key)).toEqual(['constructor', '__proto__']);
  });

  test.each([
    ['maxTurns', 'max_turns'],
    ['hmacSecret', 'hmac_secret'],
    ['a', 'a'],
    ['inputPrice2', 'input_price2'],
  ])('%s is %s', (inside, outside) => {
    expect(snake(inside)).toBe(outside);
    expect(camel(outside)).toBe(inside);
  });
});

describe('the nearest word', () => {
  test.each([
    ['modle', 'model'],
    ['MODEL', 'model'],
    ['trigers', 'triggers'],
    ['xyz', undefined],
    ['', undefined],
  ])('to %j is %j', (word, expected) => {
    expect(nearest(word, ['model', 'models', 'triggers', 'instructions'])).toBe(expected);
  });

  test.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['same', 'same', 0],
  ])('is counted in letters: %j and %j differ by %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });
});
