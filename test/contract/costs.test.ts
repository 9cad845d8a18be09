import { expect, onTestFinished, test } from 'vitest';
import type { CostsView } from '../../src/shared/views/cost-views.ts';
import type { RunBrief, TemplateView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

test('costs tell what runs used, by day, agent, model and what woke them, beside the limits of today', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(says('Well.'));
  models.reply(says('Well.'));
  const node = await startNode(home());
  onTestFinished(() => node.kill());
  const model = { id: 'openai-compatible:dear', base_url: models.url, input_price: 1_000, output_price: 2_000 };
  const talker = { version: '1.0', model, instructions: 'Answer.', budget: { max_usd_per_day: 5 } };
  const plain = { id: 'openai-compatible:own', base_url: models.url };
  const all = [
    { ...talker, name: 'talker' },
    { version: '1.0', name: 'local', model: plain, instructions: 'Answer.' },
    { version: '1.0', name: 'scripted', ...script('return 1;') },
  ];
  for (const manifest of all) {
    expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
    await node.call('POST', `/processes/${manifest.name}/wake`, { payload: { n: 1 } });
  }
  const ended = async () =>
    ((await node.call('GET', '/runs')).body as { items: RunBrief[] }).items.filter(({ state }) => state === 'done');
  await until(async () => (await ended()).length === 3);
  const usage = Object.fromEntries((await ended()).map((run) => [run.process, run.usage]));

  const costs = (await node.call('GET', '/costs?zone=Europe/Berlin')).body as CostsView;
  expect(costs).toMatchObject({ zone: 'Europe/Berlin', open: 0 });
  expect(costs.total.runs).toBe(3);
  expect(costs.days).toHaveLength(30);
  expect(costs.days.at(-1)?.runs).toBe(3);
  expect(costs.processes.map(({ process }) => process)[0]).toBe('talker');
  expect(costs.processes[0]).toMatchObject({ ...usage['talker'], runs: 1 });
  expect(usage['talker']?.costUsd).toBeGreaterThan(0);
  expect(costs.models.map(({ model: id, pricing }) => [id, pricing])).toEqual([
    ['openai-compatible:dear', 'priced'],
    ['openai-compatible:own', 'free'],
  ]);
  expect(costs.triggers).toMatchObject([{ kind: 'manual', runs: 3 }]);
  expect(costs.budgets).toMatchObject([{ process: 'talker', limits: [{ limit: 'maxUsdPerDay', cap: 5 }] }]);
  expect((await node.call('GET', '/costs?process=local')).body).toMatchObject({ total: { runs: 1 } });
  const dear = (await node.call('GET', '/costs?model=openai-compatible:dear')).body as CostsView;
  expect(dear.processes.map(({ process }) => process)).toEqual(['talker']);
  expect((await node.call('GET', '/costs?model=script&kind=manual')).body).toMatchObject({ total: { runs: 1 } });
  expect((await node.call('GET', '/costs?kind=cron')).body).toMatchObject({ total: { runs: 0 } });
  const { items } = (await node.call('GET', '/templates')).body as { items: TemplateView[] };
  for (const { cost, needs } of items) expect(cost.asksModel).toBe(needs.some((need) => need.startsWith('the model')));
  expect((await node.call('GET', '/costs?zone=Nowhere')).status).toBe(422);
});
