import { nearest } from '../../../shared/casing.ts';
import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { ServerConfig } from '../../../shared/config/server-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { metaToolNames } from '../../../shared/open-mode.ts';
import { isOff } from '../../../shared/tool-rules.ts';
import { outcomeUnknown, type Tool } from '../tool.ts';
import { type BuiltInParts, builtInTools } from './built-in-tools.ts';
import { capResult } from './cap-result.ts';
import { ArgumentChecks } from './check-arguments.ts';
import { type McpParts, mcpSources } from './mcp/mcp-source.ts';
import { checkToolNames } from './narrowing.ts';
import type { ToolSource } from './tool-source.ts';

export interface ToolboxParts extends BuiltInParts {
  /** Name of the process, by which servers know who uses them. */
  process?: string;
  /** Servers whose tools it may use; they need `mcp`. */
  servers?: Readonly<Record<string, ServerConfig>>;
  mcp?: McpParts;
  /** Tools that are made elsewhere: memory, ask_person, created tools, meta-tools. */
  extra?: readonly Tool[] | ((all: () => readonly Tool[]) => readonly Tool[]);
  /** Names that `tools` may switch although this process does not have them. */
  otherNames?: readonly string[];
  /** Further tools that are only known once somebody has been asked. */
  sources?: readonly ToolSource[];
}

/** What became of a server that held an earlier value of a secret. */
export interface Renewal {
  server: string;
  error: RuntimeError | null;
}

/** The tools of one definition of a process. */
export interface Toolbox {
  /** What can be called, as far as it is known: see `ready`. */
  readonly tools: readonly Tool[];
  /**
   * The tool, after its arguments were found good. One of a source that has not been asked yet is given on trust and
   * looked for when it is executed.
   * @throws RuntimeError TOOL_UNKNOWN, TOOL_ARGS_INVALID, TOOL_CHANGED.
   */
  resolve(name: string, args: Json): Tool;
  /** Asks all sources for their tools. What could not be asked is told, and its tools are missing. */
  ready(signal: AbortSignal): Promise<{ source: string; error: RuntimeError }[]>;
  /** Replaces servers that hold an earlier value of a secret; those that could not be started with it are told. */
  renew(secret: string, signal: AbortSignal): Promise<Renewal[]>;
  /** Names of the servers that it uses now. */
  readonly joined: readonly string[];
  /** Uses those of these servers that it has: what another one started goes on when that one lets go of it. */
  join(servers: readonly string[]): Promise<void>;
  /** When the last run that uses it has ended: lets go of its servers. */
  close(): void;
}

/** @throws RuntimeError MANIFEST_INVALID when the settings of a tool cannot be meant. */
export function buildToolbox(config: ProcessConfig, parts: ToolboxParts): Toolbox {
  const { otherNames = metaToolNames } = parts;
  const given = parts.extra ?? [];
  const extra = typeof given === 'function' ? given(offered) : given;
  const sources = [...(parts.sources ?? []), ...serversOf(parts)];
  const known = [...extra.map(({ name }) => name), ...otherNames];
  checkToolNames(
    config.tools,
    known,
    sources.map(({ name }) => name),
  );
  const checks = new ArgumentChecks();
  const guarded = new WeakMap<Tool, Tool>();
  const guard = (tool: Tool): Tool => {
    const made = guarded.get(tool) ?? guardedTool(tool);
    guarded.set(tool, made);
    return made;
  };
  const own = new Map([...builtInTools(config, parts), ...extra].filter(isOn).map((tool) => [tool.name, guard(tool)]));

  function isOn({ name }: { name: string }): boolean {
    return !isOff(config.tools, name);
  }
  function offered(): Tool[] {
    return [...own.values(), ...sources.flatMap((source) => (source.tools ?? []).filter(isOn).map(guard))];
  }
  function found(name: string): Tool | undefined {
    const source = sourceOf(name, sources);
    const refusal = source?.refusal(name);
    if (refusal && isOn({ name })) throw refusal;
    return own.get(name) ?? (source ? offered().find((tool) => tool.name === name) : undefined);
  }
  function resolve(name: string, args: Json): Tool {
    const tool = found(name);
    if (tool) {
      checks.checked(tool, args);
      return tool;
    }
    const source = sourceOf(name, sources);
    if (source && source.tools === undefined && isOn({ name })) return lateTool(name, source, resolve);
    throw unknownTool(name, offered());
  }

  return {
    get tools() {
      return offered();
    },
    resolve,
    async ready(signal) {
      const asked = await Promise.allSettled(sources.map((source) => source.refresh(signal)));
      return asked.flatMap((answer, index) => {
        if (answer.status === 'fulfilled') return [];
        return [
          { source: sources[index]?.name ?? '', error: asRefusal(answer.reason, 'The server could not be asked') },
        ];
      });
    },
    async renew(secret, signal) {
      const renewed = await Promise.all(
        sources.map(async (source) => ({ server: source.name, came: await source.renew?.(secret, signal) })),
      );
      return renewed.flatMap(({ server, came = 'unused' }) =>
        came === 'unused' ? [] : [{ server, error: came === 'renewed' ? null : came }],
      );
    },
    get joined() {
      return sources.filter(({ isJoined }) => isJoined).map(({ name }) => name);
    },
    async join(servers) {
      await Promise.allSettled(sources.filter(({ name }) => servers.includes(name)).map((source) => source.join?.()));
    },
    close() {
      for (const source of sources) source.close();
    },
  };
}

function serversOf({ servers = {}, mcp, process = '' }: ToolboxParts): ToolSource[] {
  if (mcp) return mcpSources(servers, process, mcp);
  const [first] = Object.keys(servers);
  if (first === undefined) return [];
  throw new RuntimeError(
    'NOT_SUPPORTED',
    `Server "${first}" cannot be used: this runtime was made without MCP servers.`,
  );
}

function sourceOf(name: string, sources: readonly ToolSource[]): ToolSource | undefined {
  return sources.find((source) => name.startsWith(`${source.name}.`));
}

/** A tool whose results fit and whose failures have a code. */
function guardedTool(tool: Tool): Tool {
  return {
    ...tool,
    async execute(args, call) {
      try {
        return capResult(await tool.execute(args, call));
      } catch (thrown) {
        if (thrown instanceof RuntimeError) throw thrown;
        const failed = asRefusal(thrown, `${tool.name} failed`);
        const mayHaveActed = (tool.reachOf?.(args) ?? tool.reach) === 'other';
        throw mayHaveActed ? new RuntimeError(failed.code, failed.message, outcomeUnknown, { cause: thrown }) : failed;
      }
    },
  };
}

/** Stands in for a tool of a source that has not been asked; nothing is known about its reach, so a person decides after a crash. */
function lateTool(name: string, source: ToolSource, resolve: Toolbox['resolve']): Tool {
  return {
    name,
    description: '',
    parameters: { type: 'object' },
    reach: 'other',
    async execute(args, call) {
      await source.refresh(call.signal);
      return await resolve(name, args).execute(args, call);
    },
  };
}

function asRefusal(thrown: unknown, what: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  return new RuntimeError('TOOL_FAILED', `${what}: ${asError(thrown).message}`, {}, { cause: thrown });
}

function unknownTool(name: string, tools: readonly Tool[]): RuntimeError {
  const near = nearestNames(
    name,
    tools.map((tool) => tool.name),
    5,
  );
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return new RuntimeError('TOOL_UNKNOWN', `There is no tool "${shown}"; near it: ${near.join(', ') || 'none'}.`, {
    tool: shown,
    near,
  });
}

function nearestNames(name: string, names: readonly string[], count: number): string[] {
  const left = [...names];
  const near: string[] = [];
  while (near.length < count && left.length > 0) {
    const next = nearest(name, left) ?? left[0] ?? '';
    near.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return near;
}
