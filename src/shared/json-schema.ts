import { z } from 'zod';
import { snake } from './casing.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** The JSON Schema of something people write, with keys as they write them (snake_case). */
export function outwardJsonSchema(schema: z.ZodType): JsonObject {
  return renamed(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json) as JsonObject;
}

/** Renames what the schema declares; names that people make up stand under `additionalProperties` and stay. */
function renamed(node: Json): Json {
  if (Array.isArray(node)) return node.map(renamed);
  if (!isJsonObject(node)) return node;
  const outward: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && isJsonObject(value)) {
      outward[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), renamed(inner)]));
    } else if (key === 'required' && Array.isArray(value)) outward[key] = value.map((name) => snake(String(name)));
    else if (key === 'default' || key === 'examples' || key === 'enum' || key === 'const') outward[key] = value;
    else outward[key] = renamed(value);
  }
  return outward;
}
