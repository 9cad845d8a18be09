import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { ToolCapabilities } from '../../../shared/open-mode.ts';
import type { SelfChange } from '../../../shared/self-change.ts';
import { narrowingOf } from '../tools/narrowing.ts';
import { HttpFetchNarrowing } from '../tools/web/http-fetch.ts';

export interface Reachable {
  config: Pick<ProcessConfig, 'tools' | 'context'>;
}

/**
 * An agent gets at nothing by changing itself that it could not get at before.
 * @throws RuntimeError `POLICY_EGRESS_DENIED`, `PATH_NOT_ALLOWED`, `CONTEXT_KEY_NOT_WRITABLE`, `POLICY_REFUSED`.
 */
export function checkReach(change: SelfChange, { config }: Reachable): void {
  if (change.do === 'put_tool') checkCapabilities(change.tool, config);
  if (change.do === 'add_trigger') checkWatch(change.trigger, config);
  if (change.do === 'put_server' && namesSecrets(change.server))
    throw new RuntimeError('POLICY_REFUSED', 'An agent may not hand secrets to a server that it connects itself.');
}

function namesSecrets(value: Json): boolean {
  return JSON.stringify(value).includes('secret://');
}

function checkCapabilities({ capabilities }: JsonObject, { tools, context }: Reachable['config']): void {
  const wanted = ToolCapabilities.parse(capabilities ?? {});
  const { allowHosts } = narrowingOf(HttpFetchNarrowing, tools, 'http_fetch');
  const stray = wanted.http.find((host) => !allowHosts.includes(host));
  if (stray !== undefined)
    throw new RuntimeError(
      'POLICY_EGRESS_DENIED',
      `The tool may not reach ${stray}: the agent itself may reach ${allowHosts.join(', ') || 'no host'} only.`,
      { host: stray },
    );
  const { writableKeys } = context;
  const key = wanted.context.find((one) => writableKeys.length > 0 && !writableKeys.includes(one));
  if (key !== undefined)
    throw new RuntimeError(
      'CONTEXT_KEY_NOT_WRITABLE',
      `The tool may not have the context key "${key}": the agent may write ${writableKeys.join(', ')} only.`,
      { key },
    );
}

/** A watch tells names and beginnings of files, so it is kept to the folders that the agent has. */
export function checkWatch(trigger: JsonObject, { context }: Pick<Reachable['config'], 'context'>): void {
  const path = trigger['watch_path'];
  if (typeof path !== 'string') return;
  const roots = Object.values(context.fileMounts).map((mount) =>
    real(isJsonObject(mount) ? String(mount['path']) : String(mount)),
  );
  const wanted = real(path);
  if (roots.some((root) => wanted === root || wanted.startsWith(root + sep))) return;
  throw new RuntimeError(
    'PATH_NOT_ALLOWED',
    `The agent may watch folders of context.file_mounts only; ${path.slice(0, 200)} is in none of them.`,
    { path: path.slice(0, 1_000) },
  );
}

function real(path: string): string {
  try {
    return realpathSync(resolve(path));
  } catch {
    return resolve(path);
  }
}
