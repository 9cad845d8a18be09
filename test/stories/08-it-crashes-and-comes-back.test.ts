import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Deferred, deferred } from '../../src/main/lib/deferred.ts';
import type { InboxItemView, ProcessView, RunBrief, RunView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

// Each test starts several programs.
vi.setConfig({ testTimeout: 60_000 });

/** The world outside: it notes what happened, and answers when it is let. */
async function openShop() {
  const orders: string[] = [];
  const held = new Map<string, Deferred<void>>();
  const arrived: string[] = [];
  const server = createServer(async (request, response) => {
    const what = `${request.method} ${request.url?.slice(1)}`;
    const isOrder = request.method !== 'GET';
    if (isOrder) orders.push(what);
    arrived.push(what);
    await held.get(what)?.promise;
    response.end(JSON.stringify({ what }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders,
    arrived,
    /** Such requests are noted and not answered until this is resolved. */
    hold: (what: string) => void held.set(what, deferred()),
    release: () => {
      for (const waiting of held.values()) waiting.resolve();
      held.clear();
    },
  };
}

async function startedNode(folder: string): Promise<NodeChild> {
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  return node;
}

const buyer = (host: string) => ({
  version: '1.0',
  name: 'buyer',
  tools: { http_fetch: { allow_hosts: [host] } },
  ...script(`
    const at = 'http://${host}/';
    await agent.tool('http_fetch', { url: at + 'prices' });
    await agent.tool('http_fetch', { url: at + event.payload.item, method: 'POST', body: '{}' });
    await agent.context.set('bought', [...(agent.context.get('bought') ?? []), event.payload.item]);
    await agent.tool('http_fetch', { url: at + 'thanks' });
    return 'bought ' + event.payload.item`),
});

const thinker = (host: string, baseUrl: string) => ({
  version: '1.0',
  name: 'thinker',
  model: { id: 'openai-compatible:test', base_url: baseUrl },
  instructions: 'Look at the news.',
  tools: { http_fetch: { allow_hosts: [host] } },
});

const wake = (node: NodeChild, name: string, item: string) =>
  node.call('POST', `/processes/${name}/wake`, { payload: { item } }, { 'idempotency-key': item });

async function lastRun(node: NodeChild, name: string): Promise<RunView> {
  const { items } = (await node.call('GET', `/runs?process=${name}`)).body as { items: RunBrief[] };
  return (await node.call('GET', `/runs/${items[0]?.id}`)).body as RunView;
}

const done = (node: NodeChild, name: string) =>
  until(async () => {
    const run = await lastRun(node, name);
    return run.state === 'done' ? run : undefined;
  });

async function verified(node: NodeChild, name: string): Promise<void> {
  const { body } = await node.call('POST', `/processes/${name}/journal/verify`, {});
  expect(body).toMatchObject({ ok: true, problem: null });
  expect((await node.call('POST', '/node/rebuild', {})).body).toMatchObject({ equal: true, differences: [] });
}

describe('it crashes and comes back', () => {
  test('killed in the middle of two runs both go on there: nothing is done again, no answer is paid for twice', async () => {
    const shop = await openShop();
    const model = await startModelServer();
    onTestFinished(() => model.close());
    const folder = home();
    let node = await startedNode(folder);
    await node.call('POST', '/processes', { manifest: buyer(shop.host), start: true });
    await node.call('POST', '/processes', { manifest: thinker(shop.host, model.url), start: true });
    model.reply((request) =>
      request.toolAnswers.length > 0 ? says('Looked.') : calls('http_fetch', { url: `http://${shop.host}/news` }),
    );
    shop.hold('GET thanks');
    shop.hold('GET news');
    await wake(node, 'buyer', 'tea');
    await wake(node, 'thinker', 'news');
    await until(() => shop.arrived.includes('GET thanks') && shop.arrived.includes('GET news'));
    await node.kill('SIGKILL');
    shop.release();

    node = await startedNode(folder);
    const run = await done(node, 'buyer');
    expect(run.output).toBe('bought tea');
    expect(shop.orders).toEqual(['POST tea']);
    expect(run.steps.map(({ step, attempt }) => [step, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
    ]);
    expect((await done(node, 'thinker')).output).toBe('Looked.');
    expect(model.chatCount).toBe(2);
    expect(shop.arrived.sort()).toEqual(['GET news', 'GET news', 'GET prices', 'GET thanks', 'GET thanks', 'POST tea']);
    expect((await node.call('GET', '/processes/buyer')).body).toMatchObject({ state: 'running' });
    await verified(node, 'buyer');
    await verified(node, 'thinker');
  });

  test('killed while an order was under way it does not guess: it asks, and goes on with the answer', async () => {
    const shop = await openShop();
    const folder = home();
    let node = await startedNode(folder);
    await node.call('POST', '/processes', { manifest: buyer(shop.host), start: true });
    shop.hold('POST tea');
    await wake(node, 'buyer', 'tea');
    await until(() => shop.orders.length === 1);
    await node.kill('SIGKILL');
    shop.release();

    node = await startedNode(folder);
    const item = await until(async () => {
      const { items } = (await node.call('GET', '/inbox')).body as { items: InboxItemView[] };
      return items[0];
    });
    expect(item).toMatchObject({ kind: 'in_doubt', process: 'buyer', choices: ['happened', 'run_again', 'give_up'] });
    expect(item.about['args']).toMatchObject({ method: 'POST', url: `http://${shop.host}/tea` });
    await until(async () => ((await node.call('GET', '/processes/buyer')).body as ProcessView).state === 'awaiting');

    // What comes meanwhile is not held up.
    await wake(node, 'buyer', 'milk');
    await until(() => shop.orders.includes('POST milk'));
    await done(node, 'buyer');

    await node.kill('SIGKILL');
    node = await startedNode(folder);
    const answer = { verdict: 'happened', result: { status: 200 } };
    expect((await node.call('POST', `/inbox/${item.id}/answer`, { answer })).status).toBe(200);
    expect((await node.call('POST', `/inbox/${item.id}/answer`, { answer })).status).toBeGreaterThanOrEqual(400);
    await until(async () => ((await node.call('GET', '/processes/buyer')).body as ProcessView).counts.done === 2);
    expect(shop.orders.sort()).toEqual(['POST milk', 'POST tea']);
    const { items: context } = (await node.call('GET', '/processes/buyer/context')).body as {
      items: { value: unknown }[];
    };
    // The run that waited writes over nothing that was bought meanwhile.
    expect(context.map(({ value }) => value)).toEqual([['milk', 'tea']]);
    await verified(node, 'buyer');
  });

  test('told to end it ends in order, and what was under way goes on after the next start', async () => {
    const shop = await openShop();
    const folder = home();
    let node = await startedNode(folder);
    await node.call('POST', '/processes', { manifest: buyer(shop.host), start: true });
    shop.hold('POST tea');
    await wake(node, 'buyer', 'tea');
    await wake(node, 'buyer', 'milk');
    await until(() => shop.orders.length === 1);
    const ending = node.kill('SIGTERM');
    shop.release();
    await ending;
    expect(node.process.exitCode).toBe(0);

    node = await startedNode(folder);
    await until(async () => ((await node.call('GET', '/processes/buyer')).body as ProcessView).counts.done === 2);
    expect(shop.orders).toEqual(['POST tea', 'POST milk']);
    await verified(node, 'buyer');
  });
});
