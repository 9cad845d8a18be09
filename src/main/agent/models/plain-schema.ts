import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';

/** The keywords of OpenAPI 3.0 schemas that Gemini takes in function declarations; any other is refused with 400. */
const kept = new Set(
  'type format title description nullable enum items minItems maxItems properties required minimum maximum minLength maxLength pattern anyOf default'.split(
    ' ',
  ),
);
const formats = new Set(['enum', 'date-time', 'int32', 'int64', 'float', 'double']);

/**
 * A JSON Schema in the words of OpenAPI 3.0: references written out (six levels deep), `const` and `oneOf` said with
 * `enum` and `anyOf`, a type list with `nullable`, and what has no equivalent left out. The result allows at least
 * what the schema did; arguments are checked against the real one when the tool is called.
 */
export function plainSchema(schema: JsonObject, root: JsonObject = schema, depth = 0): JsonObject {
  const whole = resolved(schema, root, depth);
  const plain: JsonObject = {};
  for (const [key, value] of Object.entries(whole)) {
    if (!kept.has(key) || (key === 'format' && !formats.has(String(value)))) continue;
    plain[key] = key === 'properties' ? plainProperties(value, root, depth) : plainValue(key, value, root, depth);
  }
  if (whole['const'] !== undefined) plain['enum'] = [whole['const']];
  if (Array.isArray(whole['oneOf'])) plain['anyOf'] = plainValue('anyOf', whole['oneOf'], root, depth);
  return oneType(plain);
}

function resolved(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const { $ref, ...rest } = schema;
  if (typeof $ref !== 'string') return schema;
  if (depth > 6 || !$ref.startsWith('#/')) return rest;
  const steps = $ref
    .slice(2)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = steps.reduce<Json | undefined>((at, step) => (isJsonObject(at) ? at[step] : undefined), root);
  return isJsonObject(target) ? { ...resolved(target, root, depth + 1), ...rest } : rest;
}

function plainProperties(value: Json, root: JsonObject, depth: number): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [name, plainValue('items', schema, root, depth)]),
  );
}

function plainValue(key: string, value: Json, root: JsonObject, depth: number): Json {
  if (depth > 12) return {};
  if (key === 'anyOf' && Array.isArray(value)) return value.map((schema) => plainValue('items', schema, root, depth));
  if (key !== 'items') return value;
  return isJsonObject(value) ? plainSchema(value, root, depth + 1) : {};
}

function oneType(schema: JsonObject): JsonObject {
  if (!Array.isArray(schema['type'])) return schema;
  const { type, ...rest } = schema;
  const types = (type as Json[]).filter((name) => name !== 'null');
  const nullable = types.length < (type as Json[]).length ? { nullable: true } : {};
  if (types.length === 1 && types[0] !== undefined) return { type: types[0], ...rest, ...nullable };
  return { anyOf: types.map((name) => ({ type: name })), ...rest, ...nullable };
}
