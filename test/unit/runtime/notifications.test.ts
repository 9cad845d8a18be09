import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { signatureOf } from '../../../src/main/governance/signed-post.ts';
import type { News } from '../../../src/shared/config/notification-config.ts';
import type { RuntimeNotice } from '../../../src/shared/notices.ts';
import { caughtLater } from '../../world/caught.ts';
import { script, wake } from '../../world/make.ts';
import { drained } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox, type World } from '../../world/world.ts';

const sandbox = fileSandbox();

interface Told {
  news: News;
  body: string;
  headers: IncomingHttpHeaders;
}

/** A receiver that answers as it is told to: 200 unless `answers` says otherwise. */
async function receiver() {
  const told: Told[] = [];
  const state = { status: 200, asked: 0 };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    state.asked++;
    if (state.status === 200) told.push({ news: JSON.parse(body) as News, body, headers: request.headers });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { told, state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const asks = script(`return await agent.ask('Shall I?')`);
const fails = {
  ...script(`throw new Error('it is broken')`),
  triggerDelivery: { maxRetries: 0 },
  maxConsecutiveFailures: 1,
};

async function working(world: World, name: string, config: object) {
  const runtime = await world.runtime();
  const process = await runtime.register({ name, config });
  await process.start();
  return { runtime, process };
}

describe('a webhook that people are told by', () => {
  test('hears of what it wants, signed, in order, and once', async () => {
    await using world = await createWorld({ sandbox });
    const { told, url } = await receiver();
    const { process } = await working(world, 'p', asks);
    const client = await world.client();
    const events = ['inbox.opened', 'run.*'];
    const view = await client.setNotifications({
      sinks: [{ id: 'ops', type: 'webhook', url, events, secret: 'a-long-secret-nobody-knows' }],
    });
    expect(view.sinks[0]?.secret).toBe('secret://notification_ops');
    await wake(process);
    await until(() => told.length === 1);
    const item = [...process.snapshot.items.keys()][0] ?? '';
    await process.steering.answer(item, 'yes', 'ada');
    await until(() => told.length === 2);
    expect(told.map(({ news }) => news)).toMatchObject([
      { kind: 'inbox.opened', process: 'p', title: 'p asks', text: 'Shall I?', item },
      { kind: 'run.done', process: 'p' },
    ]);
    const { headers, body, news } = told[0] as Told;
    const signature = String(headers['x-agent-runtime-signature']);
    const seconds = Number(/t=(\d+)/.exec(signature)?.[1]);
    expect(signature).toBe(signatureOf(body, 'a-long-secret-nobody-knows', seconds));
    expect(headers['idempotency-key']).toBe(news.id);
    await until(async () => (await client.getNotifications({})).outbox[0]?.waiting === 0);
    expect(JSON.stringify(await world.journal.read('@node'))).not.toContain('a-long-secret-nobody-knows');
  });

  test('is told again until it takes it, also by the next program after a kill', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const { told, state, url } = await receiver();
    state.status = 503;
    const { process } = await working(world, 'p', asks);
    let client = await world.client();
    await client.setNotifications({ sinks: [{ id: 'ops', type: 'webhook', url }] });
    await wake(process);
    await until(() => state.asked >= 1);
    await until(async () => (await client.getNotifications({})).outbox[0]?.lastError === 'it answered 503');
    expect((await client.getNotifications({})).outbox[0]?.waiting).toBe(1);
    await world.restart('killed');
    state.status = 200;
    await world.runtime();
    client = await world.client();
    await until(() => told.length === 1);
    expect(told[0]?.news).toMatchObject({ kind: 'inbox.opened', process: 'p' });
    await until(async () => (await client.getNotifications({})).outbox[0]?.waiting === 0);
  });

  test('hears after a crash of what happened just before it', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const { told, url } = await receiver();
    const { runtime, process } = await working(world, 'p', asks);
    await (await world.client()).setNotifications({ sinks: [{ id: 'ops', type: 'webhook', url }] });
    // As if the power went between the entry and the note that it is to be told.
    runtime.notifications.close();
    await wake(process);
    await until(async () => (await world.journal.read('p', { kinds: ['run.parked'] })).length === 1);
    await world.restart('killed');
    await world.runtime();
    await until(() => told.length === 1);
    expect(told[0]?.news.kind).toBe('inbox.opened');
  });

  test('that is slow holds up no other, and one that takes nothing for a day is told of it no more', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand' });
    const [slow, quick] = [await receiver(), await receiver()];
    slow.state.status = 500;
    const { process } = await working(world, 'p', asks);
    const client = await world.client();
    await client.setNotifications({
      sinks: [
        { id: 'slow', type: 'webhook', url: slow.url },
        { id: 'quick', type: 'webhook', url: quick.url },
      ],
    });
    await wake(process);
    await until(() => quick.told.length === 1 && slow.state.asked === 1);
    await until(async () => (await client.getNotifications({})).outbox[0]?.lastError !== null);
    await world.clock.advance(25 * 3_600_000);
    await until(async () => (await client.getNotifications({})).outbox[0]?.waiting === 0);
    const [ended] = (await world.journal.read('@node', { kinds: ['news.ended'] })).filter(
      ({ body }) => (body as { sink?: string }).sink === 'slow',
    );
    expect(ended?.body).toMatchObject({ outcome: 'given_up', reason: 'it answered 500' });
  });
});

describe('where people are told', () => {
  test('the log and the desktop hear at once, each of the agents and kinds it wants', async () => {
    await using world = await createWorld({ sandbox, expects: ['p has', 'p is failed'] });
    const { runtime, process } = await working(world, 'p', fails);
    const client = await world.client();
    const shown: RuntimeNotice[] = [];
    runtime.notices.watch(null, (notice) => notice.kind === 'notification' && shown.push(notice));
    await client.setNotifications({
      sinks: [
        { id: 'screen', type: 'desktop', events: ['process.failed', 'run.failed'], processes: ['p*'] },
        { id: 'others', type: 'desktop', events: ['*'], processes: ['someone-else'] },
        { id: 'off', type: 'desktop', events: ['*'], enabled: false },
      ],
    });
    await wake(process);
    await drained(process);
    await until(() => shown.length === 2);
    expect(shown.map(({ state, process: name }) => [state, name])).toEqual([
      ['run.failed', 'p'],
      ['process.failed', 'p'],
    ]);
  });

  test('is set whole or not at all, and can be tried', async () => {
    await using world = await createWorld();
    const { told, state, url } = await receiver();
    await world.runtime();
    const client = await world.client();
    const refused = async (sinks: object[]) =>
      (await caughtLater(client.setNotifications({ sinks: sinks as never }))).code;
    expect(await refused([{ id: 'a', type: 'webhook' }])).toBe('REQUEST_INVALID');
    expect(await refused([{ id: 'a', type: 'log', url }])).toBe('REQUEST_INVALID');
    expect(
      await refused([
        { id: 'a', type: 'log' },
        { id: 'a', type: 'desktop' },
      ]),
    ).toBe('REQUEST_INVALID');
    expect((await client.getNotifications({})).sinks).toEqual([]);
    await client.setNotifications({ sinks: [{ id: 'ops', type: 'webhook', url }] });
    await client.testNotification({ sink: 'ops' });
    expect(told[0]?.news.kind).toBe('test');
    state.status = 404;
    expect((await caughtLater(client.testNotification({ sink: 'ops' }))).message).toContain('404');
    expect((await caughtLater(client.testNotification({ sink: 'none' }))).code).toBe('REQUEST_INVALID');
  });
});
