import { isJsonObject, type JsonObject } from '../../shared/json.ts';

export interface Allowance {
  text: string;
  isAllowed: boolean;
}

/** The switches of open mode in words, with what holds where the manifest says nothing. */
const switches = [
  { key: 'allow_identity_change', text: 'change its instructions', byDefault: true },
  { key: 'allow_tool_creation', text: 'create tools', byDefault: true },
  { key: 'allow_mcp_connect', text: 'connect tool servers', byDefault: true },
  { key: 'allow_trigger_management', text: 'add and remove triggers', byDefault: true },
  { key: 'allow_memory_management', text: 'store and forget memories', byDefault: true },
  { key: 'allow_process_spawn', text: 'create other agents', byDefault: false },
] as const;

/** What a manifest lets its agent change about itself. */
export function allowances(manifest: JsonObject): Allowance[] {
  const open = isJsonObject(manifest['open_mode']) ? manifest['open_mode'] : {};
  const isOpen = manifest['execution_mode'] === 'open';
  return switches.map(({ key, text, byDefault }) => {
    const said = open[key];
    return { text, isAllowed: isOpen && (typeof said === 'boolean' ? said : byDefault) };
  });
}
