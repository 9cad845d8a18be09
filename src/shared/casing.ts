import type { z } from 'zod';
import { isJsonObject, type Json } from './json.ts';

/**
 * Keys are snake_case in `.agent` files and camelCase in programs. Only keys that the schema declares are renamed, so
 * names that people made up (context keys, environment variables, tool names) stay as they are.
 */

type Schema = z.core.$ZodType;
export interface UnknownKey {
  path: (string | number)[];
  key: string;
  nearest: string | undefined;
}

export const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const camel = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function unwrap(schema: Schema): z.core.$ZodTypes {
  let inner = schema as z.core.$ZodTypes;
  while ('innerType' in inner._zod.def) inner = inner._zod.def.innerType as z.core.$ZodTypes;
  return inner;
}

/** The member of a union that the value looks like: by its discriminator, else an object for an object. */
function optionFor(options: readonly Schema[], discriminator: string | undefined, value: Json): Schema | undefined {
  const matches = options.map(unwrap).filter((option) => {
    const type = option._zod.def.type;
    if (isJsonObject(value)) {
      if (type !== 'object' || !discriminator) return type === 'object' || type === 'record';
      const literal = unwrap(option._zod.def.shape[discriminator] as Schema)._zod.def;
      return literal.type === 'literal' && literal.values.includes(value[discriminator] as string);
    }
    return Array.isArray(value) ? type === 'array' : false;
  });
  return matches[0];
}

function rename(schema: Schema, value: Json, path: (string | number)[], unknown: UnknownKey[], outward: boolean): Json {
  const { def } = unwrap(schema)._zod;
  if (def.type === 'union') {
    const option = optionFor(def.options, 'discriminator' in def ? (def.discriminator as string) : undefined, value);
    return option ? rename(option, value, path, unknown, outward) : value;
  }
  if (def.type === 'array' && Array.isArray(value)) {
    return value.map((element, index) => rename(def.element, element, [...path, index], unknown, outward));
  }
  if (def.type === 'record' && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        rename(def.valueType, inner, [...path, key], unknown, outward),
      ]),
    );
  }
  if (def.type !== 'object' || !isJsonObject(value)) return value;
  const renamed: { [key: string]: Json } = {};
  for (const [key, inner] of Object.entries(value)) {
    const inside = outward ? key : camel(key);
    const member =
      Object.hasOwn(def.shape, inside) && (outward || snake(inside) === key) ? def.shape[inside] : undefined;
    if (member) renamed[outward ? snake(key) : inside] = rename(member, inner, [...path, key], unknown, outward);
    else unknown.push({ path, key, nearest: nearest(key, Object.keys(def.shape).map(snake)) });
  }
  return renamed;
}

/** snake_case → camelCase by schema. Undeclared keys are left out of the value and listed with the nearest known one. */
export function inward(schema: Schema, value: Json): { value: Json; unknown: UnknownKey[] } {
  const unknown: UnknownKey[] = [];
  return { value: rename(schema, value, [], unknown, false), unknown };
}

/** camelCase → snake_case by schema. */
export function outward(schema: Schema, value: Json): Json {
  return rename(schema, value, [], [], true);
}

/** The known word closest to `word` by edit distance (Levenshtein 1966), if it is close enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** How many letters must be added, taken away or changed to make one word of the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
