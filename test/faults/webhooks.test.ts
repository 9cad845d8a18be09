import { expect, onTestFinished, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { home } from '../world/home.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { allEvents } from '../world/node-lists.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

/**
 * Webhooks that keep coming while the node is killed. A sender that heard 202 has an event that runs to its end; one that
 * heard anything else has none; one that heard nothing may send again, and has one event whatever happened before.
 */
const requests = Number(process.env['REQUESTS'] ?? 2_000);
const kills = Number(process.env['KILLS'] ?? 10);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** Each takes 50 a second and 200 at once: some requests are to be refused, but not most. */
const hooks = 8;

const counting = (name: string) => ({
  version: '1.0',
  name,
  model: 'script',
  script: 'export default async function run(event, agent) { return event.payload.n }',
  triggers: [{ type: 'webhook', webhook_path: 'in', dedupe_header: 'x-delivery', filter_expression: 'wanted' }],
});

test(`G1: of ${requests} webhooks through ${kills} kills, those answered 202 run once and no other is stored (SEED=${seed})`, async () => {
  const random = draws(seed);
  const folder = home();
  let node: NodeChild = await startNode(folder);
  onTestFinished(() => node.kill());
  const names = Array.from({ length: hooks }, (_, index) => `hook${index}`);
  for (const name of names)
    expect((await node.call('POST', '/processes', { manifest: counting(name), start: true })).status).toBe(201);

  const accepted = new Map<string, string>();
  const refused = new Map<string, number>();
  const unheard: number[] = [];
  const send = async (n: number) => {
    const path = `/hooks/${names[n % hooks]}/in`;
    // Some are let pass by, so that there are answers other than 202.
    return node.call('POST', path, { n, wanted: n % 10 !== 3 }, { 'x-delivery': `d${n}` });
  };
  let next = 0;
  let isUp = true;
  const senders = Array.from({ length: 16 }, async () => {
    for (let n = next++; n < requests; n = next++) {
      try {
        const { status, body } = await send(n);
        if (status === 202) accepted.set(`d${n}`, (body as { eventId: string }).eventId);
        else refused.set(`d${n}`, status);
      } catch {
        unheard.push(n);
        await until(() => isUp, 60_000);
      }
      await randomMoment(random.int(1, 40));
    }
  });
  const killed = (async () => {
    for (let kill = 1; kill <= kills; kill++) {
      await until(() => next >= (requests * kill) / (kills + 1), 120_000);
      isUp = false;
      await node.kill('SIGKILL');
      node = await startNode(folder);
      isUp = true;
    }
  })();
  await Promise.all([...senders, killed]);

  const stored = new Map([...(await allEvents(node)).values()].map((event) => [keyOf(event.dedupeKey), event]));
  for (const [key, id] of accepted) expect(stored.get(key)?.id, key).toBe(id);
  for (const [key, status] of refused) expect(stored.has(key), `${key} was answered ${status}`).toBe(false);

  for (const n of unheard) {
    const before = stored.get(`d${n}`)?.id;
    await until(async () => {
      const { status, body } = await send(n);
      if (status === 200) return true;
      if (status !== 202) return false;
      const { eventId, duplicate } = body as { eventId: string; duplicate: boolean };
      expect(duplicate).toBe(before !== undefined);
      if (before !== undefined) expect(eventId).toBe(before);
      accepted.set(`d${n}`, eventId);
      return true;
    }, 60_000);
  }
  await until(async () => {
    const { body } = await node.call('GET', '/trigger-events?state=waiting,delayed,running,parked&limit=10');
    return (body as { items: unknown[] }).items.length === 0;
  }, 120_000);
  const ended = await allEvents(node);
  expect(ended.size).toBe(accepted.size);
  expect([...ended.values()].filter(({ state }) => state !== 'done')).toEqual([]);
  expect(refused.size).toBeGreaterThan(0);
  console.log(
    `${kills} kills, seed ${seed}: ${accepted.size} accepted, ${refused.size} refused, ${unheard.length} unheard`,
  );
});

const keyOf = (dedupeKey: string) => dedupeKey.slice(dedupeKey.lastIndexOf(':') + 1);
