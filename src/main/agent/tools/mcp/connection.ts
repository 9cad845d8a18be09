import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JsonSchemaValidatorResult, jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { z } from 'zod';
import type { Json, JsonObject } from '../../../../shared/json.ts';
import type { ToolProgress } from '../../tool.ts';
import type { CallAnswer } from './call-result.ts';
import type { LogRing } from './log-ring.ts';

const maxPages = 50;
const maxListed = 1_000;

export interface McpCall {
  tool: string;
  args: JsonObject;
  callKey: string;
  signal: AbortSignal;
  timeoutMs: number;
  onProgress?: ((progress: ToolProgress) => void) | undefined;
  /** Given: it is done as a task, whose result is kept for so long. */
  taskTtlMs?: number;
}

/** What the answers of a list hold under their own names; read by name, and no stricter than needed. */
const lists = {
  'tools/list': 'tools',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
  'prompts/list': 'prompts',
} as const;
type ListMethod = keyof typeof lists;
export type TaskMethod = 'tasks/get' | 'tasks/result' | 'tasks/cancel';

/**
 * A connection that stands, over the SDK's client. Requests go past the client's own methods, because these refuse a
 * whole list for one odd tool, and a result that is already there for not being of the announced form.
 */
export class McpConnection {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Connects and shakes hands. Throws whatever the SDK or the transport throws. */
  static async open(
    transport: Transport,
    { timeoutMs, log, onClose }: { timeoutMs: number; log: LogRing; onClose: () => void },
  ): Promise<McpConnection> {
    // 90 ms and 10 MB, for those only who have a server.
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Client({ name: 'agent-runtime', version: '1.0.0' }, { jsonSchemaValidator: acceptAll });
    client.onclose = onClose;
    client.onerror = ({ message }) => log.write(`[${message.slice(0, 300)}]\n`);
    await client.connect(transport, { timeout: timeoutMs });
    return new McpConnection(client);
  }

  get server(): { name: string; version: string } | undefined {
    const told = this.#client.getServerVersion();
    return told && { name: told.name, version: told.version };
  }

  get offers(): { tools: boolean; resources: boolean; prompts: boolean; tasks: boolean } {
    const told = this.#client.getServerCapabilities() ?? {};
    return {
      tools: told.tools !== undefined,
      resources: told.resources !== undefined,
      prompts: told.prompts !== undefined,
      tasks: told.tasks?.requests?.tools?.call !== undefined,
    };
  }

  async onToolsChanged(listener: () => void): Promise<void> {
    const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, listener);
  }

  async list(method: ListMethod, timeoutMs: number, signal?: AbortSignal): Promise<Json[]> {
    const found: Json[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages && found.length < maxListed; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await this.#client.request({ method, params }, loose, {
        timeout: timeoutMs,
        ...(signal ? { signal } : {}),
      });
      const part = answer[lists[method]];
      if (Array.isArray(part)) found.push(...(part as Json[]));
      cursor = typeof answer['nextCursor'] === 'string' ? answer['nextCursor'] : undefined;
      if (cursor === undefined) break;
    }
    return found.slice(0, maxListed);
  }

  async ask(
    method: 'resources/read' | 'prompts/get' | TaskMethod,
    params: JsonObject,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    return (await this.#client.request({ method, params }, loose, { timeout: timeoutMs, signal })) as JsonObject;
  }

  /** Makes one call. Cancelling tells the server; progress renews the time it has. */
  async call({ tool, args, callKey, signal, timeoutMs, onProgress, taskTtlMs }: McpCall): Promise<CallAnswer> {
    const params = {
      name: tool,
      arguments: args,
      _meta: { 'agent-runtime/callKey': callKey },
      ...(taskTtlMs === undefined ? {} : { task: { ttl: taskTtlMs } }),
    };
    return await this.#client.request({ method: 'tools/call', params }, loose, {
      signal,
      timeout: timeoutMs,
      resetTimeoutOnProgress: true,
      onprogress: ({ progress, total, message }) =>
        onProgress?.({
          done: progress,
          ...(total === undefined ? {} : { total }),
          ...(message === undefined ? {} : { message }),
        }),
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

const loose = z.looseObject({});

/** Announced forms of results are not held against results (see McpConnection), and no validator is made for that. */
const acceptAll: jsonSchemaValidator = {
  getValidator<T>() {
    return (input: unknown): JsonSchemaValidatorResult<T> => ({
      valid: true,
      data: input as T,
      errorMessage: undefined,
    });
  },
};
