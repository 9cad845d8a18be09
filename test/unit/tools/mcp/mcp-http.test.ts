import { createServer, type RequestListener } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isOutcomeUnknown } from '../../../../src/main/agent/tool.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { listen, stop } from '../web-server.ts';
import { McpBench, use } from './mcp-bench.ts';

let bench: McpBench;
beforeEach(async () => {
  bench = await McpBench.open();
});
afterEach(() => bench[Symbol.asyncDispose]());

/** A real server over Streamable HTTP, with sessions. */
class WebMcp implements AsyncDisposable {
  readonly sessions = new Map<string, StreamableHTTPServerTransport>();
  readonly headers: (string | undefined)[] = [];
  url = '';
  calls = 0;
  next: RequestListener | undefined;
  readonly #http = createServer((request, response) => {
    this.headers.push(request.headers.authorization);
    if (this.next && request.method === 'POST') this.next(request, response);
    else void this.#serve(request, response);
  });

  static async open(port = 0): Promise<WebMcp> {
    const web = new WebMcp();
    if (port > 0) await new Promise<void>((resolve) => web.#http.listen(port, '127.0.0.1', resolve));
    web.url = `http://127.0.0.1:${port || (await listen(web.#http))}/mcp`;
    return web;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#http);
  }

  async #serve(...[request, response]: Parameters<RequestListener>): Promise<void> {
    const id = request.headers['mcp-session-id'] as string | undefined;
    const known = id === undefined ? await this.#newSession() : this.sessions.get(id);
    if (known) await known.handleRequest(request, response);
    else
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
  }

  async #newSession(): Promise<StreamableHTTPServerTransport> {
    const server = new McpServer({ name: 'web', version: '2.0' });
    server.registerTool(
      'add',
      { inputSchema: { a: z.number(), b: z.number() } },
      async ({ a, b }, { sendNotification, _meta }) => {
        this.calls++;
        const progressToken = _meta?.progressToken;
        if (progressToken !== undefined)
          await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
        return { content: [{ type: 'text', text: String(a + b) }] };
      },
    );
    server.registerTool('hang', {}, () => new Promise(() => {}));
    server.registerTool('grow', {}, async () => {
      server.registerTool('grown', {}, async () => ({ content: [{ type: 'text', text: 'grown' }] }));
      return { content: [] };
    });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (session) => void this.sessions.set(session, transport),
      onsessionclosed: (session) => void this.sessions.delete(session),
    });
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    return transport;
  }
}

const config = (url: string, more: object = {}) => ServerConfig.parse({ url, ...more });

describe('a server over HTTP', () => {
  test('is shaken hands with, asked, and told good-bye', async () => {
    await using web = await WebMcp.open();
    const box = bench.toolbox(
      { web: config(web.url, { headers: { Authorization: 'secret://key' } }) },
      { reveal: async (text) => text.replace('secret://key', 'Bearer k') },
    );
    const told: unknown[] = [];
    const result = await use(
      box,
      'web.add',
      { a: 2, b: 3 },
      toolCall({ onProgress: (progress) => void told.push(progress) }),
    );
    expect(result).toEqual({ content: '5', taint: ['mcp:web'] });
    expect(told).toEqual([{ done: 1 }]);
    expect(new Set(web.headers)).toEqual(new Set(['Bearer k']));
    expect((await bench.pool.status())[0]).toMatchObject({
      transport: 'http',
      shown: web.url,
      pid: null,
      state: 'ready',
      server: { name: 'web' },
    });
    expect(web.sessions.size).toBe(1);
    box.close();
    await until(() => web.sessions.size === 0);
  });

  test('tells of new tools by itself', async () => {
    await using web = await WebMcp.open();
    const box = bench.toolbox({ web: config(web.url) });
    await use(box, 'web.grow');
    await until(() => box.tools.some(({ name }) => name === 'web.grown'));
  });

  test('that has forgotten the session is shaken hands with again, and the call is made once', async () => {
    await using web = await WebMcp.open();
    const box = bench.toolbox({ web: config(web.url) });
    await use(box, 'web.add', { a: 1, b: 1 });
    web.sessions.clear();
    expect((await use(box, 'web.add', { a: 2, b: 2 })).content).toBe('4');
    expect(web.calls).toBe(2);
  });

  test('that goes away fails the call, and is found again when it is back', async () => {
    const web = await WebMcp.open();
    const box = bench.toolbox({ web: config(web.url) });
    await use(box, 'web.add', { a: 1, b: 1 });
    await web[Symbol.asyncDispose]();
    const error = await refusal(() => use(box, 'web.add', { a: 1, b: 1 }));
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['FETCH_FAILED', false]);
    expect((await bench.pool.status())[0]?.state).toBe('failed');
    await using _back = await WebMcp.open(Number(new URL(web.url).port));
    await until(async () => (await use(box, 'web.add', { a: 1, b: 2 })).content === '3');
  });

  test('that hangs is left at the deadline, open whether it happened', async () => {
    await using web = await WebMcp.open();
    const box = bench.toolbox({ web: config(web.url, { timeout: '150ms' }) });
    const error = await refusal(() => use(box, 'web.hang'));
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['MCP_TIMEOUT', true]);
  });

  test.each<[string, RequestListener, string, boolean]>([
    ['breaks off', (_request, response) => void response.destroy(), 'FETCH_FAILED', true],
    ['says 500', (_request, response) => void response.writeHead(500).end('oops'), 'MCP_PROTOCOL_ERROR', true],
    ['says 400', (_request, response) => void response.writeHead(400).end('bad'), 'TOOL_FAILED', false],
    [
      'answers HTML',
      (_request, response) => void response.setHeader('content-type', 'text/html').end('<p>'),
      'MCP_PROTOCOL_ERROR',
      true,
    ],
    [
      'redirects',
      (_request, response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      'MCP_PROTOCOL_ERROR',
      true,
    ],
    [
      'sends 20 MB',
      (_request, response) =>
        void response.setHeader('content-type', 'application/json').end(Buffer.alloc(20 * 1024 * 1024, 32)),
      'MCP_PROTOCOL_ERROR',
      true,
    ],
  ])('that %s in a call is told as what it is', async (_what, next, code, unknown) => {
    await using web = await WebMcp.open();
    const box = bench.toolbox({ web: config(web.url) });
    await box.ready(new AbortController().signal);
    web.next = next;
    const error = await refusal(() => use(box, 'web.add', { a: 1, b: 1 }));
    expect([error.code, isOutcomeUnknown(error)]).toEqual([code, unknown]);
    expect(web.calls).toBe(0);
  });

  test('is reached by the rules of the egress guard', async () => {
    await bench[Symbol.asyncDispose]();
    await using web = await WebMcp.open();
    const port = Number(new URL(web.url).port);
    bench = await McpBench.open({ egress: { ownPorts: () => [port], resolve: async () => ['169.254.169.254'] } });
    const box = bench.toolbox({ own: config(web.url), cloud: config('https://tools.example.com/mcp') });
    const problems = await box.ready(new AbortController().signal);
    expect(problems.map(({ source, error }) => [source, error.code, error.details['reason']])).toEqual([
      ['own', 'POLICY_EGRESS_DENIED', 'own port'],
      ['cloud', 'POLICY_EGRESS_DENIED', 'special address'],
    ]);
    expect(web.headers).toEqual([]);
  });

  test('that wants other credentials says so', async () => {
    await using web = await WebMcp.open();
    web.next = (_request, response) => response.writeHead(401).end();
    const [problem] = await bench.toolbox({ web: config(web.url) }).ready(new AbortController().signal);
    expect(problem?.error.message).toBe(
      'Server "web" asks for other credentials; set its headers, or oauth: {} to sign in.',
    );
  });
});
