import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { InboxItemView, RunView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { startTaskServer, taskServer } from '../world/task-server.ts';
import { until } from '../world/until.ts';

/**
 * A node is killed while a tool server does a task for it: the server is a program on stdio, which goes with the node and
 * keeps its tasks in a file, or one over HTTP that outlives it. What the task did is counted by the server.
 */
const kills = Number(process.env['KILLS'] ?? 3);
const script = `export default async function run(event, agent) {
  return await agent.tool('cart.haul', { what: event.payload.what });
}`;

type Kind = 'stdio' | 'http' | 'http that binds tasks to its session';

async function ground(kind: Kind, given: string[] = []) {
  const modes = kind === 'http that binds tasks to its session' ? [...given, '--sessions'] : given;
  const folder = home();
  const cart = join(folder, 'cart');
  mkdirSync(cart, { recursive: true });
  const web = kind !== 'stdio' ? await startTaskServer(cart, modes) : undefined;
  onTestFinished(() => void web?.child.kill('SIGKILL'));
  let node = await startNode(folder);
  onTestFinished(() => node.kill());
  const manifest = {
    version: '1.0',
    name: 'hauler',
    model: 'script',
    script,
    servers: { cart: web ? { url: web.url } : taskServer(cart, modes) },
  };
  expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  const ledger = join(cart, 'ledger');
  return {
    get node() {
      return node;
    },
    web,
    cart,
    did: () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []),
    open: () => writeFileSync(join(cart, 'open'), ''),
    async killed(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
      await node.kill(signal);
      node = await startNode(folder);
    },
  };
}

async function wake(node: NodeChild, what: string): Promise<string> {
  const { body } = await node.call('POST', '/processes/hauler/wake', { payload: { what } });
  return (body as { eventId: string }).eventId;
}

async function runOf(node: NodeChild, event: string): Promise<RunView | undefined> {
  const { body } = await node.call('GET', '/runs?process=hauler');
  const found = (body as { items: { id: string; eventId: string }[] }).items.find(({ eventId }) => eventId === event);
  return found && ((await node.call('GET', `/runs/${found.id}`)).body as RunView);
}

/** The run once its call is known to be a task. */
const attached = (node: NodeChild, event: string) =>
  until(async () => {
    const run = await runOf(node, event);
    return run?.steps[0]?.task ? run : undefined;
  }, 20_000);
const done = (node: NodeChild, event: string) =>
  until(async () => {
    const run = await runOf(node, event);
    return run?.state === 'done' ? run : undefined;
  }, 30_000);

test.each(['stdio', 'http', 'http that binds tasks to its session'] as const)(
  `G8: ${kills} kills in the middle of a task over %s: nobody is asked, and it is done once`,
  async (kind) => {
    const world = await ground(kind);
    const event = await wake(world.node, 'coal');
    await attached(world.node, event);
    for (let kill = 0; kill < kills; kill++) {
      await world.killed();
      await attached(world.node, event);
    }
    world.open();
    const run = await done(world.node, event);
    expect(run.output).toBe('hauled coal');
    expect(run.steps[0]).toMatchObject({ state: 'ok', attempt: 1, by: 're-attached' });
    const did = world.did().filter((line) => line !== 'session ended');
    expect(did).toEqual(['called haul coal', 'did coal']);
    expect((await world.node.call('GET', '/inbox')).body).toMatchObject({ items: [] });
  },
  120_000,
);

test('a node that ends in order leaves the session alone in which a task is under way, and ends it when that is done', async () => {
  const world = await ground('http that binds tasks to its session');
  const event = await wake(world.node, 'coal');
  await attached(world.node, event);
  await world.killed('SIGTERM');
  await attached(world.node, event);
  expect(world.did()).toEqual(['called haul coal']);
  world.open();
  expect((await done(world.node, event)).output).toBe('hauled coal');
  await until(() => world.did().includes('session ended'));
  expect(world.did()).toEqual(['called haul coal', 'did coal', 'session ended']);
}, 120_000);

test('a run that is cancelled after its node was killed cancels the task that is bound to the session before', async () => {
  const world = await ground('http that binds tasks to its session');
  const event = await wake(world.node, 'coal');
  await attached(world.node, event);
  await world.killed();
  const run = await attached(world.node, event);
  expect((await world.node.call('POST', `/runs/${run.id}/cancel`, {})).status).toBe(200);
  await until(() => world.did().includes('cancelled coal'));
}, 60_000);

test('a task that ended while nobody was there to hear of it is asked for, also when its server comes later', async () => {
  const world = await ground('http');
  const event = await wake(world.node, 'coal');
  await attached(world.node, event);
  await world.node.kill('SIGKILL');
  world.open();
  await until(() => world.did().includes('did coal'));
  world.web?.child.kill('SIGKILL');
  await world.killed();
  await until(async () => (await runOf(world.node, event))?.state === 'running');
  const again = await startTaskServer(world.cart, ['--port', String(world.web?.port)]);
  onTestFinished(() => void again.child.kill('SIGKILL'));
  expect((await done(world.node, event)).output).toBe('hauled coal');
  expect(world.did()).toEqual(['called haul coal', 'did coal']);
}, 120_000);

test('a task that its server has forgotten is asked about like any call in doubt', async () => {
  const world = await ground('stdio', ['--forgets']);
  const event = await wake(world.node, 'coal');
  await attached(world.node, event);
  await world.killed();
  const item = await until(async () => {
    const { body } = await world.node.call('GET', '/inbox');
    return (body as { items: InboxItemView[] }).items[0];
  }, 30_000);
  expect(item.kind).toBe('in_doubt');
  world.open();
  await world.node.call('POST', `/inbox/${item.id}/answer`, { answer: 'run_again' });
  await done(world.node, event);
  expect(world.did()).toEqual(['called haul coal', 'called haul coal', 'did coal']);
}, 120_000);

test('a run that is cancelled cancels its task over there', async () => {
  const world = await ground('http');
  const event = await wake(world.node, 'coal');
  const run = await attached(world.node, event);
  expect((await world.node.call('POST', `/runs/${run.id}/cancel`, {})).status).toBe(200);
  await until(() => world.did().includes('cancelled coal'));
  rmSync(join(world.cart, 'open'), { force: true });
  expect((await runOf(world.node, event))?.state).toBe('cancelled');
}, 60_000);
