import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import type { AuthorizationServer } from './authorization-server.ts';

/** A real MCP server over Streamable HTTP that answers only to tokens of an authorization server. */
export class GuardedMcp implements AsyncDisposable {
  url = '';
  calls = 0;
  /** Headers of requests that carried something else than a good token. */
  refused = 0;
  readonly #authority: AuthorizationServer;
  readonly #http = createServer((request, response) => void this.#answer(request, response));

  constructor(authority: AuthorizationServer) {
    this.#authority = authority;
  }

  static async open(authority: AuthorizationServer): Promise<GuardedMcp> {
    const server = new GuardedMcp(authority);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${(server.#http.address() as AddressInfo).port}/mcp`;
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = new URL(this.url);
    if (request.url?.startsWith('/.well-known/oauth-protected-resource')) {
      const about = { resource: this.url, authorization_servers: [this.#authority.url], scopes_supported: ['tools'] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(about));
      return;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token || !this.#authority.good.has(token)) {
      this.refused++;
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
      return;
    }
    const server = new McpServer({ name: 'guarded', version: '1.0' });
    server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }) => {
      this.calls++;
      return { content: [{ type: 'text', text: String(a + b) }] };
    });
    const transport = new StreamableHTTPServerTransport({});
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response);
  }
}
