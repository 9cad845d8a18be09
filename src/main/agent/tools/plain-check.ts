import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';

/** Keywords that say something about the value, and those that only describe. */
const understood = new Set([
  'type',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'description',
  'title',
  'default',
  'examples',
  '$schema',
]);
const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const maxFlaws = 5;

/** Whether a schema uses only what `flawsIn` understands; almost all schemas of tools do. */
export function isPlainSchema(schema: Json): boolean {
  if (typeof schema === 'boolean') return true;
  if (!isJsonObject(schema)) return false;
  const { type, enum: choices, properties, items, additionalProperties } = schema;
  return (
    Object.keys(schema).every((key) => understood.has(key)) &&
    (type === undefined || (typeof type === 'string' && types.has(type))) &&
    (choices === undefined ||
      (Array.isArray(choices) && choices.every((choice) => typeof choice !== 'object' || choice === null))) &&
    (properties === undefined || (isJsonObject(properties) && Object.values(properties).every(isPlainSchema))) &&
    (items === undefined || isPlainSchema(items)) &&
    (additionalProperties === undefined || isPlainSchema(additionalProperties))
  );
}

/**
 * What is wrong with a value by a plain schema, at most five things; empty when nothing is. Does in microseconds, and
 * without 15 MB of code, what a full validator does; a test holds the two against each other.
 */
export function flawsIn(value: Json, schema: Json, at = ''): string[] {
  if (typeof schema === 'boolean') return schema ? [] : [`${name(at)} must be left out`];
  const { type, enum: choices } = schema as JsonObject;
  if (typeof type === 'string' && !isOfType(value, type)) return [`${name(at)} must be ${article(type)}`];
  if (Array.isArray(choices) && !choices.includes(value)) {
    return [`${name(at)} must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`];
  }
  const flaws = [...sizeFlaws(value, schema as JsonObject, at)];
  if (Array.isArray(value)) flaws.push(...elementFlaws(value, schema as JsonObject, at));
  if (isJsonObject(value)) flaws.push(...memberFlaws(value, schema as JsonObject, at));
  return flaws.slice(0, maxFlaws);
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isJsonObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function* sizeFlaws(value: Json, schema: JsonObject, at: string): Generator<string> {
  const least = (key: string) => (schema[key] as number | undefined) ?? Number.NEGATIVE_INFINITY;
  const most = (key: string) => (schema[key] as number | undefined) ?? Number.POSITIVE_INFINITY;
  if (typeof value === 'number') {
    if (value < least('minimum')) yield `${name(at)} must be at least ${least('minimum')}`;
    if (value > most('maximum')) yield `${name(at)} must be at most ${most('maximum')}`;
  }
  if (typeof value === 'string' && ('minLength' in schema || 'maxLength' in schema)) {
    const { length } = [...value];
    if (length < least('minLength')) yield `${name(at)} must have at least ${least('minLength')} characters`;
    if (length > most('maxLength')) yield `${name(at)} must have at most ${most('maxLength')} characters`;
  }
  if (Array.isArray(value)) {
    if (value.length < least('minItems')) yield `${name(at)} must have at least ${least('minItems')} elements`;
    if (value.length > most('maxItems')) yield `${name(at)} must have at most ${most('maxItems')} elements`;
  }
}

function* elementFlaws(value: Json[], schema: JsonObject, at: string): Generator<string> {
  if (schema['items'] === undefined) return;
  for (const [index, element] of value.entries()) yield* flawsIn(element, schema['items'], `${at}[${index}]`);
}

function* memberFlaws(value: JsonObject, schema: JsonObject, at: string): Generator<string> {
  const properties = (schema['properties'] ?? {}) as JsonObject;
  const others = schema['additionalProperties'] ?? true;
  for (const key of (schema['required'] ?? []) as string[]) {
    if (!Object.hasOwn(value, key)) yield `${name(join(at, key))} is missing`;
  }
  for (const [key, member] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) yield* flawsIn(member, known, join(at, key));
    else if (others === false)
      yield `there is no "${join(at, key)}"; known: ${Object.keys(properties).join(', ') || 'none'}`;
    else yield* flawsIn(member, others, join(at, key));
  }
}

const join = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`);
const name = (at: string): string => (at === '' ? 'the arguments' : `"${at}"`);
const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : type === 'null' ? type : `a ${type}`);
