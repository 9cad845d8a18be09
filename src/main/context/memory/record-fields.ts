import type { Json, JsonObject } from '../../../shared/json.ts';
import { isJsonObject } from '../../../shared/json.ts';
import type { MemoryRecord } from './memory-provider.ts';

/** A memory as flat fields, for servers whose metadata holds only text and numbers. The content goes elsewhere. */
export function fieldsOf(space: string, { id, tags, at, provenance }: MemoryRecord): JsonObject {
  return { space, memory_id: id, at, tags: JSON.stringify(tags), provenance: JSON.stringify(provenance) };
}

/** Null for what was not stored by us. */
export function recordFrom(content: Json | undefined, fields: Json | undefined): MemoryRecord | null {
  if (typeof content !== 'string' || !fields || !isJsonObject(fields)) return null;
  const { memory_id: id, at, tags, provenance } = fields;
  if (typeof id !== 'string' || typeof at !== 'number' || typeof tags !== 'string' || typeof provenance !== 'string')
    return null;
  try {
    return { id, content, at, tags: JSON.parse(tags), provenance: JSON.parse(provenance) };
  } catch {
    return null;
  }
}

/** Newest first, by page; for servers that list in no order. `cursor` is how many came before. */
export function pageOf(records: readonly MemoryRecord[], limit: number, cursor: string | undefined) {
  const newest = [...records].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const from = Number(cursor ?? 0);
  return { items: newest.slice(from, from + limit), next: from + limit < newest.length ? String(from + limit) : null };
}
