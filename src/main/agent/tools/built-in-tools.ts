import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { matches } from '../../messaging/topic-pattern.ts';
import type { Tool } from '../tool.ts';
import type { BrowserPool } from './browser/browser-pool.ts';
import { BrowserNarrowing, browserTool } from './browser/browser-tool.ts';
import { contextTools } from './context-tools.ts';
import { FileMounts, mountsOf } from './folders/file-mounts.ts';
import { FileNarrowing, listFiles, readFile, searchFiles, writeFile } from './folders/file-tools.ts';
import { messagingTools } from './messaging-tools.ts';
import { EmitNarrowing, narrowingOf, SendNarrowing } from './narrowing.ts';
import { allowedHost, type EgressRules } from './web/egress-guard.ts';
import { HttpFetchNarrowing, httpFetch } from './web/http-fetch.ts';

export interface BuiltInParts {
  env?: Readonly<Record<string, string | undefined>>;
  /** What relative mount paths start from; the folder the node was started in, unless given. */
  baseFolder?: string;
  /** The runtime's own data, which no mount shows. */
  dataDir?: string;
  egress?: Omit<EgressRules, 'allowHosts'>;
  browser?: BrowserPool;
}

/** The tools that need nothing but the settings of the process. Context, events and messages are there unless switched off. */
export function builtInTools(config: ProcessConfig, parts: BuiltInParts): Tool[] {
  const { writableKeys, envPrefix } = config.context;
  return [
    ...contextTools({ writableKeys, env: withPrefix(parts.env ?? {}, envPrefix) }),
    ...narrowedMessaging(config),
    ...fileTools(config, parts),
    ...fetchTool(config, parts),
    ...browserTools(config, parts),
  ];
}

/** The node's own settings, among them keys and where its data is. */
const ownPrefix = 'AGENT_RUNTIME_';

/** Variables of the node that an agent may read. */
export function withPrefix(env: Readonly<Record<string, string | undefined>>, prefix: string): Record<string, string> {
  if (prefix === '') return {};
  return Object.fromEntries(
    Object.entries(env).filter(
      (one): one is [string, string] =>
        one[0].startsWith(prefix) && !one[0].startsWith(ownPrefix) && one[1] !== undefined,
    ),
  );
}

function narrowedMessaging({ tools }: ProcessConfig): Tool[] {
  const limits: Record<string, { argument: string; patterns: readonly string[] | undefined }> = {
    emit_event: { argument: 'type', patterns: narrowingOf(EmitNarrowing, tools, 'emit_event').types },
    send_message: { argument: 'topic', patterns: narrowingOf(SendNarrowing, tools, 'send_message').topics },
  };
  return messagingTools().map((tool) => {
    const { argument, patterns } = limits[tool.name] ?? {};
    return argument && patterns ? limited(tool, argument, patterns) : tool;
  });
}

function limited(tool: Tool, argument: string, patterns: readonly string[]): Tool {
  return {
    ...tool,
    description: `${tool.description} Allowed: ${patterns.join(', ')}.`,
    async execute(args: JsonObject, call) {
      const name = String(args[argument]);
      if (patterns.some((pattern) => matches(pattern, name))) return await tool.execute(args, call);
      throw new RuntimeError(
        'POLICY_REFUSED',
        `This agent may not use ${tool.name} with ${argument} "${name}"; it may with ${patterns.join(', ')}.`,
        {
          tool: tool.name,
          [argument]: name,
        },
      );
    },
  };
}

function fileTools({ tools, context }: ProcessConfig, parts: BuiltInParts): Tool[] {
  const baseFolder = parts.baseFolder ?? process.cwd();
  const all = mountsOf(context.fileMounts, { baseFolder });
  const makers = { list_files: listFiles, read_file: readFile, write_file: writeFile, search_files: searchFiles };
  return Object.entries(makers).flatMap(([name, make]) => {
    const { mounts: only } = narrowingOf(FileNarrowing, tools, name);
    const stray = only?.find((wanted) => !all.some((mount) => mount.name === wanted));
    if (stray !== undefined) {
      throw new RuntimeError(
        'MANIFEST_INVALID',
        `tools.${name}.mounts: there is no mount "${stray}" in context.file_mounts.`,
      );
    }
    const usable = all.filter(
      (mount) => (only?.includes(mount.name) ?? true) && (name !== 'write_file' || mount.isWritable),
    );
    return usable.length > 0 ? [make(new FileMounts(usable, parts.dataDir))] : [];
  });
}

function fetchTool({ tools }: ProcessConfig, parts: BuiltInParts): Tool[] {
  const narrowing = narrowingOf(HttpFetchNarrowing, tools, 'http_fetch');
  return narrowing.allowHosts.length > 0 ? [httpFetch(narrowing, parts.egress)] : [];
}

function browserTools({ tools, context }: ProcessConfig, parts: BuiltInParts): Tool[] {
  const { allowHosts } = narrowingOf(BrowserNarrowing, tools, 'browser');
  if (allowHosts.length === 0) return [];
  for (const host of allowHosts) allowedHost(host);
  if (!parts.browser)
    throw new RuntimeError('NOT_SUPPORTED', 'tools.browser: this runtime was made without a browser.');
  const mounts = new FileMounts(
    mountsOf(context.fileMounts, { baseFolder: parts.baseFolder ?? process.cwd() }),
    parts.dataDir,
  );
  return [browserTool({ pool: parts.browser, allowHosts, mounts })];
}
