import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** One change of its own definition that an agent makes; values are written as in a manifest. */
export const SelfChange = z.discriminatedUnion('do', [
  z.object({ do: z.literal('set_instructions'), instructions: z.string() }),
  z.object({ do: z.literal('put_tool'), name: z.string(), tool: z.record(z.string(), z.json()) }),
  z.object({ do: z.literal('put_server'), name: z.string(), server: z.record(z.string(), z.json()) }),
  z.object({ do: z.literal('add_trigger'), trigger: z.record(z.string(), z.json()) }),
  z.object({ do: z.literal('remove_trigger'), id: z.string() }),
]);
export type SelfChange = z.infer<typeof SelfChange>;

/** One value to put into a manifest, or to take out (null), and where. */
export interface ManifestEdit {
  path: (string | number)[];
  value: Json;
}

/** A section of a manifest, wherever it stands: older files keep some in the config block. */
export function sectionOf(manifest: JsonObject, key: string): Json | undefined {
  const block = manifest['config'];
  return manifest[key] ?? (isJsonObject(block) ? block[key] : undefined);
}

function placeOf(manifest: JsonObject, key: string): string[] {
  const block = manifest['config'];
  return manifest[key] === undefined && isJsonObject(block) && block[key] !== undefined ? ['config', key] : [key];
}

export function triggersIn(manifest: JsonObject): JsonObject[] {
  const triggers = sectionOf(manifest, 'triggers');
  return Array.isArray(triggers) ? triggers.filter(isJsonObject) : [];
}

export function membersOf(manifest: JsonObject, key: 'created_tools' | 'servers'): JsonObject {
  const section = sectionOf(manifest, key);
  return isJsonObject(section) ? section : {};
}

/** What the change does to a manifest, as edits that can be made in its text as well. */
export function editsOf(manifest: JsonObject, change: SelfChange): ManifestEdit[] {
  switch (change.do) {
    case 'set_instructions':
      return [{ path: placeOf(manifest, 'instructions'), value: change.instructions }];
    case 'put_tool':
      return [{ path: [...placeOf(manifest, 'created_tools'), change.name], value: change.tool }];
    case 'put_server':
      return [{ path: [...placeOf(manifest, 'servers'), change.name], value: change.server }];
    case 'add_trigger':
      return [{ path: [...placeOf(manifest, 'triggers'), triggersIn(manifest).length], value: change.trigger }];
    case 'remove_trigger': {
      const index = triggersIn(manifest).findIndex(({ id }) => id === change.id);
      return index < 0 ? [] : [{ path: [...placeOf(manifest, 'triggers'), index], value: null }];
    }
  }
}

/** The manifest with the change; the given one stays as it is. */
export function withChange(manifest: JsonObject, change: SelfChange): JsonObject {
  const changed = structuredClone(manifest);
  for (const { path, value } of editsOf(manifest, change)) put(changed, path, value);
  return changed;
}

function put(root: JsonObject, path: readonly (string | number)[], value: Json): void {
  let place: Json = root;
  for (const [index, key] of path.slice(0, -1).entries()) {
    const within = place as Record<string | number, Json>;
    if (typeof within[key] !== 'object' || within[key] === null)
      within[key] = typeof path[index + 1] === 'number' ? [] : {};
    place = within[key] as Json;
  }
  const last = path.at(-1) as string | number;
  if (Array.isArray(place)) place.splice(last as number, 1, ...(value === null ? [] : [value]));
  else if (isJsonObject(place)) place[last] = value;
}

/** In a few words, for the reason of a version. */
export function changeText(change: SelfChange): string {
  switch (change.do) {
    case 'set_instructions':
      return 'it rewrote its instructions';
    case 'put_tool':
      return `it made the tool ${change.name}`;
    case 'put_server':
      return `it connected the server ${change.name}`;
    case 'add_trigger':
      return `it added the trigger ${String(change.trigger['id'])}`;
    case 'remove_trigger':
      return `it removed the trigger ${change.id}`;
  }
}
