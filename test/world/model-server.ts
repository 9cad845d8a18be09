import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { type ChatRequest, chatRequest, obedient } from './model-behaviour.ts';
import { embeddings } from './model-embeddings.ts';
import { fails, type Reply } from './model-replies.ts';
import { respond, send, sendJson } from './model-respond.ts';
import { refusalOf } from './model-rules.ts';

export type { ChatRequest } from './model-behaviour.ts';

export interface ModelServerOptions {
  /** 0, the default, takes a free port. Always 127.0.0.1. */
  port?: number;
  /** When given, requests without it are refused with 401. */
  apiKey?: string;
  models?: string[];
  /** Added before every chat answer. */
  latencyMs?: number;
  /** One JSON line per accepted chat request, on disk before it is answered: an outside count of what was paid for. */
  logFile?: string;
  /** Requests kept for tests to look at; 0 for benches. Default 10,000. */
  keep?: number;
  /** Body fields that get a 400 naming them, as servers refuse parameters they do not know. */
  refuseFields?: string[];
  /** Length of embeddings unless the request says otherwise. Default 64. */
  dimensions?: number;
}

export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  /** The parsed body; null when there was none or it was no JSON object. */
  body: JsonObject | null;
  /** Connections are numbered from 1 in the order they were opened. */
  connection: number;
  /** open: still being answered. answered: all was sent. gone: the client left before that. */
  end: 'open' | 'answered' | 'gone';
}

export type Script = Reply | Reply[] | ((request: ChatRequest) => Reply | undefined);

export interface ModelServer {
  /** …/v1 */
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** The chat requests among them. */
  readonly chats: RecordedRequest[];
  /** Chat requests answered since the start, also those no longer kept. */
  readonly chatCount: number;
  /** Open connections. */
  readonly connections: number;
  /** A list is given one after the other; then, and where a function gives nothing, the server is obedient again. */
  reply(script: Script): void;
  close(): Promise<void>;
}

/** Starts an OpenAI-compatible server on 127.0.0.1 that does what tests tell it to. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const world = new ModelWorld(options);
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    world.answer(request, response).catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    world.welcome(socket);
    connections.add(socket.on('close', () => connections.delete(socket)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: world.requests,
    get chats() {
      return world.requests.filter((request) => request.path === '/v1/chat/completions');
    },
    get chatCount() {
      return world.chatCount;
    },
    get connections() {
      return connections.size;
    },
    reply: (script) => world.use(script),
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

class ModelWorld {
  readonly requests: RecordedRequest[] = [];
  chatCount = 0;
  private readonly options: ModelServerOptions;
  private readonly logFd: number | undefined;
  private readonly numbers = new WeakMap<Socket, number>();
  private opened = 0;
  private script: (request: ChatRequest) => Reply | undefined = () => undefined;

  constructor(options: ModelServerOptions) {
    this.options = options;
    this.logFd = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  }

  use(script: Script): void {
    if (typeof script === 'function') {
      this.script = script;
    } else if (Array.isArray(script)) {
      const left = [...script];
      this.script = () => left.shift();
    } else {
      this.script = () => script;
    }
  }

  welcome(socket: Socket): void {
    this.numbers.set(socket, ++this.opened);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await read(request);
    const record = this.record(request, parse(bytes));
    response.on('close', () => {
      record.end = response.writableFinished ? 'answered' : 'gone';
    });
    if (this.options.apiKey !== undefined && keyOf(request) !== this.options.apiKey) {
      return send(response, fails(401, `Incorrect API key provided: ${keyOf(request)}.`, { code: 'invalid_api_key' }));
    }
    const { method, path, body } = record;
    if (method === 'POST' && path === '/v1/chat/completions') return this.chat(record, response, bytes);
    if (method === 'POST' && path === '/v1/embeddings' && body)
      return sendJson(response, embeddings(body, this.options.dimensions));
    if (method === 'GET' && path === '/v1/models') return sendJson(response, modelList(this.options));
    send(response, fails(404, `Unknown request URL: ${method} ${path}.`, { code: 'unknown_url' }));
  }

  private record(request: IncomingMessage, body: JsonObject | null): RecordedRequest {
    const record: RecordedRequest = {
      method: request.method ?? 'GET',
      path: (request.url ?? '/').replace(/\?.*$/, ''),
      headers: request.headers as Record<string, string | undefined>,
      body,
      connection: this.numbers.get(request.socket) ?? 0,
      end: 'open',
    };
    const keep = this.options.keep ?? 10_000;
    if (keep > 0) this.requests.push(record);
    if (this.requests.length > keep) this.requests.shift();
    return record;
  }

  private async chat(record: RecordedRequest, response: ServerResponse, bytes: Buffer): Promise<void> {
    const body = record.body;
    const refused = body ? this.refusal(body) : fails(400, 'We could not parse the JSON body of your request.');
    if (refused || !body) return send(response, refused ?? {});
    const request = chatRequest(++this.chatCount, record.headers, body);
    const reply = this.script(request) ?? obedient(request);
    this.log(request, reply, bytes);
    const delayMs = (this.options.latencyMs ?? 0) + (reply.delayMs ?? 0);
    if (delayMs > 0) await pause(delayMs);
    await respond(request, reply, response);
  }

  private refusal(body: JsonObject): Reply | undefined {
    const field = this.options.refuseFields?.find((name) => body[name] !== undefined);
    if (field) return fails(400, `Unsupported parameter: '${field}'.`, { param: field, code: 'unsupported_parameter' });
    const message = refusalOf(body);
    return message ? fails(400, message, { type: 'invalid_request_error' }) : undefined;
  }

  private log(request: ChatRequest, reply: Reply, bytes: Buffer): void {
    if (this.logFd === undefined) return;
    const last = request.messages.at(-1);
    const line = {
      n: request.n,
      at: Date.now(),
      status: reply.status ?? 200,
      model: request.model,
      stream: request.stream,
      idempotencyKey: request.headers['idempotency-key'] ?? null,
      messages: request.messages.length,
      lastRole: last?.['role'] ?? null,
      lastUserText: request.lastUserText.slice(0, 2_000),
      calls: (reply.calls ?? []).map((call) => call.name),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
    writeSync(this.logFd, `${JSON.stringify(line)}\n`);
  }
}

const keyOf = (request: IncomingMessage) =>
  request.headers.authorization?.replace(/^Bearer /, '') ?? String(request.headers['api-key'] ?? '');

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

function parse(bytes: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

const modelList = ({ models = ['gpt-5-mini', 'test-model'] }: ModelServerOptions): JsonObject => ({
  object: 'list',
  data: models.map((id) => ({ id, object: 'model', created: 1_750_000_000, owned_by: 'test' })),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      log: { type: 'string' },
      latency: { type: 'string' },
      key: { type: 'string' },
      keep: { type: 'string' },
    },
  });
  const server = await startModelServer({
    port: Number(values.port ?? 0),
    latencyMs: Number(values.latency ?? 0),
    keep: Number(values.keep ?? 0),
    ...(values.log === undefined ? {} : { logFile: values.log }),
    ...(values.key === undefined ? {} : { apiKey: values.key }),
  });
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`);
  process.once('SIGTERM', () => process.exit(0));
}

if (import.meta.main) await main();
