import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { patternOf } from '../../shared/name-pattern.ts';
import type { BuiltInTool } from '../design/built-in-tools.ts';

export type Permission = 'allowed' | 'asks' | 'never';

/** What a manifest says of a built-in tool: whether the agent has it, and whether a person is asked before each call. */
export function permissionOf(manifest: JsonObject, { name, byDefault }: BuiltInTool): Permission {
  if (!has(manifest, name, byDefault)) return 'never';
  return asksFirst(manifest, name) ? 'asks' : 'allowed';
}

function has(manifest: JsonObject, tool: string, byDefault: BuiltInTool['byDefault']): boolean {
  const said = isJsonObject(manifest['tools']) ? manifest['tools'][tool] : undefined;
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

function asksFirst(manifest: JsonObject, tool: string): boolean {
  const approvals = isJsonObject(manifest['approvals']) ? manifest['approvals'] : {};
  const patterns = Array.isArray(approvals['tools']) ? approvals['tools'] : [];
  return approvals['enabled'] !== false && patterns.some((pattern) => patternOf(String(pattern)).test(tool));
}
