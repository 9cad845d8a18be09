import { createHmac } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RunView, TriggerEventDetail } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

// Each test starts a program or two.
vi.setConfig({ testTimeout: 60_000 });

const secret = 'a secret of at least twenty-four bytes';
const deployer = {
  version: '1.0',
  name: 'deployer',
  ...script(`return event.type + ' ' + event.payload.action`),
  triggers: [
    { type: 'webhook', id: 'plain', webhook_path: '/plain' },
    { type: 'webhook', id: 'github', webhook_path: '/github', signature_scheme: 'github', hmac_secret: secret },
  ],
};

async function startedNode(folder = home()): Promise<NodeChild> {
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  return node;
}

const signed = (body: unknown, by = secret) =>
  `sha256=${createHmac('sha256', by).update(JSON.stringify(body)).digest('hex')}`;

interface Accepted {
  eventId: string;
  duplicate: boolean;
  status: 'accepted' | 'parked';
  reason?: string;
}

async function posted(node: NodeChild, path: string, body: unknown, headers: Record<string, string> = {}) {
  const reply = await node.call('POST', `/hooks/deployer${path}`, body, { authorization: '', ...headers });
  return { status: reply.status, body: reply.body as Accepted & { code?: string } };
}

const endOf = (node: NodeChild, id: string) =>
  until(async () => {
    const event = (await node.call('GET', `/trigger-events/${id}`)).body as TriggerEventDetail;
    return event.endedAt === null ? undefined : event;
  });

async function outputOf(node: NodeChild, id: string): Promise<unknown> {
  const { runId } = await endOf(node, id);
  return ((await node.call('GET', `/runs/${runId}`)).body as RunView).output;
}

describe('a webhook wakes it', () => {
  test('a request is answered with 202 and the id of the event, which then runs', async () => {
    const node = await startedNode();
    expect((await node.call('POST', '/processes', { manifest: deployer, start: true })).status).toBe(201);
    const reply = await posted(node, '/plain', { action: 'opened' });
    expect(reply.status).toBe(202);
    expect(reply.body.eventId).toMatch(/^evt_/);
    expect(await outputOf(node, reply.body.eventId)).toBe('webhook opened');
    const event = await endOf(node, reply.body.eventId);
    expect(event).toMatchObject({
      process: 'deployer',
      trigger: 'plain',
      state: 'done',
      payload: { action: 'opened' },
    });
    expect(event.taint.join()).toContain('webhook');
    expect(JSON.stringify(event.metadata)).not.toContain(node.token);

    // What is not for anybody: another path, another process, another method, too much, and no JSON.
    expect(await posted(node, '/nowhere', {})).toMatchObject({ status: 404, body: { code: 'HOOK_NOT_FOUND' } });
    expect((await node.call('POST', '/hooks/nobody/plain', {})).status).toBe(404);
    expect((await node.call('GET', '/hooks/deployer/plain')).status).toBe(405);
    expect((await posted(node, '/plain', 'x'.repeat(30_000_000))).status).toBe(413);

    // GitHub's own signature, over the very bytes; the same delivery is one event, however often it comes.
    const body = { action: 'deployed' };
    const good = { 'x-hub-signature-256': signed(body), 'x-github-delivery': 'd1', 'x-github-event': 'deployment' };
    const first = await posted(node, '/github', body, good);
    expect(first.status).toBe(202);
    expect(await posted(node, '/github', body, good)).toMatchObject({
      body: { eventId: first.body.eventId, duplicate: true },
    });
    expect(await outputOf(node, first.body.eventId)).toBe('webhook deployed');
    for (const wrong of [
      {},
      { 'x-hub-signature-256': 'sha256=0' },
      { 'x-hub-signature-256': signed(body, 'another secret of the same length !!') },
      { 'x-hub-signature-256': signed({ action: 'Deployed' }) },
    ]) {
      const refused = await posted(node, '/github', body, { ...wrong, 'x-github-delivery': 'd2' });
      expect(refused).toMatchObject({ status: 401, body: { code: 'SIGNATURE_INVALID' } });
    }
    const { items } = (await node.call('GET', '/trigger-events?process=deployer')).body as { items: unknown[] };
    expect(items).toHaveLength(2);
  });

  test('what was answered is not lost: not while it is stopped, and not when the program is killed right after', async () => {
    const folder = home();
    let node = await startedNode(folder);
    await node.call('POST', '/processes', { manifest: deployer, start: true });
    await node.call('POST', '/processes/deployer/stop');
    const parked = await posted(node, '/plain', { action: 'parked' });
    expect(parked.status).toBe(202);
    expect(parked.body).toMatchObject({ status: 'parked', reason: expect.stringContaining('stopped') });
    const ids = [parked.body.eventId];
    await node.call('POST', '/processes/deployer/start');
    for (let n = 0; n < 20; n++) ids.push((await posted(node, '/plain', { action: `n${n}` })).body.eventId);
    await node.kill('SIGKILL');
    node = await startedNode(folder);
    const outputs = [];
    for (const id of ids) outputs.push(await outputOf(node, id));
    expect(outputs).toEqual(['webhook parked', ...Array.from({ length: 20 }, (_, n) => `webhook n${n}`)]);
  });
});
