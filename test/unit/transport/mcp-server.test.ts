import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../../src/shared/api.ts';

import { script } from '../../world/make.ts';
import { type NodeChild, startNode } from '../../world/node-child.ts';

let node: NodeChild;
const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
beforeAll(async () => {
  node = await startNode(folder);
}, 30_000);
afterAll(async () => {
  await node.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function overHttp(token = node.token): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${node.url}/mcp`), { requestInit }) as Parameters<Client['connect']>[0],
  );
  return client;
}
interface Called {
  isError?: boolean;
  content: { text: string }[];
  structuredContent?: Record<string, never>;
}
const call = async (client: Client, name: string, args: object = {}) =>
  (await client.callTool({ name, arguments: args as never })) as unknown as Called;

describe('the node as an MCP server', () => {
  test('offers every operation as a tool and says what each may do', async () => {
    const client = await overHttp();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(Object.keys(operations).sort());
    const hints = (name: string) => tools.find((tool) => tool.name === name)?.annotations;
    expect(hints('listProcesses')).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true });
    expect(hints('deleteProcess')).toMatchObject({ readOnlyHint: false, destructiveHint: true, idempotentHint: true });
    expect(hints('wakeProcess')).toMatchObject({ readOnlyHint: false, destructiveHint: false, idempotentHint: true });
    expect(hints('createProcess')).toMatchObject({ readOnlyHint: false, idempotentHint: false });
    expect(tools.find(({ name }) => name === 'getRun')?.inputSchema).toMatchObject({
      type: 'object',
      required: ['id'],
    });
    await client.close();
  });

  test('an agent is made, talked to and looked into by its tools and resources', async () => {
    const client = await overHttp();
    const manifest = { version: '1.0', name: 'echo', ...script(`return 'you said ' + event.payload.text;`) };
    expect((await call(client, 'createProcess', { manifest, start: true })).isError).toBeFalsy();
    const { structuredContent } = await call(client, 'chat', { name: 'echo', text: 'ho' });
    expect(structuredContent).toMatchObject({ state: 'done', reply: 'you said ho' });
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri);
    const runUri = `agent-runtime://runs/${String(structuredContent?.['runId'])}`;
    expect(uris).toEqual(
      expect.arrayContaining(['agent-runtime://processes/echo', 'agent-runtime://processes/echo/journal', runUri]),
    );
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toHaveLength(3);
    const read = async (uri: string) =>
      JSON.parse(String(((await client.readResource({ uri })).contents[0] as { text: string }).text));
    expect((await read('agent-runtime://processes/echo/journal')).items[0]).toMatchObject({ process: 'echo' });
    expect(await read(runUri)).toMatchObject({ process: 'echo', state: 'done' });
    await expect(read('agent-runtime://processes/nobody')).rejects.toThrow('PROCESS_NOT_FOUND');
    await expect(read('file:///etc/passwd')).rejects.toThrow('ROUTE_NOT_FOUND');
    await client.close();
  });

  test('a refusal is a result that says what would be accepted', async () => {
    const client = await overHttp();
    const refused = await call(client, 'getProcess', { name: 'nobody' });
    expect(refused).toMatchObject({ isError: true });
    expect(refused.content[0]?.text).toMatch(/^PROCESS_NOT_FOUND: .*List the processes/);
    expect((await call(client, 'getProcess', { nom: 'x' })).content[0]?.text).toMatch(/UNKNOWN_FIELD/);
    expect((await call(client, 'drop_everything')).content[0]?.text).toMatch(/TOOL_UNKNOWN/);
    await client.close();
  });

  test('stands behind the same front door: token, origin, method and form', async () => {
    const init = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const post = (more: object) =>
      fetch(`${node.url}/mcp`, { method: 'POST', body: init, headers: { ...headers, ...more } });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post({ authorization: `Bearer ${node.token}`, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ authorization: `Bearer ${node.token}`, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(`${node.url}/mcp`, { headers: { authorization: `Bearer ${node.token}` } })).status).toBe(405);
    await expect(overHttp('wrong')).rejects.toThrow();
  });

  test('over standard input and output, through the command line', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const cli = fileURLToPath(new URL('../../../src/main/cli/cli.ts', import.meta.url));
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp', '--data-dir', folder] }),
    );
    expect((await call(client, 'health')).structuredContent).toMatchObject({ ok: true });
    expect((await client.listTools()).tools.length).toBe(Object.keys(operations).length);
    expect((await call(client, 'getProcess', { name: 'nobody' })).content[0]?.text).toContain('PROCESS_NOT_FOUND');
    await client.close();
  });

  test('the command line says when there is no node, on standard error', async () => {
    const cli = fileURLToPath(new URL('../../../src/main/cli/cli.ts', import.meta.url));
    const child = spawn(process.execPath, [cli, 'mcp', '--data-dir', `${folder}-none`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toBe('');
    expect(err).toContain('NODE_UNREACHABLE');
  });
});
