import { expect, onTestFinished, test } from 'vitest';
import { home } from '../world/home.ts';
import { says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

/**
 * kill -9 at random moments while agents spend what the whole node may. The model server counts every request that
 * reached it: what the node says it used is never less, and the cap is never passed by more than was under way.
 */
const kills = Number(process.env['KILLS'] ?? 8);
const agents = ['a', 'b', 'c', 'd', 'e'];
const cap = 60;

interface Budget {
  limits: { limit: string; used: number; cap: number }[];
}
const usedOf = ({ limits }: Budget) => limits.find(({ limit }) => limit === 'maxLlmTurnsPerDay')?.used ?? 0;

test(`after ${kills} kills the budget of the node counts every call that was made, and holds`, async () => {
  const models = await startModelServer({ latencyMs: 5 });
  onTestFinished(() => models.close());
  models.reply(says('ok'));
  const folder = home();
  let node: NodeChild = await startNode(folder);
  onTestFinished(() => node.kill());
  await node.call('PATCH', '/node/budget', { changes: { max_llm_turns_per_day: cap } });
  for (const name of agents) {
    const manifest = {
      name,
      model: { id: 'openai-compatible:test', base_url: models.url },
      instructions: 'Say ok.',
      config: { concurrency: 4 },
    };
    expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBeLessThan(300);
  }
  for (let kill = 0; kill < kills; kill++) {
    const waking = agents.flatMap((name) =>
      [1, 2].map((n) => node.call('POST', `/processes/${name}/wake`, { payload: { kill, n } }).catch(() => undefined)),
    );
    await randomMoment(150);
    await node.kill();
    await Promise.all(waking);
    const asked = models.chatCount;
    node = await startNode(folder);
    const { body } = (await node.call('GET', '/node/budget')) as { body: Budget };
    expect(usedOf(body)).toBeGreaterThanOrEqual(asked);
  }
  for (let n = 0; n < 2 * cap; n++) await node.call('POST', `/processes/${agents[n % 5]}/wake`, { payload: { n } });
  await until(async () => {
    const { body } = (await node.call('GET', '/inbox')) as { body: { items: { kind: string }[] } };
    return body.items.some(({ kind }) => kind === 'top_up');
  }, 60_000);
  const { body } = (await node.call('GET', '/node/budget')) as { body: Budget };
  expect(usedOf(body)).toBeLessThanOrEqual(cap);
  expect(models.chatCount).toBeLessThanOrEqual(usedOf(body));
}, 180_000);
