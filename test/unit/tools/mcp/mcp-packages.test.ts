import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Toolbox } from '../../../../src/main/agent/tools/toolbox.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { McpBench, use } from './mcp-bench.ts';

/**
 * The servers that most people meet first, as they are published. Where they are not installed, the suite is skipped and
 * says so; `MCP_PACKAGES` names a folder in whose node_modules they are.
 */
const folder = process.env['MCP_PACKAGES'];
const require = createRequire(folder === undefined ? import.meta.url : join(folder, 'package.json'));
function entry(name: string): string | undefined {
  const [manifest] = (require.resolve.paths(name) ?? [])
    .map((place) => join(place, name, 'package.json'))
    .filter((path) => existsSync(path));
  return manifest && join(dirname(manifest), 'dist/index.js');
}
const everything = entry('@modelcontextprotocol/server-everything');
const filesystem = entry('@modelcontextprotocol/server-filesystem');
const memory = entry('@modelcontextprotocol/server-memory');
for (const [name, found] of Object.entries({ everything, filesystem, memory })) {
  if (!found)
    console.warn(
      `SKIPPED: @modelcontextprotocol/server-${name} is not installed; npm install it, or set MCP_PACKAGES.`,
    );
}

let bench: McpBench;
beforeEach(async () => {
  bench = await McpBench.open();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  expect(bench.left()).toEqual([]);
});
const start = async (name: string, args: string[], more: object = {}): Promise<Toolbox> => {
  const box = bench.toolbox({ [name]: ServerConfig.parse({ command: process.execPath, args, ...more }) });
  expect(await box.ready(new AbortController().signal)).toEqual([]);
  return box;
};
const names = (box: Toolbox) => box.tools.slice(5).map(({ name }) => name);

describe.skipIf(!everything)('server-everything', () => {
  test('lists and serves tools, resources and prompts', async () => {
    const box = await start('all', [everything ?? '', 'stdio']);
    expect(names(box)).toEqual(expect.arrayContaining(['all.echo', 'all.get-sum']));
    expect((await use(box, 'all.echo', { message: 'hello' })).content).toBe('Echo: hello');
    expect((await use(box, 'all.get-sum', { a: 2, b: 3 })).content).toContain('5');
    expect((await refusal(() => use(box, 'all.get-sum', { a: 'two' }))).code).toBe('TOOL_ARGS_INVALID');
    const { signal } = new AbortController();
    const [status] = await bench.pool.status();
    const server = bench.pool.get(status?.key ?? '');
    const resources = (await server.list('resources', signal)) as { uri: string }[];
    expect(resources.length).toBeGreaterThan(0);
    expect(await server.read('resources/read', { uri: resources[0]?.uri ?? '' }, signal)).toHaveProperty('contents');
    expect(((await server.list('prompts', signal)) as JsonObject[]).map(({ name }) => name)).toContain('simple-prompt');
    expect(await server.read('prompts/get', { name: 'simple-prompt' }, signal)).toHaveProperty('messages');
    expect(await server.list('resources/templates', signal)).not.toEqual([]);
  });

  test('reports progress', async () => {
    const box = await start('all', [everything ?? '', 'stdio']);
    const told: number[] = [];
    const call = toolCall({ onProgress: ({ done }) => void told.push(done) });
    await use(box, 'all.trigger-long-running-operation', { duration: 0.4, steps: 4 }, call);
    expect(told.slice(0, 3)).toEqual([1, 2, 3]);
  });

  test('structured content comes as data', async () => {
    const box = await start('all', [everything ?? '', 'stdio']);
    expect((await use(box, 'all.get-structured-content', { location: 'New York' })).content).toMatchObject({
      temperature: expect.any(Number),
    });
  });
});

describe.skipIf(!filesystem)('server-filesystem', () => {
  test('reads and writes in the folder it is given, and nowhere else', async () => {
    const root = await realpath(bench.folder);
    const shared = join(root, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'a.txt'), 'from a file');
    const box = await start('files', [filesystem ?? '', shared], { trust: true });
    expect((await use(box, 'files.read_text_file', { path: join(shared, 'a.txt') })).content).toMatchObject({
      content: 'from a file',
    });
    await use(box, 'files.write_file', { path: join(shared, 'b.txt'), content: 'written' });
    expect(await readFile(join(shared, 'b.txt'), 'utf8')).toBe('written');
    const outside = await use(box, 'files.read_text_file', { path: '/etc/hostname' });
    expect(outside.isError).toBe(true);
    const reach = (name: string) => box.tools.find((tool) => tool.name === name)?.reach;
    expect([reach('files.read_text_file'), reach('files.move_file')]).toEqual(['readOnly', 'other']);
  });
});

describe.skipIf(!memory)('server-memory', () => {
  test('remembers over a restart', async () => {
    const env = { MEMORY_FILE_PATH: join(bench.folder, 'memory.jsonl') };
    const box = await start('graph', [memory ?? ''], { env });
    await use(box, 'graph.create_entities', {
      entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote the first program'] }],
    });
    const [status] = await bench.pool.status();
    await bench.pool.get(status?.key ?? '').stop();
    expect(bench.left()).toEqual([]);
    const { content } = await use(box, 'graph.search_nodes', { query: 'Ada' });
    expect(JSON.stringify(content)).toContain('wrote the first program');
    expect((await bench.pool.status())[0]?.starts).toBe(2);
  });
});
