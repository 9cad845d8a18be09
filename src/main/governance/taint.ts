import type { ProcessConfig } from '../../shared/config/process-config.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import type { Snapshot } from '../journal/fold/snapshot.ts';
import type { GuardedStep } from './guard.ts';
import { namesSecret } from './secrets/secret-vault.ts';

/** What a person sent by hand through this node is theirs, whichever way it came. */
const trusted = /^(?:event|message):(?:user|window|cli|api)(?::|$)/;

/** Tools whose calls stay on this computer. */
const inward: ReadonlySet<string> = new Set([
  'list_files',
  'read_file',
  'write_file',
  'search_files',
  'ask_person',
  'report_result',
  'list_topics',
]);

/** A longer address can carry away what it should not. */
const longestPlainAddress = 256;

/** Labels of what others wrote. */
export function untrustedLabels(taint: Iterable<string>): string[] {
  return [...taint].filter((label) => !trusted.test(label));
}

/** Whether a call can tell somebody outside something, or change something there. */
export function reachesOutward({
  kind,
  name,
  args,
  reach,
}: Pick<GuardedStep, 'kind' | 'name' | 'args' | 'reach'>): boolean {
  if (kind !== 'tool' || reach === 'local' || inward.has(name)) return false;
  if (reach !== 'readOnly') return true;
  return name === 'browser' || addressOf(args).length > longestPlainAddress || namesSecret(args);
}

function addressOf(args: Json): string {
  return isJsonObject(args) && typeof args['url'] === 'string' ? args['url'] : '';
}

/** Whether a run knows, or can get at, what is private: folders, secrets, memories. */
export function knowsPrivateThings(
  config: Pick<ProcessConfig, 'context'>,
  hasSecrets: boolean,
  snapshot: Readonly<Snapshot>,
  run: string,
): boolean {
  if (hasSecrets || Object.keys(config.context.fileMounts).length > 0) return true;
  for (const { kind, name, state, result } of snapshot.runs.get(run)?.steps.values() ?? []) {
    if (state === 'ok' && (kind === 'memory' || name === 'search_memory') && holdsMemories(result)) return true;
  }
  return false;
}

function holdsMemories(result: Json): boolean {
  const content = isJsonObject(result) && isJsonObject(result['content']) ? result['content'] : result;
  const memories = isJsonObject(content) ? content['memories'] : undefined;
  return Array.isArray(memories) && memories.length > 0;
}
