import { expect, onTestFinished, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { home } from '../world/home.ts';
import { startNode } from '../world/node-child.ts';
import { allEvents, journalOf } from '../world/node-lists.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

/** A node that stands still, as a machine that sleeps makes it, and goes on: nothing is fired twice, lost or forgotten. */
const pauses = Number(process.env['PAUSES'] ?? 6);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

test(`G15: through ${pauses} pauses each second of a schedule is fired or accounted for once, and no event is lost (SEED=${seed})`, async () => {
  const random = draws(seed);
  const node = await startNode(home());
  onTestFinished(() => node.kill());
  const schedule = (id: string, catchUp: string) => ({
    type: 'cron',
    id,
    cron_expression: '* * * * * *',
    overlap: 'queue_all',
    catch_up: catchUp,
  });
  const manifest = {
    version: '1.0',
    name: 'p',
    model: 'script',
    script: 'export default async function run() { return null }',
    triggers: [schedule('all', 'all'), schedule('last', 'last'), schedule('none', 'none')],
  };
  expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  let woken = 0;
  for (let pause = 1; pause <= pauses; pause++) {
    for (let n = 0; n < 5; n++) {
      const payload = { n: ++woken };
      expect((await node.call('POST', '/processes/p/wake', { payload })).status).toBe(202);
    }
    await randomMoment(random.int(100, 1_500));
    process.kill(node.pid, 'SIGSTOP');
    // The last one is longer than a moment of slowness explains.
    await randomMoment(pause === pauses ? 12_000 : random.int(500, 3_000));
    process.kill(node.pid, 'SIGCONT');
  }
  await randomMoment(2_000);
  expect((await node.call('POST', '/processes/p/suspend', {})).status).toBe(200);
  const instants = new Map<string, number[]>(['all', 'last', 'none'].map((id) => [id, []]));
  for (const { kind, body } of await journalOf(node, 'p')) {
    const of = instants.get(String(body['trigger']));
    if (kind === 'occurrence.noted')
      for (let at = Number(body['first']); at <= Number(body['instant']); at += 1_000) of?.push(at);
    if (kind === 'event.accepted' && body['kind'] === 'cron')
      of?.push(Date.parse((body['payload'] as { scheduled_time: string }).scheduled_time));
  }
  for (const [id, closed] of instants) {
    const sorted = [...closed].sort((a, b) => a - b);
    const due = sorted.map((_, index) => (sorted[0] ?? 0) + index * 1_000);
    expect(sorted, id).toEqual(due);
    expect(sorted.length, id).toBeGreaterThan(12);
  }
  expect((await node.call('POST', '/processes/p/resume', {})).status).toBe(200);
  const manual = async () => [...(await allEvents(node)).values()].filter(({ kind }) => kind === 'manual');
  await until(async () => (await manual()).every(({ state }) => state === 'done'), 60_000);
  expect(await manual()).toHaveLength(woken);
});
