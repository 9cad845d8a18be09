import { expect, onTestFinished, test } from 'vitest';
import type { MissionView } from '../../src/shared/views/governance-views.ts';
import type { ProcessView, TriggerEventView } from '../../src/shared/views/views.ts';
import { home } from '../world/home.ts';
import { says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

test('a judge sees that the mission drifts, tells of it once, and ends it when it is achieved; what comes later ends with the reason', async () => {
  const model = await startModelServer();
  onTestFinished(() => model.close());
  const verdicts = [
    { achieved: false, confidence: 0.3, reasoning: 'it writes poems instead', progress_summary: 'none' },
    { achieved: false, confidence: 0.9, reasoning: 'back on its way', progress_summary: 'half' },
    { achieved: true, confidence: 0.95, reasoning: 'all invoices are filed', progress_summary: 'all' },
  ];
  model.reply(({ lastUserText }) =>
    says(lastUserText.includes('You judge') ? JSON.stringify(verdicts.shift()) : 'I have worked on the invoices.'),
  );
  const folder = home();
  const start = () => startNode(folder, { env: { AGENT_RUNTIME_MODEL_BASE_URL: model.url } });
  let child = await start();
  onTestFinished(() => child.kill());
  const manifest = {
    version: '1.0',
    name: 'filer',
    model: 'openai-compatible:test',
    instructions: 'File invoices.',
    mission: {
      objective: 'File every invoice.',
      success_criteria: 'No invoice is left.',
      eval_every: 1,
      on_complete: 'suspend',
    },
  };
  expect((await child.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  const mission = async () => (await child.call('GET', '/processes/filer/mission')).body as MissionView;
  const work = async (evaluations: number) => {
    await child.call('POST', '/processes/filer/wake', {});
    await until(async () => (await mission()).evaluations.length === evaluations);
  };
  await work(1);
  expect(await mission()).toMatchObject({
    state: 'active',
    evaluations: [{ confidence: 0.3, reasoning: 'it writes poems instead' }],
  });
  await work(2);
  await child.kill('SIGKILL');
  child = await start();
  const before = await mission();
  expect(before.evaluations).toHaveLength(2);
  await work(3);
  await until(async () => ((await child.call('GET', '/processes/filer')).body as ProcessView).state === 'suspended');
  expect(await mission()).toMatchObject({
    state: 'completed',
    reason: 'all invoices are filed',
    startedAt: before.startedAt,
    invocations: 3,
  });
  // It has done what it was for: nobody has to look into that.
  const { items } = (await child.call('GET', '/inbox?kind=failure')).body as { items: unknown[] };
  expect(items).toEqual([]);
  await child.call('POST', '/processes/filer/resume', {});
  const { eventId } = (await child.call('POST', '/processes/filer/wake', {})).body as { eventId: string };
  const ended = await until(async () => {
    const event = (await child.call('GET', `/trigger-events/${eventId}`)).body as TriggerEventView;
    return event.state === 'cancelled' ? event : undefined;
  });
  expect(ended.reason).toContain('the mission is completed');
});
