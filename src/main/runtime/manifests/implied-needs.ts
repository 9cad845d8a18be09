import { type ModelChoice, modelId, type ProcessConfig } from '../../../shared/config/process-config.ts';
import type { ImpliedNeeds, ModelNeed } from '../../../shared/crossing.ts';
import type { Json } from '../../../shared/json.ts';
import { handlesIn } from '../../../shared/secret-handles.ts';
import { type BuiltInName, builtInNames } from '../../agent/tools/narrowing.ts';

/** Whether a built-in tool's calls may be made twice: those may that read, or change our own state only. */
const isHarmless: Readonly<Record<BuiltInName, boolean>> = {
  get_context: true,
  set_context: true,
  delete_context: true,
  emit_event: true,
  send_message: true,
  store_memory: true,
  search_memory: true,
  forget_memory: true,
  list_files: true,
  read_file: true,
  write_file: false,
  search_files: true,
  http_fetch: false,
  browser: false,
  ask_person: true,
  report_result: true,
};
const harmless = new Set<string>(builtInNames.filter((name) => isHarmless[name]));

/** What a process needs of a node by what it is: folders, programs, secrets and models. */
export function impliedNeeds(config: ProcessConfig): ImpliedNeeds {
  const mounts = Object.values(config.context.fileMounts).map((mount) =>
    typeof mount === 'string' ? mount : mount.path,
  );
  const watched = config.triggers.flatMap((trigger) => (trigger.type === 'file_watch' ? [trigger.watchPath] : []));
  const secrets = new Set(Object.keys(config.secrets?.secrets ?? {}));
  for (const name of handlesIn({ ...config, secrets: null } as unknown as Json)) secrets.add(name);
  return {
    secrets: [...secrets],
    paths: [...mounts, ...watched],
    commands: Object.values(config.servers).flatMap(({ command }) => command ?? []),
    models: [config.model, ...config.models].flatMap(modelNeed),
  };
}

function modelNeed(choice: ModelChoice): ModelNeed[] {
  const id = modelId(choice);
  if (id === 'script') return [];
  if (typeof choice === 'string') return [{ id, hasKey: false }];
  const { baseUrl, apiKey } = choice;
  return [{ id, ...(baseUrl === undefined ? {} : { baseUrl }), hasKey: apiKey !== undefined }];
}

/** Whether everything it can do may be done twice: no tools of others, no calls that change what is not ours. */
export function isRepeatable(config: ProcessConfig): boolean {
  if (config.executionMode === 'open' || Object.keys(config.servers).length > 0) return false;
  const mounts = Object.values(config.context.fileMounts);
  const writes = mounts.some((mount) => typeof mount !== 'string' && mount.mode === 'read_write');
  const others = Object.entries(config.tools).some(([name, how]) => how !== false && !harmless.has(name));
  const created = Object.keys(config.createdTools).length > 0;
  return !writes && !others && !created;
}
