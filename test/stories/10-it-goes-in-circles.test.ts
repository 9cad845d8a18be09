import { expect, onTestFinished, test } from 'vitest';
import type { HealthView } from '../../src/shared/views/governance-views.ts';
import type { BusEventView, ProcessView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

test('a model that goes in circles is suspended in the middle of its run, the bus hears of it, and a person lets it go on', async () => {
  const model = await startModelServer();
  onTestFinished(() => model.close());
  let asked = 0;
  model.reply(() => {
    asked++;
    if (asked > 6) return says('I have stopped going in circles.');
    return calls('get_context', { key: asked % 2 ? 'a' : 'b' });
  });
  const child = await startNode(home(), { env: { AGENT_RUNTIME_MODEL_BASE_URL: model.url } });
  onTestFinished(() => child.kill());
  const manifest = {
    version: '1.0',
    name: 'circler',
    model: 'openai-compatible:test',
    instructions: 'Look again and again.',
    health: { loop_min_repeats: 2, on_anomaly: 'escalate', escalation: { event_type: 'agent.stuck' } },
  };
  expect((await child.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  await child.call('POST', '/processes/circler/wake', {});
  const process = await until(async () => {
    const view = (await child.call('GET', '/processes/circler')).body as ProcessView;
    return view.state === 'suspended' ? view : undefined;
  });
  expect(process.stateReason).toContain('goes in circles: get_context → get_context');
  expect(asked).toBe(4);
  const events = await until(async () => {
    const { items } = (await child.call('GET', '/events?type=agent.stuck')).body as { items: BusEventView[] };
    return items.length > 0 ? items : undefined;
  });
  expect(events).toMatchObject([{ source: 'circler', data: { guard: 'health', about: 'loop' } }]);
  await child.call('POST', '/processes/circler/resume', {});
  await until(
    async () => ((await child.call('GET', '/processes/circler/health')).body as HealthView).anomalies[0]?.over,
  );
  expect(asked).toBe(7);
});
