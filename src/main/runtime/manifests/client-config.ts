import { parse } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';

/**
 * The config file of another program as an object: JSON, also with comments and trailing commas as editors write it, YAML,
 * or the part of TOML that such files use. @throws SyntaxError, or what the YAML reader throws.
 */
export function readClientConfig(name: string, text: string): Json {
  if (/\.toml$/i.test(name)) return readToml(text);
  // JSON is YAML too, but for comments.
  return parse(/^\s*[{[]|^\s*\/[/*]/.test(text) ? plainJson(text) : text, { maxAliasCount: 0 }) as Json;
}

/** Without comments and trailing commas; what stands in strings is left alone. */
function plainJson(text: string): string {
  return text.replace(
    /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*[}\]])/g,
    (found) => (found.startsWith('"') ? found : found === ',' ? '' : ' '),
  );
}

/** Tables, texts, numbers, true and false, lists and inline tables: no dates, no lists of tables. */
function readToml(text: string): JsonObject {
  const root: JsonObject = {};
  let table = root;
  const lines = text.split(/\r?\n/).map(withoutComment);
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    if (line === '') continue;
    const header = /^\[([^[\]]+)\]$/.exec(line)?.[1];
    if (header) {
      table = root;
      for (const key of keysIn(header)) table = tableIn(table, key);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    // A list may go on over lines.
    while (!isClosed(line) && at + 1 < lines.length) line += ` ${lines[++at] ?? ''}`;
    const keys = keysIn(line.slice(0, equals));
    const last = keys.pop();
    let place = table;
    for (const key of keys) place = tableIn(place, key);
    if (last !== undefined) place[last] = tomlValue(line.slice(equals + 1));
  }
  return root;
}

function tableIn(table: JsonObject, key: string): JsonObject {
  const known = table[key];
  if (isJsonObject(known)) return known;
  const made: JsonObject = {};
  table[key] = made;
  return made;
}

function withoutComment(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/g, (found) => (found.startsWith('#') ? '' : found)).trim();
}

const keysIn = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    ([, quoted, literal, bare]) => quoted ?? literal ?? bare ?? '',
  );

function isClosed(line: string): boolean {
  const bare = line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  return (bare.match(/[[{]/g)?.length ?? 0) <= (bare.match(/[\]}]/g)?.length ?? 0);
}

/** As JSON: quotes, keys and comments are all that differs. */
function tomlValue(text: string): Json {
  const json = text
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (found) =>
      found.startsWith("'") ? JSON.stringify(found.slice(1, -1)) : found,
    )
    .replace(/"(?:[^"\\]|\\.)*"|([A-Za-z0-9_-]+)\s*=/g, (found, key) => (key ? `"${key}":` : found))
    .replace(/"\s*=/g, '":');
  return JSON.parse(plainJson(json.trim())) as Json;
}
