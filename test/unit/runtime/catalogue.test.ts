import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { importServers } from '../../../src/main/runtime/manifests/import-servers.ts';
import type { ToolServerView } from '../../../src/shared/views/catalogue-views.ts';
import { handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { startModelServer } from '../../world/model-server.ts';
import { until } from '../../world/until.ts';

const faulty = fileURLToPath(new URL('../tools/mcp/faulty-server.mjs', import.meta.url));
const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('models', () => {
  test('lists what processes use, its price and what keeps it from being used', async () => {
    const { api } = await handRuntime();
    const manifest = (name: string, model: unknown) => ({ version: '1.0', name, model, instructions: 'x' }) as never;
    await api.createProcess({ manifest: manifest('one', 'openai:gpt-5-mini') });
    await api.createProcess({
      manifest: manifest('two', {
        id: 'openai-compatible:mine',
        base_url: 'http://127.0.0.1:9/v1',
        input_price: 1,
        output_price: 2,
      }),
    });
    const { configured, providers, keys } = await api.listModels({});
    expect(configured.map(({ id, processes }) => [id, processes])).toEqual([
      ['openai-compatible:mine', ['two']],
      ['openai:gpt-5-mini', ['one']],
    ]);
    expect(configured[0]).toMatchObject({ price: { input: 1, output: 2 }, problem: null });
    expect(configured[1]?.price?.input).toBeGreaterThan(0);
    expect(providers.find(({ name }) => name === 'openai')).toMatchObject({
      local: false,
      variables: expect.arrayContaining(['OPENAI_API_KEY']),
    });
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['provider', 'variable']);
  });

  test('tries one for a word, and says why it cannot', async () => {
    const { api } = await handRuntime();
    const model = await startModelServer();
    onTestFinished(() => model.close());
    model.reply({ text: 'ready' });
    expect(await api.tryModel({ id: 'openai-compatible:test', baseUrl: model.url })).toMatchObject({
      ok: true,
      text: 'ready',
      error: null,
    });
    expect(await api.tryModel({ id: 'openai-compatible:test', baseUrl: 'http://127.0.0.1:9' })).toMatchObject({
      ok: false,
      error: { code: 'MODEL_UNREACHABLE' },
    });
    expect(await api.tryModel({ id: 'nobody:x' })).toMatchObject({ ok: false, error: { code: 'MODEL_UNKNOWN' } });
  });
});

describe('tool servers', () => {
  test('are listed while they are used; a tool that changed waits for approval, and works after it', async () => {
    const { api, clock } = await handRuntime();
    const server = { command: process.execPath, args: [faulty, '--ledger', join(folder(), 'ledger')] };
    const body = `try { return (await agent.tool(event.payload.tool, {})) ?? 'done'; } catch (failure) { return failure.code; }`;
    await api.createProcess({
      manifest: { version: '1.0', name: 'p', ...script(body), servers: { a: server } } as never,
      start: true,
    });
    const use = async (tool: string) => {
      const { eventId } = await api.wakeProcess({ name: 'p', payload: { tool } });
      const run = await until(async () => {
        await clock.advance(1);
        return (await api.listRuns({ process: 'p' })).items.find(
          (one) => one.eventId === eventId && one.endedAt !== null,
        );
      });
      return run.output;
    };
    expect(await use('a.effect')).toBe('done');
    const listed = async () => (await api.listToolServers({})).items[0] as ToolServerView;
    expect(await listed()).toMatchObject({
      names: ['a'],
      transport: 'stdio',
      state: 'ready',
      users: ['p'],
      lastError: null,
    });
    expect((await listed()).pid).toBeGreaterThan(0);
    await use('a.change-effect');
    const waiting = async () =>
      (await listed()).tools.filter(({ awaitsApprovalOf }) => awaitsApprovalOf.includes('p')).map(({ name }) => name);
    await until(async () => (await waiting()).length > 0);
    expect(await waiting()).toEqual(['effect']);
    expect(await use('a.effect')).toBe('TOOL_CHANGED');
    await expect(api.approveTools({ name: 'p', server: 'a', tools: ['nonsense'] })).rejects.toMatchObject({
      code: 'TOOL_UNKNOWN',
    });
    await expect(api.approveTools({ name: 'p', server: 'b' })).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
    expect(await api.approveTools({ name: 'p', server: 'a', tools: ['effect'] })).toEqual({ approved: ['effect'] });
    expect(await waiting()).toEqual([]);
    expect(await use('a.effect')).toBe('done');
  });
});

test('tools of a server are switched and asked about one by one, and the server goes on while that is changed', async () => {
  const { api, clock } = await handRuntime();
  const server = { command: process.execPath, args: [faulty, '--ledger', join(folder(), 'ledger')] };
  const body = `try { return (await agent.tool(event.payload.tool, {})) ?? 'done'; } catch (failure) { return failure.code; }`;
  const manifest = (more: object) =>
    ({ version: '1.0', name: 'p', ...script(body), servers: { a: server }, ...more }) as never;
  await api.createProcess({ manifest: manifest({}), start: true });
  await api.askToolServers({ name: 'p' });
  const rules = { tools: { 'a.put': false }, approvals: { tools: ['a.*', '!a.effect'] } };
  await api.updateProcess({ name: 'p', manifest: manifest(rules) });
  // What it was asked before is known still, and nothing was started again.
  await until(async () => (await api.listToolServers({})).items[0]?.uses.length === 1);
  const [known] = (await api.listToolServers({})).items as [ToolServerView];
  expect(known).toMatchObject({ starts: 1, uses: [{ process: 'p', name: 'a' }] });
  expect(known.tools.find(({ name }) => name === 'echo')?.hints).toEqual({
    readOnly: true,
    idempotent: null,
    destructive: null,
  });
  const wake = async (tool: string) => (await api.wakeProcess({ name: 'p', payload: { tool } })).eventId;
  const done = async (event: string) => {
    const run = await until(async () => {
      await clock.advance(1);
      return (await api.listRuns({ process: 'p' })).items.find((one) => one.eventId === event && one.endedAt !== null);
    });
    return run.output;
  };
  expect(await done(await wake('a.effect'))).toBe('done');
  expect(await done(await wake('a.put'))).toBe('TOOL_UNKNOWN');
  const event = await wake('a.meta');
  const item = await until(async () => {
    await clock.advance(1);
    return (await api.listInbox({})).items.find(({ title }) => title.includes('a.meta'));
  });
  await api.answerInboxItem({ id: item.id, answer: 'deny' });
  expect(await done(event)).toBe('APPROVAL_DENIED');
});

describe('the servers of another client', () => {
  const file = (name: string, text: string) => {
    const path = join(folder(), name);
    writeFileSync(path, text);
    return path;
  };

  test('are read from a desktop client; secrets become names of variables', async () => {
    const path = file(
      'claude_desktop_config.json',
      JSON.stringify({
        mcpServers: {
          'my files': { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem@2026.1.1', '/data'] },
          github: { command: 'docker', args: ['run', 'x'], env: { GITHUB_TOKEN: 'ghp_verysecret', LOG: 'debug' } },
          remote: { url: 'https://mcp.example.com/mcp', headers: { Authorization: 'Bearer verysecret' } },
          old: { type: 'sse', url: 'https://mcp.example.com/sse' },
          odd: 7,
        },
      }),
    );
    const imported = await importServers(path);
    expect(imported.servers).toMatchObject({
      'my-files': { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem@2026.1.1', '/data'] },
      github: { command: 'docker', env: { GITHUB_TOKEN: '${GITHUB_TOKEN}', LOG: 'debug' } },
      remote: { url: 'https://mcp.example.com/mcp', headers: { Authorization: '${AUTHORIZATION}' } },
    });
    expect(imported.variables).toEqual(['GITHUB_TOKEN', 'AUTHORIZATION']);
    expect(imported.skipped.map(({ name }) => name)).toEqual(['old', 'odd']);
    expect(JSON.stringify(imported)).not.toContain('verysecret');
  });

  test('are read from YAML with extensions, and from an editor', async () => {
    const yaml = `extensions:\n  memory:\n    type: stdio\n    cmd: node\n    args: [server.js]\n    env_keys: [MEMORY_KEY]\n  developer:\n    type: builtin\n  web:\n    type: streamable_http\n    uri: https://x.example/mcp\n`;
    const imported = await importServers(file('config.yaml', yaml));
    expect(imported).toMatchObject({
      servers: {
        memory: { command: 'node', env: { MEMORY_KEY: '${MEMORY_KEY}' } },
        web: { url: 'https://x.example/mcp' },
      },
      skipped: [{ name: 'developer' }],
      variables: ['MEMORY_KEY'],
    });
    const editor = await importServers(file('mcp.json', '{"servers":{"a":{"type":"stdio","command":"node"}}}'));
    expect(Object.keys(editor.servers)).toEqual(['a']);
  });

  test.each([
    [
      'an editor, with comments, inputs and trailing commas',
      'mcp.json',
      `{
        // asked for once
        "inputs": [{ "type": "promptString", "id": "tickets-key", "password": true }],
        "servers": {
          "tickets": { "type": "http", "url": "https://x.example/mcp", "headers": { "X-Key": "\${input:tickets-key}", }, },
          /* runs here */
          "files": { "type": "stdio", "command": "node", "args": ["a.js", "//not a comment"], "env": { "TOKEN": "\${env:FILES_TOKEN}" } },
        },
      }`,
      {
        tickets: { url: 'https://x.example/mcp', headers: { 'X-Key': '${TICKETS_KEY}' } },
        files: { command: 'node', args: ['a.js', '//not a comment'], env: { TOKEN: '${FILES_TOKEN}' } },
      },
      ['TICKETS_KEY', 'FILES_TOKEN'],
    ],
    [
      'a terminal agent, in TOML',
      'config.toml',
      `model = "x" # which
      [mcp_servers.docs]
      command = "npx"
      args = [
        "-y", 'docs-server@1.2.3', # pinned
      ]
      env = { API_KEY = "verysecret", LEVEL = "debug" }
      [mcp_servers."web search"]
      url = "https://x.example/mcp"
      bearer_token_env_var = "SEARCH_TOKEN"
      [mcp_servers.off]
      command = "node"
      enabled = false`,
      {
        docs: { command: 'npx', args: ['-y', 'docs-server@1.2.3'], env: { API_KEY: '${API_KEY}', LEVEL: 'debug' } },
        'web-search': { url: 'https://x.example/mcp', headers: { Authorization: 'Bearer ${SEARCH_TOKEN}' } },
      },
      ['API_KEY', 'SEARCH_TOKEN'],
    ],
    [
      'a terminal agent that keeps servers by project',
      'settings.json',
      '{"mcpServers":{"all":{"type":"stdio","command":"node"}},"projects":{"/a":{"mcpServers":{"one":{"type":"http","url":"https://x.example/mcp"}}},"/b":{}}}',
      { all: { command: 'node' }, one: { url: 'https://x.example/mcp' } },
      [],
    ],
    [
      'a terminal client with addresses under httpUrl',
      'settings.json',
      '{"mcpServers":{"web":{"httpUrl":"https://x.example/mcp","timeout":5000,"trust":false},"gone":{"command":"node","disabled":true}}}',
      { web: { url: 'https://x.example/mcp' } },
      [],
    ],
    [
      'an editor extension, as a list in YAML',
      'config.yaml',
      'name: mine\nmcpServers:\n  - name: Docs Server\n    command: uvx\n    args: [docs==1.0.0]\n  - name: web\n    type: streamable-http\n    url: https://x.example/mcp\n',
      { 'Docs-Server': { command: 'uvx', args: ['docs==1.0.0'] }, web: { url: 'https://x.example/mcp' } },
      [],
    ],
    [
      'a client that writes commands as lists',
      'client.json',
      '{"mcp":{"local":{"type":"local","command":["node","server.js"],"environment":{"PASSWORD":"verysecret"}},"far":{"type":"remote","url":"https://x.example/mcp"},"timeout":5}}',
      {
        local: { command: 'node', args: ['server.js'], env: { PASSWORD: '${PASSWORD}' } },
        far: { url: 'https://x.example/mcp' },
      },
      ['PASSWORD'],
    ],
    [
      'an editor that nests the command',
      'settings.json',
      '{"context_servers":{"a":{"source":"custom","command":{"path":"node","args":["a.js"],"env":{"N":"1"}}}}}',
      { a: { command: 'node', args: ['a.js'], env: { N: '1' } } },
      [],
    ],
  ] as const)('are read from %s', async (_client, name, text, servers, variables) => {
    const imported = await importServers(file(name, text));
    expect(Object.keys(imported.servers).sort()).toEqual(Object.keys(servers).sort());
    expect(imported.servers).toMatchObject(servers);
    expect(imported.variables).toEqual(variables);
    expect(JSON.stringify(imported)).not.toContain('verysecret');
  });

  test('a file that is none is refused by name', async () => {
    await expect(importServers(join(folder(), 'none.json'))).rejects.toMatchObject({ code: 'MANIFEST_NOT_FOUND' });
    await expect(importServers(file('a.json', '{"a": 1}'))).rejects.toThrow('names no MCP servers');
    await expect(importServers(file('b.json', '{"a": ['))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});
