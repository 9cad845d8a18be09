import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { goesOn, isOutcomeUnknown, type TaskLink } from '../../../../src/main/agent/tool.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';
import { RuntimeError } from '../../../../src/shared/errors.ts';
import { taskServer } from '../../../world/task-server.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { listen, stop } from '../web-server.ts';
import { McpBench, use } from './mcp-bench.ts';

let bench: McpBench;
beforeEach(async () => {
  bench = await McpBench.open();
});
afterEach(() => bench[Symbol.asyncDispose]());

const done = () => {
  const path = join(bench.folder, 'ledger');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};
const open = () => writeFileSync(join(bench.folder, 'open'), '');
const box = (modes: string[] = [], more: object = {}) =>
  bench.toolbox({ cart: ServerConfig.parse({ ...taskServer(bench.folder, modes), ...more }) });

function link(known?: string): TaskLink & { names: string[] } {
  const names: string[] = [];
  return { names, ...(known === undefined ? {} : { known }), begun: async (name) => void names.push(name) };
}

test('a call is made as a task, whose name is kept before its end is waited for', async () => {
  const task = link();
  const going = use(box(), 'cart.haul', { what: 'coal' }, toolCall({ task }));
  await until(() => task.names.length === 1);
  expect(done()).toEqual(['called haul coal']);
  open();
  expect(await going).toEqual({ content: 'hauled coal', taint: ['mcp:cart'] });
  expect(done()).toEqual(['called haul coal', 'did coal']);
});

test('a task is asked for by its name by whoever knows it, also of a server that was started anew', async () => {
  const task = link();
  const first = box();
  const stop = new AbortController();
  const going = refusal(() => use(first, 'cart.haul', { what: 'coal' }, toolCall({ task, signal: stop.signal })));
  await until(() => task.names.length === 1);
  stop.abort(new RuntimeError('RUN_CANCELLED', 'The run was stopped.', goesOn));
  await going;
  first.close();
  open();
  const again = await use(box(), 'cart.haul', { what: 'coal' }, toolCall({ task: link(task.names[0]) }));
  expect(again.content).toBe('hauled coal');
  expect(done()).toEqual(['called haul coal', 'did coal']);
});

test('a task that the server does not know any more may have been done, which nobody can tell', async () => {
  const error = await refusal(() => use(box(), 'cart.haul', {}, toolCall({ task: link('gone') })));
  expect([error.code, isOutcomeUnknown(error)]).toEqual(['MCP_TASK_GONE', true]);
  open();
  const lost = await refusal(() => use(box(['--loses-results']), 'cart.haul', {}, toolCall({ task: link() })));
  expect([lost.code, isOutcomeUnknown(lost)]).toEqual(['MCP_TASK_GONE', true]);
});

test('a task that came to nothing is a refusal, and nobody doubts it', async () => {
  open();
  const error = await refusal(() => use(box(), 'cart.haul', { what: 'fail' }, toolCall({ task: link() })));
  expect([error.code, isOutcomeUnknown(error)]).toEqual(['TOOL_FAILED', false]);
  expect(error.message).toContain('the cart broke');
});

test('a call that is cancelled cancels its task', async () => {
  const task = link();
  const stop = new AbortController();
  const going = refusal(() => use(box(), 'cart.haul', { what: 'coal' }, toolCall({ task, signal: stop.signal })));
  await until(() => task.names.length === 1);
  stop.abort(new RuntimeError('RUN_CANCELLED', 'The run was stopped.'));
  await going;
  await until(() => done().includes('cancelled coal'));
});

test('what may be done as a task is, unless it only reads; a server that does no tasks is asked for none', async () => {
  open();
  const task = link();
  const trusted = box([], { trust: true });
  await trusted.ready(new AbortController().signal);
  expect((await use(trusted, 'cart.may', { what: 1 }, toolCall({ task }))).content).toBe('hauled 1');
  expect((await use(trusted, 'cart.look', { what: 2 }, toolCall({ task }))).content).toBe('at once: 2');
  expect((await use(trusted, 'cart.plain', { what: 3 }, toolCall({ task }))).content).toBe('at once: 3');
  expect(task.names).toHaveLength(1);
  expect(trusted.tools.filter(({ isTask }) => isTask).map(({ name }) => name)).toEqual(['cart.haul', 'cart.may']);
});

test('a server stays up as long as it does a task, however seldom it is asked', async () => {
  const task = link();
  const going = use(box([], { idleAfter: '1ms' }), 'cart.haul', { what: 'coal' }, toolCall({ task }));
  await until(() => task.names.length === 1);
  open();
  expect((await going).content).toBe('hauled coal');
  expect((await bench.pool.status())[0]?.starts).toBe(1);
});

test('servers of the official SDK do calls as tasks, and are asked for what came of them', async () => {
  const taskStore = new InMemoryTaskStore();
  let calls = 0;
  let finish = async () => {};
  const http = createServer(async (request, response) => {
    const capabilities = { tasks: { cancel: {}, requests: { tools: { call: {} } } } };
    const server = new McpServer({ name: 'sdk', version: '1' }, { capabilities, taskStore });
    server.experimental.tasks.registerToolTask(
      'dig',
      { inputSchema: { metres: z.number() }, execution: { taskSupport: 'required' } },
      {
        async createTask({ metres }, { taskStore: store, taskRequestedTtl: ttl }) {
          calls++;
          const task = await store.createTask({ ttl: ttl ?? null, pollInterval: 20 });
          const result = { content: [{ type: 'text' as const, text: `${metres} m` }] };
          finish = () => store.storeTaskResult(task.taskId, 'completed', result);
          return { task };
        },
        getTask: (_args, { taskId, taskStore: store }) => store.getTask(taskId),
        getTaskResult: async (_args, { taskId, taskStore: store }) =>
          (await store.getTaskResult(taskId)) as { content: [] },
      },
    );
    const transport = new StreamableHTTPServerTransport({});
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response);
  });
  const url = `http://127.0.0.1:${await listen(http)}/mcp`;
  try {
    const task = link();
    const web = bench.toolbox({ sdk: ServerConfig.parse({ url }) });
    const dug = { content: '3 m', taint: ['mcp:sdk'] };
    const digging = use(web, 'sdk.dig', { metres: 3 }, toolCall({ task }));
    await until(() => task.names.length === 1);
    await finish();
    expect(await digging).toEqual(dug);
    expect(await use(web, 'sdk.dig', { metres: 3 }, toolCall({ task: link(task.names[0]) }))).toEqual(dug);
    expect(calls).toBe(1);
    const gone = await refusal(() => use(web, 'sdk.dig', { metres: 3 }, toolCall({ task: link('gone') })));
    expect(gone.code).toBe('MCP_TASK_GONE');
  } finally {
    taskStore.cleanup();
    await stop(http);
  }
});
