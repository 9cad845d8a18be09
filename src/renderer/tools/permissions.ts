import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { BuiltInTool } from '../design/built-in-tools.ts';
import { type Edit, type ManifestPath, placeOf } from '../design/manifest-text.ts';
import { asksFirst, cannotAsk, type Permission, ruleEdits, rulesOf, withAsking } from './tool-rules.ts';

/** What a manifest says of a built-in tool: whether the agent has it, and whether a person is asked before each call. */
export function permissionOf(manifest: JsonObject, { name, byDefault }: BuiltInTool): Permission {
  if (!has(manifest, name, byDefault)) return 'never';
  return asksFirst(rulesOf(manifest), name) ? 'asks' : 'allowed';
}

function has(manifest: JsonObject, tool: string, byDefault: BuiltInTool['byDefault']): boolean {
  const said = rulesOf(manifest).switches[tool];
  if (said === false) return false;
  if (byDefault === 'with a mount') {
    const modes = mountModes(manifest);
    return tool === 'write_file' ? modes.includes('read_write') : modes.length > 0;
  }
  return said !== undefined || byDefault === 'on';
}

export interface Mount {
  name: string;
  path: string;
  mode: string;
}

/** Folders an agent may use; read only unless the manifest says more. */
export function mountsOf(manifest: JsonObject): Mount[] {
  const context = isJsonObject(manifest['context']) ? manifest['context'] : {};
  const mounts = isJsonObject(context['file_mounts']) ? context['file_mounts'] : {};
  return Object.entries(mounts).map(([name, mount]: [string, Json]) =>
    isJsonObject(mount)
      ? { name, path: String(mount['path'] ?? ''), mode: String(mount['mode'] ?? 'read_only') }
      : { name, path: String(mount), mode: 'read_only' },
  );
}

const mountModes = (manifest: JsonObject): string[] => mountsOf(manifest).map(({ mode }) => mode);

/** What changes a manifest so that a tool is allowed, asks first, or is never used; or why that is not done here. */
export function editsFor(manifest: JsonObject, tool: BuiltInTool, wanted: Permission): Edit[] | string {
  const { name, byDefault } = tool;
  const at: ManifestPath = [...placeOf(manifest, 'tools'), name];
  if (wanted === 'never') return [{ path: at, value: false }];
  if (byDefault === 'with a mount' && !has({ ...manifest, tools: {} }, name, byDefault))
    return name === 'write_file' ? 'It has no folder that it may write into.' : 'It has no folder.';
  if (name === 'http_fetch' && !has(manifest, name, byDefault)) return 'Name the hosts first that it may call.';
  const given: Edit[] = has(manifest, name, byDefault)
    ? []
    : [{ path: at, value: byDefault === 'off' ? true : undefined }];
  const rules = rulesOf(manifest);
  if (wanted === 'asks' && rules.asked === null) return cannotAsk;
  return [...given, ...ruleEdits(manifest, withAsking(rules, name, wanted === 'asks'))];
}
