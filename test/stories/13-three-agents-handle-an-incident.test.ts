import { expect, onTestFinished, test } from 'vitest';
import type { MessageView } from '../../src/shared/views/messaging-views.ts';
import type { BusEventView, InboxItemView, TriggerEventView } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

type Log = Record<string, { state: string; severity: string; action?: string }>;

const log = async (node: TemplateNode) => ((await node.context('incident-commander'))['incidents'] ?? {}) as Log;
const resolved = async (node: TemplateNode) =>
  (await node.items<BusEventView>('/events?type=incident.resolved')).map(
    ({ data }) => data as { incident: string; action: string },
  );
const report = (node: TemplateNode, data: object) =>
  node.child().call('POST', '/events', { type: 'incident.reported', data });

test('three agents handle incidents together by events and messages, and ask when nobody knows, also across kills', async () => {
  const node = await templateNode('incident-response-team');
  await report(node, { incident: 'i1', service: 'database', title: 'Pool exhausted', error_rate: 0.2 });
  const hook = await node
    .child()
    .call('POST', '/hooks/incident-triage/alert', { incident: 'i2', service: 'search', title: 'Slow answers' });
  expect(hook.status).toBe(202);
  await report(node, { incident: 'i3', service: 'mail', title: 'Mail is down' });
  await node.kill();
  const [item] = await until(async () => {
    const open = await node.items<InboxItemView>('/inbox');
    return open.length > 0 ? open : undefined;
  });
  expect(item).toMatchObject({
    process: 'incident-commander',
    question: expect.stringContaining('Incident i3 on mail is critical'),
  });
  await node.kill();
  expect((await node.child().call('POST', `/inbox/${item?.id}/answer`, { answer: 'use the other relay' })).status).toBe(
    200,
  );
  await until(async () => (await resolved(node)).length === 2 && Object.keys(await log(node)).length === 3);
  expect((await resolved(node)).sort((a, b) => (a.incident < b.incident ? -1 : 1))).toEqual([
    { incident: 'i1', service: 'database', action: 'restart the pool' },
    { incident: 'i3', service: 'mail', action: 'use the other relay' },
  ]);
  expect(await log(node)).toMatchObject({
    i1: { state: 'resolved', severity: 'major' },
    i2: { state: 'watched' },
    i3: { state: 'resolved', severity: 'critical' },
  });
  await until(
    async () =>
      (await node.items<TriggerEventView>('/trigger-events?state=waiting,running,parked,delayed')).length === 0,
  );
  const messages = await until(async () => {
    const consumed = await node.items<MessageView>('/messages?state=consumed');
    return consumed.length === 6 ? consumed : undefined;
  });
  expect(messages.map(({ topic }) => topic).sort()).toEqual([
    ...Array(3).fill('incident.findings'),
    ...Array(3).fill('incident.investigate'),
  ]);
}, 60_000);

test('a model does the same by the instructions that come with the agents', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(({ lastUserText, toolAnswers, messages }) => {
    const system = String(messages[0]?.['content']);
    const step = toolAnswers.length;
    const about = { incident: 'i1', service: 'database', title: 'Pool exhausted', severity: 'major' };
    if (system.includes('You triage incidents')) {
      if (step === 0) return calls('emit_event', { type: 'incident.opened', data: about });
      if (step === 1)
        return calls('send_message', { topic: 'incident.investigate', content: about, reply_to: 'incident.findings' });
      return says('i1 is major');
    }
    if (system.includes('You investigate incidents')) {
      const correlation = /"correlation": "([^"]+)"/.exec(lastUserText)?.[1] ?? '';
      const action = /"database":\{"action":"([^"]+)"/.exec(system)?.[1] ?? 'not in the runbook';
      if (step === 0)
        return calls('send_message', {
          topic: 'incident.findings',
          correlation,
          content: { ...about, cause: 'too many connections', action },
        });
      return says('i1: too many connections');
    }
    if (lastUserText.includes('incident.findings') && step === 0) {
      return calls('emit_event', {
        type: 'incident.resolved',
        data: { incident: 'i1', action: /"action": "([^"]+)"/.exec(lastUserText)?.[1] ?? '' },
      });
    }
    return says('noted');
  });
  const node = await templateNode('incident-response-team', models.url);
  await report(node, { service: 'database', title: 'Pool exhausted', error_rate: 0.2 });
  await until(async () => (await resolved(node)).length === 1);
  expect(await resolved(node)).toEqual([{ incident: 'i1', action: 'restart the pool' }]);
}, 30_000);
