import { expect, onTestFinished, test } from 'vitest';
import type { MessageView } from '../../src/shared/views/messaging-views.ts';
import type { BusEventView, InboxItemView } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

const ticket = async (node: TemplateNode, about: object) => {
  expect((await node.child().call('POST', '/hooks/support-desk/ticket', about)).status).toBe(202);
};
const answers = async (node: TemplateNode) =>
  ((await node.context('support-desk'))['answers'] ?? {}) as Record<string, { answer: string; by: string }>;

test('a ticket is answered by the lowest tier that can, the last one asks a person, and a kill loses none', async () => {
  const node = await templateNode('customer-support-escalation');
  await ticket(node, { ticket: 't1', customer: 'Ada', question: 'I forgot my password.' });
  await ticket(node, { ticket: 't2', customer: 'Bob', question: 'I want a refund of 20 euros.' });
  await ticket(node, { ticket: 't3', customer: 'Cyd', question: 'I want a refund of 900 euros.' });
  await node.kill();
  const [item] = await until(async () => {
    const open = await node.items<InboxItemView>('/inbox');
    return open.length > 0 ? open : undefined;
  });
  expect(item?.question).toBe('Cyd asks (t3): I want a refund of 900 euros.');
  await node.kill();
  await node.child().call('POST', `/inbox/${item?.id}/answer`, { answer: 'Granted, as an exception.' });
  await until(async () => Object.keys(await answers(node)).length === 3);
  expect(await answers(node)).toEqual({
    t1: { answer: 'Use the link "forgot password" on the sign-in page.', by: 'tier1' },
    t2: { answer: 'Your refund of 20 is on its way.', by: 'tier2' },
    t3: { answer: 'Granted, as an exception.', by: 'a person' },
  });
  expect((await node.items<BusEventView>('/events?type=support.answered')).length).toBe(3);
  const consumed = await until(async () => {
    const all = await node.items<MessageView>('/messages?state=consumed');
    return all.length === 8 ? all : undefined;
  });
  expect(new Set(consumed.map(({ correlation }) => correlation))).toEqual(new Set(['t1', 't2', 't3']));
}, 60_000);

test('a model does the same by the instructions that come with the agents', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(({ lastUserText, toolAnswers, messages }) => {
    const system = String(messages[0]?.['content']);
    if (toolAnswers.length > 0) return says('done');
    if (system.includes('You are the desk')) {
      if (lastUserText.includes('message trigger'))
        return calls('emit_event', { type: 'support.answered', data: { ticket: 't1', by: 'tier2' } });
      return calls('send_message', {
        topic: 'support.tier1',
        content: { ticket: 't1', question: 'refund of 20' },
        reply_to: 'support.answers',
        correlation: 't1',
      });
    }
    if (system.includes('first tier')) {
      return calls('send_message', {
        topic: 'support.tier2',
        content: { ticket: 't1', question: 'refund of 20' },
        reply_to: 'support.answers',
        correlation: 't1',
      });
    }
    return calls('send_message', {
      topic: 'support.answers',
      correlation: 't1',
      content: { ticket: 't1', answer: 'granted', by: 'tier2' },
    });
  });
  const node = await templateNode('customer-support-escalation', models.url);
  await ticket(node, { ticket: 't1', customer: 'Bob', question: 'I want a refund of 20 euros.' });
  const [answered] = await until(async () => {
    const events = await node.items<BusEventView>('/events?type=support.answered');
    return events.length > 0 ? events : undefined;
  });
  expect(answered?.data).toEqual({ ticket: 't1', by: 'tier2' });
  const path = (await node.items<MessageView>('/messages'))
    .map(({ topic, sender }) => `${sender} > ${topic}`)
    .reverse();
  expect(path).toEqual([
    'support-desk > support.tier1',
    'support-tier1 > support.tier2',
    'support-tier2 > support.answers',
  ]);
}, 30_000);
