import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MessageView } from '../../src/shared/views/messaging-views.ts';
import type { BusEventView } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

type Verdicts = Record<string, { passed: boolean; rows: number; problems: string[] }>;

test('the gate judges files that are there, files that come, and files that came while the node was dead', async () => {
  const node = await templateNode('data-quality-gate');
  const verdicts = async () => ((await node.context('data-quality-desk'))['files'] ?? {}) as Verdicts;
  const samples = join(node.folder, 'files', 'data-quality-gate');
  await until(async () => Object.keys(await verdicts()).length === 2);
  expect(await verdicts()).toEqual({
    'orders.csv': { passed: true, rows: 3, problems: [] },
    'refunds.csv': {
      passed: false,
      rows: 3,
      problems: ['id repeats 1 times', 'amount is no number in 1 rows', '11.1 % of the values are empty'],
    },
  });

  writeFileSync(join(samples, 'late.csv'), 'id,amount\n1,"1,000"\n');
  await until(async () => (await verdicts())['late.csv']?.passed === false);
  await node.kill();
  writeFileSync(join(samples, 'late.csv'), 'id,amount\n1,1000\n');
  writeFileSync(join(samples, 'new.csv'), 'name\nx\n');
  await node.kill();
  await until(async () => (await verdicts())['late.csv']?.passed === true && 'new.csv' in (await verdicts()));
  expect((await verdicts())['new.csv']?.problems).toEqual(['has no column id']);
  expect(readdirSync(samples).sort()).toEqual(['late.csv', 'new.csv', 'orders.csv', 'refunds.csv']);

  const messages = await node.items<MessageView>('/messages');
  expect(messages.map(({ topic, state }) => `${topic} ${state}`).sort()).toEqual([
    'data.failed consumed',
    'data.failed consumed',
    'data.failed consumed',
    'data.passed consumed',
    'data.passed consumed',
  ]);
  const blocked = await node.items<BusEventView>('/events?type=data.blocked');
  expect(blocked.map(({ data }) => (data as { file: string }).file).sort()).toEqual([
    'late.csv',
    'new.csv',
    'refunds.csv',
  ]);
}, 60_000);

test('a model does the same by the instructions that come with the agents', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(({ lastUserText, toolAnswers, messages }) => {
    const system = String(messages[0]?.['content']);
    if (system.includes('gate for data files')) {
      const file = /"relative_path": "([^"]+)"/.exec(lastUserText)?.[1] ?? '';
      if (toolAnswers.length === 0) return calls('read_file', { path: `data/${file}` });
      const bad = toolAnswers[0]?.includes('many');
      if (toolAnswers.length === 1)
        return calls('send_message', {
          topic: bad ? 'data.failed' : 'data.passed',
          content: { file, rows: 3, problems: bad ? ['bad'] : [] },
        });
      return says(`${file} ${bad ? 'failed' : 'passed'}`);
    }
    const file = /"file": "([^"]+)"/.exec(lastUserText)?.[1] ?? '';
    if (lastUserText.includes('data.failed') && toolAnswers.length === 0)
      return calls('emit_event', { type: 'data.blocked', data: { file } });
    return says(`noted ${file}`);
  });
  const node = await templateNode('data-quality-gate', models.url);
  const blocked = await until(async () => {
    const events = await node.items<BusEventView>('/events?type=data.blocked');
    return events.length > 0 ? events : undefined;
  });
  expect(blocked.map(({ data, source }) => [source, data])).toEqual([['data-quality-desk', { file: 'refunds.csv' }]]);
  await until(async () => (await node.items<MessageView>('/messages?state=consumed')).length === 2);
}, 30_000);
