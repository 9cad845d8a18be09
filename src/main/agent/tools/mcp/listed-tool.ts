import { isJsonObject, type Json, type JsonObject } from '../../../../shared/json.ts';
import { hashOf } from '../../../lib/hash.ts';

/** A tool as a server tells of it, cleaned of what is meant for nobody's eyes. */
export interface ListedTool {
  name: string;
  description: string;
  parameters: JsonObject;
  /** What the server claims of it; counts only for a trusted server. */
  annotations: { readOnlyHint?: boolean; idempotentHint?: boolean; destructiveHint?: boolean };
  /** Whether it may, or has to, be called as a task of the server. */
  taskSupport: 'optional' | 'required' | null;
  /** Of all the server said of the tool, before cleaning: another hash is another tool. */
  hash: string;
  /** What was odd about it, for people. */
  flags: string[];
}

const maxTextBytes = 2 * 1024;
const maxSchemaChars = 64 * 1024;
const namePattern = /^[A-Za-z0-9_.\-/]{1,128}$/;
/** Control characters but line breaks and tabs; directions, zero widths, tags and other format characters. */
const unseen = /[^\P{Cc}\n\t]|\p{Cf}|\p{Cs}|\u2028|\u2029|\u115f|\u1160|\u3164|\uffa0/gu;

/** The tool, or why it cannot be used. */
export function readListedTool(listed: Json): ListedTool | { refused: string } {
  if (!isJsonObject(listed) || typeof listed['name'] !== 'string') return { refused: 'a tool without a name' };
  const { name, description, inputSchema, annotations, execution } = listed;
  if (!namePattern.test(name)) return { refused: `the name ${JSON.stringify(name.slice(0, 60))}` };
  if (!isJsonObject(inputSchema ?? {}) || JSON.stringify(inputSchema ?? {}).length > maxSchemaChars) {
    return { refused: `the arguments of ${name}` };
  }
  const flags = new Set<string>();
  return {
    name,
    description: cleanText(typeof description === 'string' ? description : '', flags),
    parameters: { ...(cleanSchema(inputSchema ?? {}, flags) as JsonObject), type: 'object' },
    annotations: hintsOf(annotations),
    taskSupport: taskSupportOf(execution),
    hash: hashOf(listed),
    flags: [...flags],
  };
}

function hintsOf(annotations: Json | undefined): ListedTool['annotations'] {
  const given = isJsonObject(annotations) ? annotations : {};
  const hints = ['readOnlyHint', 'idempotentHint', 'destructiveHint'] as const;
  return Object.fromEntries(hints.flatMap((hint) => (typeof given[hint] === 'boolean' ? [[hint, given[hint]]] : [])));
}

function taskSupportOf(execution: Json | undefined): ListedTool['taskSupport'] {
  const support = isJsonObject(execution) ? execution['taskSupport'] : undefined;
  return support === 'optional' || support === 'required' ? support : null;
}

function cleanText(text: string, flags: Set<string>): string {
  const seen = text.replace(unseen, '');
  if (seen !== text) flags.add('invisible characters were removed');
  const bytes = Buffer.from(seen);
  if (bytes.length <= maxTextBytes) return seen;
  flags.add('a description was cut at 2 KB');
  return `${bytes
    .subarray(0, maxTextBytes)
    .toString()
    .replace(/\ufffd+$/, '')}…`;
}

/** Texts inside the schema reach the model like the description does. */
function cleanSchema(schema: Json, flags: Set<string>): Json {
  if (Array.isArray(schema)) return schema.map((element) => cleanSchema(element, flags));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      typeof value === 'string' && (key === 'description' || key === 'title')
        ? cleanText(value, flags)
        : cleanSchema(value, flags),
    ]),
  );
}
