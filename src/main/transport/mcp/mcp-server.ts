import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Scope } from '../../../shared/api.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { listResources, readResource, resourceTemplates } from './mcp-resources.ts';
import { type CallOperation, callTool, operationTools } from './mcp-tools.ts';

export interface McpParts {
  call: CallOperation;
  /** What the other end may do; tools beyond it are not listed. */
  scope: Scope;
  version: string;
}

const instructions =
  'This is a node of Agent Runtime: it runs agents that are woken by schedules, webhooks, files, events and messages. Start with listProcesses; listRuns and the journals say what happened; listInbox says what waits for a person.';

/** The node as an MCP server: its operations as tools, processes, journals and runs as resources. */
function mcpServer({ call, scope, version }: McpParts): Server {
  const server = new Server(
    { name: 'agent-runtime', title: 'Agent Runtime', version },
    { capabilities: { tools: {}, resources: {} }, instructions },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: operationTools(scope) }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    told(() => callTool(call, params.name, params.arguments)),
  );
  server.setRequestHandler(ListResourcesRequestSchema, () =>
    told(async () => ({ resources: await listResources(call) })),
  );
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => told(() => readResource(call, params.uri)));
  return server;
}

/** The text of a failure without a code is a bug's and stays here. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError))
      throw new McpError(ErrorCode.InternalError, 'The runtime failed unexpectedly.');
    throw new McpError(ErrorCode.InvalidParams, `${thrown.code}: ${thrown.message}`);
  }
}

/** Answers one request over Streamable HTTP. No sessions: each request carries its token and stands for itself. */
export async function answerMcp(
  request: IncomingMessage,
  response: ServerResponse,
  body: JsonObject,
  parts: McpParts,
): Promise<void> {
  const server = mcpServer(parts);
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  response.once('close', () => void server.close());
  response.setHeader('Cache-Control', 'no-store');
  // The SDK's own type of the transport does not allow for exactOptionalPropertyTypes.
  await server.connect(transport as Parameters<Server['connect']>[0]);
  await transport.handleRequest(request, response, body);
}

/** Serves over a pair of streams until the input ends or `signal` says so. */
export async function serveMcpOverStdio(
  parts: McpParts,
  streams: { input: Readable; output: Writable; signal: AbortSignal },
): Promise<void> {
  const { input, output, signal } = streams;
  const server = mcpServer(parts);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  input.once('end', resolve).once('close', resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  try {
    await server.connect(new StdioServerTransport(input, output));
    await ended;
  } catch (thrown) {
    throw new RuntimeError('MCP_PROTOCOL_ERROR', asError(thrown).message, {}, { cause: thrown });
  } finally {
    await server.close();
  }
}
