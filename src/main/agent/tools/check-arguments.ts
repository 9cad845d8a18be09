import { createRequire } from 'node:module';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { Tool } from '../tool.ts';
import { flawsIn, isPlainSchema } from './plain-check.ts';

/** As much as a call may carry, in characters of JSON. */
export const maxArgumentChars = 2 * 1024 * 1024;

type Check = (args: JsonObject) => string[];

/** Holds the arguments of calls against the schemas of their tools; each schema is compiled once, when first needed. */
export class ArgumentChecks {
  readonly #checks = new WeakMap<JsonObject, Check>();
  #ajv: Ajv2020 | undefined;

  /** The arguments as an object. @throws RuntimeError TOOL_ARGS_INVALID that says what is wrong. */
  checked({ name, parameters }: Tool, args: Json): JsonObject {
    const given = args ?? {};
    if (!isJsonObject(given)) throw invalid(name, ['the arguments must be an object']);
    if (JSON.stringify(given).length > maxArgumentChars) {
      throw invalid(name, [`together they take more than ${maxArgumentChars} characters as JSON`]);
    }
    const flaws = this.#checkFor(parameters)(given);
    if (flaws.length > 0) throw invalid(name, flaws);
    return given;
  }

  #checkFor(schema: JsonObject): Check {
    const known = this.#checks.get(schema);
    if (known) return known;
    const check: Check = isPlainSchema(schema) ? (args) => flawsIn(args, schema) : this.#compile(schema);
    this.#checks.set(schema, check);
    return check;
  }

  #compile(schema: JsonObject): Check {
    const { $schema: _dialect, $id: _id, ...rest } = schema;
    let validate: ValidateFunction;
    try {
      this.#ajv ??= openAjv();
      validate = this.#ajv.compile(rest);
    } catch {
      // A schema that no validator can read comes from a server, which checks its own arguments.
      return () => [];
    }
    return (args) => (validate(args) ? [] : explain(validate.errors ?? []));
  }
}

/** Loaded when the first schema needs it: it takes 80 ms and 15 MB. */
function openAjv(): Ajv2020 {
  const ajv = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  const regExp = Object.assign((pattern: string, flags: string) => safePattern(pattern, flags), { code: 'RegExp' });
  return new ajv.Ajv2020({
    strict: false,
    allErrors: true,
    validateFormats: false,
    validateSchema: false,
    meta: false,
    logger: false,
    addUsedSchema: false,
    code: { regExp },
  });
}

/**
 * A pattern from a schema that strangers wrote. One that could take long is not tested at all, nor is a long text:
 * whoever gave the schema will check again. At most two open repetitions and none of a group keep it below quadratic
 * work on 2,000 characters.
 */
function safePattern(pattern: string, flags: string): { test(text: string): boolean } {
  const open = pattern.match(/(?<!\\)[*+]|\{\d+,\}/g)?.length ?? 0;
  const repeatsGroup = /\)(?:[*+]|\{\d+,)/.test(pattern);
  if (pattern.length > 500 || open > 2 || repeatsGroup || /\\[1-9k]/.test(pattern)) return { test: () => true };
  const compiled = new RegExp(pattern, flags);
  return { test: (text) => text.length > 2_000 || compiled.test(text) };
}

function explain(errors: readonly ErrorObject[]): string[] {
  const flaws = errors.map(({ instancePath, keyword, message, params }) => {
    const at = instancePath === '' ? 'the arguments' : `"${instancePath.slice(1).replaceAll('/', '.')}"`;
    const extra = keyword === 'additionalProperties' ? ` ("${params['additionalProperty']}")` : '';
    const allowed =
      keyword === 'enum'
        ? ` (${(params['allowedValues'] as Json[]).map((one) => JSON.stringify(one)).join(', ')})`
        : '';
    return `${at} ${message ?? 'is not accepted'}${extra}${allowed}`;
  });
  return [...new Set(flaws)].slice(0, 5);
}

function invalid(tool: string, flaws: string[]): RuntimeError {
  const text = flaws.map((flaw) => flaw.slice(0, 300)).join('; ');
  return new RuntimeError('TOOL_ARGS_INVALID', `The arguments for ${tool} are not accepted: ${text}.`, { tool, flaws });
}
