import { z } from 'zod';
import { inward, nearest, snake } from '../../../shared/casing.ts';
import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';

type ToolsConfig = ProcessConfig['tools'];

/** Names that can be switched and narrowed in every process, whether or not it has them. */
export const builtInNames = [
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
  'write_file',
  'search_files',
  'http_fetch',
  'browser',
  'ask_person',
  'report_result',
] as const;
export type BuiltInName = (typeof builtInNames)[number];

/** What `tools: { emit_event: … }` and `tools: { send_message: … }` may say; patterns as of event triggers. */
export const EmitNarrowing = z.strictObject({ types: z.array(z.string().min(1).max(200)).min(1).optional() });
export const SendNarrowing = z.strictObject({ topics: z.array(z.string().min(1).max(200)).min(1).optional() });

/**
 * Reads how a tool is narrowed. `true` and silence narrow nothing.
 * @throws RuntimeError MANIFEST_INVALID that names the setting.
 */
export function narrowingOf<T extends z.ZodType>(schema: T, config: ToolsConfig, name: string): z.infer<T> {
  const given = config[name];
  const { value, unknown } = inward(schema, (typeof given === 'object' ? given : {}) as Json);
  const [stray] = unknown;
  if (stray) throw wrong(`tools.${name}.${stray.key}: there is no such setting${meant(stray.nearest)}`);
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = ['tools', name, ...(issue?.path ?? []).map((step) => snake(String(step)))].join('.');
  throw wrong(`${place}: ${issue?.message ?? 'not accepted'}.`);
}

/**
 * Refuses settings for tools that do not exist, since a misspelt `false` would leave a tool on.
 * @param servers names of servers; theirs and their tools' names are only known to them.
 * @throws RuntimeError MANIFEST_INVALID.
 */
export function checkToolNames(config: ToolsConfig, known: readonly string[], servers: readonly string[]): void {
  const names = [...builtInNames, ...known];
  for (const name of Object.keys(config)) {
    const [server = ''] = name.split('.');
    if (names.includes(name) || servers.includes(server)) continue;
    throw wrong(`tools.${name}: there is no such tool${meant(nearest(name, [...names, ...servers]))}`);
  }
}

const meant = (name: string | undefined): string => (name === undefined ? '.' : `; did you mean ${name}?`);

function wrong(message: string): RuntimeError {
  return new RuntimeError('MANIFEST_INVALID', message);
}
