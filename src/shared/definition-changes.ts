import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** One place in which two definitions differ; in the words of a manifest: `triggers[nightly].cron_expression`. */
export interface DefinitionChange {
  path: string;
  kind: 'added' | 'removed' | 'changed';
  /** Null where there was, or is, nothing. */
  before: Json;
  after: Json;
}

/** Who made a version: a person (by whatever door, also a program or a file of theirs), an agent, or the runtime. */
export type AuthorKind = 'person' | 'agent' | 'runtime';

const own: ReadonlySet<string> = new Set(['runtime', 'governance', 'restart-policy']);

/** Reads the actor of an entry. */
export function authorOf(by: string): { kind: AuthorKind; run: string | null } {
  if (by.startsWith('run:')) return { kind: 'agent', run: by.slice('run:'.length) };
  return { kind: own.has(by) ? 'runtime' : 'person', run: null };
}

/** Where two manifests (snake_case) differ, in the order of their keys; elements with an id are compared by it. */
export function changesBetween(before: JsonObject, after: JsonObject): DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  compareMembers(before, after, '', changes);
  return changes;
}

function compareMembers(before: JsonObject, after: JsonObject, path: string, changes: DefinitionChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = path === '' ? key : `${path}.${key}`;
    compare(member(before, key), member(after, key), at, changes);
  }
}

function compare(before: Json | undefined, after: Json | undefined, path: string, changes: DefinitionChange[]): void {
  if (before === undefined || after === undefined) {
    if (before === after) return;
    const kind = before === undefined ? 'added' : 'removed';
    changes.push({ path, kind, before: before ?? null, after: after ?? null });
  } else if (isJsonObject(before) && isJsonObject(after)) compareMembers(before, after, path, changes);
  else if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isJsonObject))
    compareLists(before as JsonObject[], after as JsonObject[], path, changes);
  else if (JSON.stringify(before) !== JSON.stringify(after)) changes.push({ path, kind: 'changed', before, after });
}

function compareLists(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
  path: string,
  changes: DefinitionChange[],
): void {
  const [left, right] = [named(before), named(after)];
  for (const name of new Set([...left.keys(), ...right.keys()]))
    compare(left.get(name), right.get(name), `${path}[${name}]`, changes);
}

/** Elements by their id; those without one by their place. */
function named(list: readonly JsonObject[]): Map<string, JsonObject> {
  const ids = new Map<string, JsonObject>();
  for (const [index, element] of list.entries()) {
    const id = typeof element['id'] === 'string' ? element['id'] : String(index);
    ids.set(ids.has(id) ? String(index) : id, element);
  }
  return ids;
}

const member = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
