import { type Document, isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/**
 * The text of a manifest, read and changed in the window, so that forms, canvas and text show the same draft before
 * anything is sent. The node reads it again by its own rules when it is applied. The only home of YAML in the window.
 */

export type ManifestPath = readonly (string | number)[];

export interface Edit {
  path: ManifestPath;
  /** Undefined takes the setting out, so that its default holds. */
  value: Json | undefined;
}

export type ReadText = { ok: true; value: JsonObject } | { ok: false; line: number; message: string };

export function readText(text: string): ReadText {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) return { ok: false, line: error.linePos?.[0].line ?? 1, message: error.message.split('\n')[0] ?? '' };
  const value = document.toJS({ maxAliasCount: 100 }) as Json;
  return isJsonObject(value)
    ? { ok: true, value }
    : { ok: false, line: 1, message: 'A manifest is a mapping with at least a name.' };
}

/** Changes settings in the text and leaves comments, order and everything else as they are. */
export function editText(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  for (const edit of edits) apply(document, edit);
  return document.toString({ lineWidth: 0 });
}

function apply(document: Document, { path, value }: Edit): void {
  if (value === undefined) {
    document.deleteIn(path);
    pruneEmpty(document, path.slice(0, -1));
    return;
  }
  const present = document.getIn(path, true);
  if (isScalar(present) && (typeof value !== 'object' || value === null)) {
    // The node stays, and with it the comment behind it.
    present.value = value;
    return;
  }
  const [last] = path.slice(-1);
  const parentPath = path.slice(0, -1);
  const parent = document.getIn(parentPath, true);
  if (typeof last !== 'number' || (isSeq(parent) && last < parent.items.length))
    document.setIn(path, document.createNode(value));
  else if (isSeq(parent) && parent.items.length > 0) parent.add(document.createNode(value));
  else document.setIn(parentPath, document.createNode([value]));
}

/** A section that has lost its last setting goes too; an item of a list stays where it is. */
function pruneEmpty(document: Document, path: ManifestPath): void {
  const [last] = path.slice(-1);
  if (last === undefined || typeof last === 'number') return;
  const node = document.getIn(path, true);
  if ((isMap(node) || isSeq(node)) && node.items.length === 0) {
    document.deleteIn(path);
    pruneEmpty(document, path.slice(0, -1));
  }
}

/** Where a setting stands: at the top, or in the `config` block of older files. */
export function placeOf(manifest: JsonObject, key: string): ManifestPath {
  const block = manifest['config'];
  const inBlock = isJsonObject(block) && Object.hasOwn(block, key) && !Object.hasOwn(manifest, key);
  return inBlock ? ['config', key] : [key];
}

export function valueAt(manifest: Json, path: ManifestPath): Json | undefined {
  let value: Json | undefined = manifest;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else if (isJsonObject(value) && typeof step === 'string') value = value[step];
    else return undefined;
  }
  return value;
}

export function asText(value: Json): string {
  return stringify(value, { lineWidth: 0 });
}
