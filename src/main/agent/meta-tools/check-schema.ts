import { createRequire } from 'node:module';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { isPlainSchema } from '../tools/plain-check.ts';

/** What a schema may take, as characters of JSON and as members in members. */
const most = { chars: 20_000, depth: 12 } as const;

/**
 * Whether a schema that an agent wrote can be held against arguments: of an object, small, with no reference to
 * somewhere else, and right by the rules of JSON Schema 2020-12.
 * @throws RuntimeError `TOOL_ARGS_INVALID`.
 */
export function checkSchema(schema: JsonObject): void {
  if (schema['type'] !== undefined && schema['type'] !== 'object')
    throw wrong('its "type" must be "object", since arguments have names');
  if (JSON.stringify(schema).length > most.chars) throw wrong(`it takes more than ${most.chars} characters`);
  const flaw = flawIn(schema, 0);
  if (flaw) throw wrong(flaw);
  if (isPlainSchema(schema)) return;
  // Loaded for schemas that are more than plain; it is large.
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  try {
    new Ajv2020({
      strict: true,
      strictTypes: false,
      validateFormats: false,
      logger: false,
      addUsedSchema: false,
    }).compile(schema);
  } catch (thrown) {
    throw wrong(asError(thrown).message);
  }
}

function flawIn(value: Json, depth: number): string | null {
  if (depth > most.depth) return 'it is nested too deeply';
  if (Array.isArray(value)) return value.map((inner) => flawIn(inner, depth + 1)).find((flaw) => flaw !== null) ?? null;
  if (!isJsonObject(value)) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (/^\$(ref|dynamicRef|id|anchor|dynamicAnchor|schema)$/.test(key)) return `"${key}" is not allowed in it`;
    if (key === 'pattern' && !isSafePattern(inner)) return `the pattern ${JSON.stringify(inner)} could take too long`;
    const flaw = flawIn(inner, depth + 1);
    if (flaw) return flaw;
  }
  return null;
}

/** No repeated group and at most two open repetitions: quadratic work at worst. */
function isSafePattern(pattern: Json): boolean {
  if (typeof pattern !== 'string' || pattern.length > 500) return typeof pattern !== 'string';
  const open = pattern.match(/(?<!\\)[*+]|\{\d+,\}/g)?.length ?? 0;
  return open <= 2 && !/\)(?:[*+]|\{\d+,)/.test(pattern) && !/\\[1-9k]/.test(pattern);
}

const wrong = (why: string) =>
  new RuntimeError('TOOL_ARGS_INVALID', `The parameters of the tool are no schema: ${why}.`);
