import type { ImpliedNeeds } from '../../shared/crossing.ts';
import type { ProcessConfig } from '../../shared/process-config.ts';

const handle = /secret:\/\/([A-Za-z0-9_]+)/g;
/** Built-in tools whose calls may be made twice: they read, or change our own state only. */
const harmlessTools = new Set([
  'get_context',
  'set_context',
  'delete_context',
  'emit_event',
  'send_message',
  'store_memory',
  'search_memory',
  'forget_memory',
  'list_files',
  'read_file',
  'search_files',
  'ask_person',
]);

/** What a process needs of a node by what it is: folders it mounts or watches, programs it starts, secrets it names. */
export function impliedNeeds(config: ProcessConfig): ImpliedNeeds {
  const mounts = Object.values(config.context.fileMounts).map((mount) =>
    typeof mount === 'string' ? mount : mount.path,
  );
  const watched = config.triggers.flatMap((trigger) => (trigger.type === 'file_watch' ? [trigger.watchPath] : []));
  const secrets = new Set(Object.keys(config.secrets?.secrets ?? {}));
  for (const [, name] of JSON.stringify({ ...config, secrets: null }).matchAll(handle)) if (name) secrets.add(name);
  return {
    secrets: [...secrets],
    paths: [...mounts, ...watched],
    commands: Object.values(config.servers).flatMap(({ command }) => command ?? []),
  };
}

/** Whether everything it can do may be done twice: no tools of others, no calls that change what is not ours. */
export function isRepeatable(config: ProcessConfig): boolean {
  if (config.executionMode === 'open' || Object.keys(config.servers).length > 0) return false;
  const mounts = Object.values(config.context.fileMounts);
  const writes = mounts.some((mount) => typeof mount !== 'string' && mount.mode === 'read_write');
  const others = Object.entries(config.tools).some(([name, how]) => how !== false && !harmlessTools.has(name));
  const created = Object.keys((config as { createdTools?: object }).createdTools ?? {}).length > 0;
  return !writes && !others && !created;
}
