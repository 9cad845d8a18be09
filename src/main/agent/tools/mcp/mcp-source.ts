import type { ServerConfig } from '../../../../shared/config/server-config.ts';
import { toMs } from '../../../../shared/duration.ts';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { Json } from '../../../../shared/json.ts';
import { handlesIn } from '../../../../shared/secret-handles.ts';
import type { TaskLink, Tool, ToolReach } from '../../tool.ts';
import type { ToolSource } from '../tool-source.ts';
import { readCallAnswer } from './call-result.ts';
import type { ListedTool } from './listed-tool.ts';
import type { McpPool, UsedServer } from './mcp-pool.ts';
import type { PooledServer } from './pooled-server.ts';
import { type Reveal, shownSpec, specOf } from './server-spec.ts';
import type { TokenShelf } from './sign-in.ts';
import { callAsTask, cancelTask } from './task-call.ts';

export interface McpParts {
  pool: McpPool;
  /** Keeps what signing in to a server gives. Without it no server can be signed in to. */
  shelf?: (server: string) => TokenShelf;
  /** A person has to open the link to sign in; null: they have. */
  onSignIn?: (server: string, link: string | null) => void;
  /** Puts in secrets; leaves text as it is unless given. */
  reveal?: Reveal;
  /** Hashes of tools that were approved earlier, by server; a server that has none is held to its first appearance. */
  approved?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Told the hashes of a server's tools when they are first seen and whenever they change. */
  onTools?: (server: string, hashes: Record<string, string>) => void;
}

/** The tools of the servers in a process's settings. */
export function mcpSources(
  servers: Readonly<Record<string, ServerConfig>>,
  process: string,
  parts: McpParts,
): ToolSource[] {
  return Object.entries(servers).map(([name, config]) => new McpSource({ name, process, config }, parts));
}

/**
 * The tools of one server, as one process may use them.
 *
 * T1. A tool is usable only with the hash that was approved: by the settings, else by an earlier approval, else by its
 * first appearance here. T2. What the server says of a tool's reach counts only when the server is trusted.
 */
class McpSource implements ToolSource {
  readonly name: string;
  readonly #process: string;
  readonly #config: ServerConfig;
  readonly #parts: McpParts;
  /** Hash by tool (T1). Closed: a tool that is not in it was not approved. */
  readonly #approved: Map<string, string>;
  readonly #isClosedList: boolean;
  readonly #made = new Map<string, Tool>();
  #used: UsedServer | undefined;
  /** Calls under way, by the server that does them. */
  readonly #calls = new Map<UsedServer, number>();
  #renewing: Promise<unknown> = Promise.resolve();
  #opening: Promise<UsedServer> | undefined;
  #isClosed = false;
  #told = '';

  constructor({ name, process, config }: { name: string; process: string; config: ServerConfig }, parts: McpParts) {
    this.name = name;
    this.#process = process;
    this.#config = config;
    this.#parts = parts;
    const approved = config.toolHashes ?? parts.approved?.[name];
    this.#isClosedList = approved !== undefined;
    this.#approved = new Map(Object.entries(approved ?? {}));
  }

  get tools(): readonly Tool[] | undefined {
    const listed = this.#listed();
    return listed?.filter((tool) => this.#isApproved(tool)).map((tool) => this.#toolFor(tool));
  }

  refusal(name: string): RuntimeError | undefined {
    const listed = this.#listed()?.find((tool) => `${this.name}.${tool.name}` === name);
    if (!listed || this.#isApproved(listed)) return undefined;
    const what = this.#approved.has(listed.name)
      ? 'is no longer as it was approved'
      : 'is new since the server was approved';
    return new RuntimeError('TOOL_CHANGED', `The tool "${name}" ${what}; it can be used once it is approved again.`, {
      server: this.name,
      tool: listed.name,
      hash: listed.hash,
      approved: this.#approved.get(listed.name) ?? null,
    });
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const { server } = await this.#open();
    await server.knownTools(signal);
    this.#listed();
  }

  get isJoined(): boolean {
    return this.#used !== undefined;
  }

  async join(): Promise<void> {
    await this.#open();
  }

  close(): void {
    this.#isClosed = true;
    for (const used of new Set([...this.#calls.keys(), ...(this.#used ? [this.#used] : [])])) used.release();
  }

  async renew(secret: string, signal: AbortSignal): Promise<RuntimeError | 'renewed' | 'unused'> {
    if (!handlesIn(this.#config as unknown as Json).includes(secret)) return 'unused';
    // One after the other: the newest value is what holds in the end.
    const renewing = this.#renewing.then(() => this.#renew(signal));
    this.#renewing = renewing.catch(() => {});
    return renewing;
  }

  async #renew(signal: AbortSignal): Promise<RuntimeError | 'renewed' | 'unused'> {
    await this.#opening?.catch(() => {});
    const before = this.#used;
    // What does not run reads the present value when it is started.
    if (!before || this.#isClosed) return 'unused';
    let after: UsedServer | undefined;
    let failure: RuntimeError | undefined;
    try {
      after = await this.#joined();
      // Asked first, so that a run under way never finds it without tools.
      if (after.server !== before.server) await after.server.knownTools(signal);
    } catch (thrown) {
      failure = asRuntimeError(thrown);
    }
    this.#used = after;
    if (!this.#calls.has(before)) before.release();
    if (this.#isClosed) after?.release();
    return failure ?? (after?.server === before.server ? 'unused' : 'renewed');
  }

  /** Keeps the server that it begins with for as long as it takes, whatever is renewed meanwhile. */
  async #during<T>(work: (server: PooledServer) => Promise<T>): Promise<T> {
    const used = await this.#open();
    this.#calls.set(used, (this.#calls.get(used) ?? 0) + 1);
    try {
      return await work(used.server);
    } finally {
      const left = (this.#calls.get(used) ?? 1) - 1;
      if (left > 0) this.#calls.set(used, left);
      else this.#calls.delete(used);
      if (left === 0 && this.#used !== used) used.release();
    }
  }

  async #open(): Promise<UsedServer> {
    if (this.#used) return this.#used;
    this.#opening ??= this.#joined().finally(() => {
      this.#opening = undefined;
    });
    this.#used = await this.#opening;
    return this.#used;
  }

  async #joined(): Promise<UsedServer> {
    const { reveal = async (text) => text, shelf, onSignIn } = this.#parts;
    const spec = await specOf(this.#config, reveal, `${this.#process}/${this.name}`);
    if (this.#isClosed) throw new RuntimeError('NODE_CLOSING', `Server "${this.name}" is no longer used here.`);
    return this.#parts.pool.server(spec, {
      process: this.#process,
      name: this.name,
      shown: shownSpec(this.#config),
      ...(shelf ? { shelf: shelf(this.name) } : {}),
      onSignIn: (link) => onSignIn?.(this.name, link),
    });
  }

  /** What the server has, with first appearances approved (T1) and changes told. */
  #listed(): readonly ListedTool[] | undefined {
    const listed = this.#used?.server.tools;
    if (!listed) return undefined;
    const hashes = Object.fromEntries(listed.map((tool) => [tool.name, tool.hash]));
    const told = JSON.stringify(hashes);
    if (told === this.#told) return listed;
    this.#told = told;
    if (!this.#isClosedList)
      for (const { name, hash } of listed) if (!this.#approved.has(name)) this.#approved.set(name, hash);
    this.#parts.onTools?.(this.name, hashes);
    return listed;
  }

  #isApproved({ name, hash }: ListedTool): boolean {
    if (this.#approved.get(name) === hash) return true;
    // Approved since this was made.
    return this.#config.toolHashes === undefined && this.#parts.approved?.[this.name]?.[name] === hash;
  }

  #toolFor(listed: ListedTool): Tool {
    const made = this.#made.get(listed.hash) ?? this.#make(listed);
    this.#made.set(listed.hash, made);
    return made;
  }

  #make({ name, description, parameters, annotations, taskSupport, hash }: ListedTool): Tool {
    const reach = this.#reachOf(annotations);
    // What may be repeated needs no task to be told from what may not; asking for one takes longer.
    const isTask = taskSupport === 'required' || (taskSupport === 'optional' && reach === 'other');
    return {
      name: `${this.name}.${name}`,
      description,
      parameters,
      reach,
      isTask,
      execute: async (args, { callKey, signal, onProgress, task }) => {
        const timeoutMs = toMs(this.#config.timeout);
        const call = { tool: name, args, callKey, signal, timeoutMs, onProgress, expectedHash: hash };
        const isTasked = isTask || task?.known !== undefined;
        const answer = await this.#during((server) =>
          isTasked ? callAsTask(server, call, task ?? forgetful) : server.call(call),
        );
        return readCallAnswer(answer, this.name);
      },
      cancelTask: async (id, session) => {
        await this.#during((server) => cancelTask(server, { id, session }));
      },
    };
  }

  /** T2. */
  #reachOf({ readOnlyHint, idempotentHint }: ListedTool['annotations']): ToolReach {
    if (!this.#config.trust) return 'other';
    return readOnlyHint ? 'readOnly' : idempotentHint ? 'idempotent' : 'other';
  }
}

/** For calls that nobody will ask for again. */
const forgetful: TaskLink = { begun: async () => {} };

function asRuntimeError(thrown: unknown): RuntimeError {
  return thrown instanceof RuntimeError ? thrown : new RuntimeError('MCP_UNAVAILABLE', asError(thrown).message);
}
