import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunBrief, TriggerEventView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

const worker = (name: string, topic: string, body: string, more: object = {}) => ({
  version: '1.0',
  name,
  ...script(body),
  triggers: [{ type: 'message', topic }],
  ...more,
});

async function node(folder: string): Promise<NodeChild> {
  const child = await startNode(folder);
  onTestFinished(() => child.kill());
  return child;
}

async function create(child: NodeChild, ...manifests: { name: string }[]): Promise<void> {
  for (const manifest of manifests) {
    const reply = await child.call('POST', '/processes', { manifest, start: true });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  }
}

async function items<T>(child: NodeChild, path: string): Promise<T[]> {
  return ((await child.call('GET', path)).body as { items: T[] }).items;
}

const send = (child: NodeChild, topic: string, content: unknown, more: object = {}) =>
  child.call('POST', '/messages', { topic, content, ...more });

describe('a message wakes an agent', () => {
  test('one of those that take from the topic gets it; what it sends goes on to the next topic, once', async () => {
    const child = await node(home());
    await create(
      child,
      worker('left', 'work', `await agent.send('done', { by: 'left', n: event.payload.content.n });`),
      worker('right', 'work', `await agent.send('done', { by: 'right', n: event.payload.content.n });`),
      worker(
        'sink',
        'done',
        `const got = agent.context.get('got') ?? []; await agent.context.set('got', [...got, event.payload.content]);`,
      ),
    );
    for (let n = 0; n < 20; n++) expect((await send(child, 'work', { n })).status).toBe(202);
    const got = await until(async () => {
      const [cell] = await items<{ value: { by: string; n: number }[] }>(child, '/processes/sink/context');
      return cell && cell.value.length === 20 ? cell.value : undefined;
    });
    expect(got.map(({ n }) => n).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(new Set(got.map(({ by }) => by))).toEqual(new Set(['left', 'right']));
    const messages = await items<{ state: string }>(child, '/messages?limit=100');
    expect(messages.map(({ state }) => state)).toEqual(Array(40).fill('consumed'));
    expect(await items(child, '/topics')).toMatchObject([
      { topic: 'done', waiting: 0, takers: ['sink'] },
      { topic: 'work', waiting: 0, takers: ['left', 'right'] },
    ]);
  });

  test('a request gets its reply, told apart by its correlation', async () => {
    const child = await node(home());
    await create(
      child,
      worker(
        'adder',
        'add',
        `const { a, b } = event.payload.content;
        await agent.tool('send_message', { topic: event.payload.reply_to, content: a + b, correlation: event.payload.correlation, to: event.payload.sender });`,
      ),
      worker(
        'asker',
        'sums',
        `if (event.type === 'message') { await agent.context.set(event.payload.correlation, event.payload.content); return; }
        for (const n of [1, 2, 3]) await agent.tool('send_message', { topic: 'add', content: { a: n, b: n }, reply_to: 'sums', correlation: 'sum-' + n });`,
      ),
    );
    await child.call('POST', '/processes/asker/wake', {});
    const sums = await until(async () => {
      const cells = await items<{ key: string; value: number }>(child, '/processes/asker/context');
      return cells.length === 3 ? cells : undefined;
    });
    expect(Object.fromEntries(sums.map(({ key, value }) => [key, value]))).toEqual({
      'sum-1': 2,
      'sum-2': 4,
      'sum-3': 6,
    });
  });

  test('what failed everywhere is a dead letter that says why, survives a restart, and can be sent again', async () => {
    const folder = home();
    let child = await node(folder);
    const failing = `if (event.payload.content.bad && !agent.context.get('mended')) throw new Error('cannot read it'); return 'read';`;
    await create(
      child,
      worker('reader', 'mail', failing, { max_consecutive_failures: 100, trigger_delivery: { max_retries: 0 } }),
    );
    const { body } = await send(child, 'mail', { bad: true });
    const { id } = body as { id: string };
    const seen = await until(async () => {
      const { body: message } = await child.call('GET', `/messages/${id}`);
      return (message as { attempts: number }).attempts >= 1
        ? (message as { state: string; reason: string })
        : undefined;
    });
    expect(seen.reason).toContain('cannot read it');
    await child.kill();
    child = await node(folder);
    const cancelled = await until(async () => {
      const reply = await child.call('POST', `/messages/${id}/cancel`, { reason: 'enough' });
      return reply.status === 200 ? (reply.body as { state: string }) : undefined;
    });
    expect(cancelled).toMatchObject({ state: 'cancelled', reason: 'enough' });
    await child.call('PUT', '/processes/reader/context/mended', { value: true });
    const again = (await child.call('POST', `/messages/${id}/resend`, {})).body as { id: string };
    await until(
      async () => ((await child.call('GET', `/messages/${again.id}`)).body as { state: string }).state === 'consumed',
    );
  });

  test('kill -9 in the middle of a chain of agents loses no message and doubles none', async () => {
    const folder = home();
    let child = await node(folder);
    const total = 50;
    await create(
      child,
      worker('one', 'in', `await agent.send('middle', event.payload.content);`, { concurrency: 4 }),
      worker('two', 'in', `await agent.send('middle', event.payload.content);`),
      worker('three', 'middle', `await agent.send('out', event.payload.content);`),
      worker(
        'end',
        'out',
        `await agent.context.set('n' + event.payload.content, (agent.context.get('n' + event.payload.content) ?? 0) + 1);`,
      ),
    );
    for (let n = 0; n < total; n++) await send(child, 'in', n, { idempotencyKey: `k${n}` });
    for (let kill = 0; kill < 2; kill++) {
      const before = (await items<RunBrief>(child, '/runs?state=done&limit=500')).length;
      await until(
        async () =>
          (await items<RunBrief>(child, '/runs?state=done&limit=500')).length >= Math.min(before + 5, 3 * total),
      );
      await child.kill();
      child = await node(folder);
    }
    const counts = await until(async () => {
      const cells = await items<{ key: string; value: number }>(child, '/processes/end/context');
      return cells.length === total ? cells.map(({ value }) => value) : undefined;
    }, 20_000);
    await until(
      async () =>
        (await items<TriggerEventView>(child, '/trigger-events?state=waiting,running,parked,delayed')).length === 0,
    );
    expect(counts).toEqual(Array(total).fill(1));
    expect((await items<{ content: unknown }>(child, '/messages?topic=out&limit=500')).length).toBe(total);
    const doctor = (await child.call('GET', '/node/doctor')).body as { ok: boolean };
    expect(doctor.ok).toBe(true);
    const rebuilt = (await child.call('POST', '/node/rebuild', {})).body;
    expect(rebuilt).toMatchObject({ equal: true, differences: [] });
  }, 60_000);
});
