import { z } from 'zod';
import { snake } from '../../shared/casing.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/** One setting, as a form shows it. Made from the schema, so that a form cannot differ from what the node accepts. */
export interface FormField {
  /** As the manifest writes it. */
  key: string;
  title: string;
  description: string;
  unit: string;
  examples: Json[];
  /** What holds when it is left out. */
  byDefault: Json | undefined;
  required: boolean;
  widget: string;
  kind: FieldKind;
}

export type FieldKind =
  | { type: 'text'; long: boolean; most: number | undefined }
  | { type: 'number'; whole: boolean; least: number | undefined; most: number | undefined }
  | { type: 'switch' }
  | { type: 'choice'; options: string[] }
  | { type: 'choices'; options: string[] }
  | { type: 'texts' }
  | { type: 'duration' }
  | { type: 'group'; fields: FormField[] }
  /** Text for the simple case, a group for more. */
  | { type: 'text-or-group'; fields: FormField[] }
  | { type: 'map'; of: FormField }
  | { type: 'list'; of: FormField }
  | { type: 'json' };

type Schema = JsonObject;

/** Arguments of this name are seldom one line. */
const longNames = /content|body|text|code|prompt|script/i;
/** Text that may be this long is given more than one line. */
const longText = 1_000;

/** The fields of an object schema, in its order; constants such as `type` are left out. */
export function fieldsOf(schema: z.ZodType): FormField[] {
  const written = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Schema;
  return groupFields(written, written);
}

/** The arguments of a tool, under the names that the tool gives them; what is more than a value is written as JSON. */
export function fieldsOfTool(schema: JsonObject): FormField[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([key, property]) => {
    if (!isJsonObject(property)) return [];
    const field = fieldOf(key, property, schema, required.includes(key));
    const { type } = field.kind;
    if (type === 'text' && longNames.test(key)) return [{ ...field, kind: { ...field.kind, long: true } as FieldKind }];
    const isDeep =
      type === 'group' || type === 'list' || type === 'map' || type === 'text-or-group' || type === 'duration';
    return [isDeep ? { ...field, kind: { type: 'json' } as const } : field];
  });
}

/** Some of the fields, in the order wanted. */
export function pick(fields: readonly FormField[], keys: readonly string[]): FormField[] {
  return keys.flatMap((key) => fields.find((field) => field.key === key) ?? []);
}

export function omit(fields: readonly FormField[], keys: readonly string[]): FormField[] {
  return fields.filter(({ key }) => !keys.includes(key));
}

function groupFields(schema: Schema, root: Schema): FormField[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([key, property]) => {
    if (!isJsonObject(property) || property['const'] !== undefined) return [];
    return [fieldOf(snake(key), property, root, required.includes(key))];
  });
}

function fieldOf(key: string, given: Schema, root: Schema, required: boolean): FormField {
  const schema = resolved(given, root);
  const examples = Array.isArray(schema['examples']) ? schema['examples'] : [];
  return {
    key,
    title: text(schema['title']) || titleOf(key),
    description: text(schema['description']),
    unit: text(schema['unit']),
    examples,
    byDefault: schema['default'],
    required,
    widget: text(schema['widget']),
    kind: kindOf(schema, root),
  };
}

function kindOf(schema: Schema, root: Schema): FieldKind {
  const options = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(options)) return unionKind(options.filter(isJsonObject), root);
  if (Array.isArray(schema['enum'])) return { type: 'choice', options: schema['enum'].map(String) };
  switch (schema['type']) {
    case 'string':
      return { type: 'text', long: Number(schema['maxLength'] ?? 0) >= longText, most: numberOr(schema['maxLength']) };
    case 'number':
    case 'integer':
      return {
        type: 'number',
        whole: schema['type'] === 'integer',
        least: numberOr(schema['minimum']),
        most: sensible(numberOr(schema['maximum'])),
      };
    case 'boolean':
      return { type: 'switch' };
    case 'array':
      return arrayKind(isJsonObject(schema['items']) ? schema['items'] : {}, root);
    case 'object':
      return objectKind(schema, root);
    default:
      return { type: 'json' };
  }
}

function unionKind(options: Schema[], root: Schema): FieldKind {
  const types = options.map((option) => resolved(option, root)['type']);
  const group = options.find((option) => isJsonObject(resolved(option, root)['properties']));
  if (types.includes('number') && types.includes('string') && options.length === 2) return { type: 'duration' };
  if (types.includes('string') && group && options.length === 2)
    return { type: 'text-or-group', fields: groupFields(resolved(group, root), root) };
  const whole = options.find((option) => resolved(option, root)['type'] === 'string');
  return whole && types.every((type) => type === 'string' || type === 'array')
    ? { type: 'text', long: false, most: undefined }
    : { type: 'json' };
}

function arrayKind(items: Schema, root: Schema): FieldKind {
  const element = resolved(items, root);
  if (Array.isArray(element['enum'])) return { type: 'choices', options: element['enum'].map(String) };
  if (element['type'] === 'string') return { type: 'texts' };
  const kind = kindOf(element, root);
  return kind.type === 'json' ? kind : { type: 'list', of: fieldOf('', element, root, true) };
}

function objectKind(schema: Schema, root: Schema): FieldKind {
  if (isJsonObject(schema['properties'])) return { type: 'group', fields: groupFields(schema, root) };
  const values = schema['additionalProperties'];
  return isJsonObject(values) ? { type: 'map', of: fieldOf('', values, root, true) } : { type: 'json' };
}

function resolved(schema: Schema, root: Schema): Schema {
  const ref = schema['$ref'];
  if (typeof ref !== 'string') return schema;
  let target: Json | undefined = root;
  for (const step of ref.replace(/^#\//, '').split('/')) target = isJsonObject(target) ? target[step] : undefined;
  return isJsonObject(target) && target !== schema ? { ...target, ...schema, $ref: null } : {};
}

const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const numberOr = (value: Json | undefined) => (typeof value === 'number' ? value : undefined);
/** zod writes the largest whole number where there is no limit. */
const sensible = (most: number | undefined) =>
  most === undefined || most >= Number.MAX_SAFE_INTEGER ? undefined : most;

function titleOf(key: string): string {
  const words = key.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
