import { expect, onTestFinished, test } from 'vitest';
import type { VersionView } from '../../src/shared/views/version-views.ts';
import type { BusEventView, InboxItemView, ProcessDetail, RunBrief } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

const name = 'self-evolving-agent';
const report = (waiting: number) => ({
  service: 'payments',
  error: `Pool exhausted: 50 of 50 connections in use, ${waiting} requests wait`,
  log: 'payments.log',
});
const remedy = 'restart the workers one by one; the report job had kept its connections';

const open = async (node: TemplateNode) =>
  (await node.items<InboxItemView>('/inbox')).filter(({ answeredAt }) => answeredAt === null);

/** Approves what it wants to make of itself, one thing after the other; a power cut lies between them. */
async function approved(node: TemplateNode, tools: readonly string[]): Promise<InboxItemView[]> {
  const items: InboxItemView[] = [];
  for (const tool of tools) {
    const item = await until(async () => (await open(node)).find(({ about }) => about['tool'] === tool), 20_000);
    expect(item.question).toContain('It has read what others wrote (file:logs) and wants to change itself.');
    items.push(item);
    if (items.length === 2) await node.kill();
    await node.child().call('POST', `/inbox/${item.id}/answer`, { answer: { verdict: 'approve' } });
  }
  return items;
}

const settled = (node: TemplateNode, count: number) =>
  until(async () => {
    const runs = await node.items<RunBrief>(`/runs?process=${name}`);
    return runs.length === count && runs.every(({ state }) => state === 'done') ? runs : undefined;
  }, 20_000);

async function story(node: TemplateNode, hasComments: boolean) {
  const call = (path: string, body: object) => node.child().call('POST', path, body);
  const detail = async () => (await node.child().call('GET', `/processes/${name}`)).body as ProcessDetail;
  // A failure of that kind passes it by: it does not listen for it yet.
  await call('/events', { type: 'ops.failed.pool_exhausted', data: report(1) });

  await call('/events', { type: 'ops.failed', data: report(212) });
  const items = await approved(node, ['create_tool', 'modify_instructions', 'add_trigger']);
  expect(items[0]?.about['args']).toMatchObject({ tool_name: 'read_pool_exhausted' });
  await settled(node, 1);
  const learned = await until(async () => {
    const now = await detail();
    return now.version === 4 && now.triggers.length === 3 ? now : undefined;
  });
  expect(learned.instructions).toContain('## Runbook: pool_exhausted');
  expect(learned.instructions).toContain(remedy);
  expect(learned.manifest.includes('# Put logs of your services here')).toBe(hasComments);
  const versions = await node.items<VersionView>(`/processes/${name}/versions`);
  expect(versions.map(({ author, reason }) => `${author}: ${reason}`)).toEqual([
    'agent: it added the trigger pool-exhausted',
    'agent: it rewrote its instructions',
    'agent: it made the tool read_pool_exhausted',
    'person: created',
  ]);

  await node.kill();
  await call('/events', { type: 'ops.failed.pool_exhausted', data: report(340) });
  await settled(node, 2);
  expect(await open(node)).toEqual([]);
  const remedies = await until(async () => {
    const all = await node.items<BusEventView>('/events?type=ops.remedy');
    return all.length === 2 ? all : undefined;
  });
  const newest = remedies.map(({ data }) => data).find((data) => !(data as { learned?: boolean }).learned);
  expect(newest).toMatchObject({ service: 'payments', kind: 'pool_exhausted', remedy, numbers: [50, 50, 340] });

  // What it learned is taken back as a whole, to what its user wrote.
  await node.child().call('POST', `/processes/${name}/versions/written/restore`, {});
  const restored = await detail();
  expect(restored.instructions).not.toContain('## Runbook: pool_exhausted');
  expect(restored.triggers.map(({ id }) => id)).toEqual(['failures', 'report']);
}

test('an agent meets a failure nobody told it of, writes itself a runbook, a tool and a trigger, and handles the next alone', async () => {
  const node = await templateNode(name);
  await story(node, true);
}, 120_000);

test('the same agent with a model in the place of its script', async () => {
  const model = await startModelServer();
  onTestFinished(() => model.close());
  model.reply(({ toolAnswers, messages, tools, lastUserText }) => {
    const system = String(messages[0]?.['content']);
    const knows = tools.includes('read_pool_exhausted');
    const error = /Pool exhausted: [^"\\]*/.exec(lastUserText)?.[0];
    const tell = (numbers: number[], learned: boolean) =>
      calls('emit_event', {
        type: 'ops.remedy',
        data: { service: 'payments', kind: 'pool_exhausted', remedy, numbers, learned },
      });
    if (knows) {
      expect(system).toContain(`Remedy: ${remedy}`);
      if (toolAnswers.length === 0) return calls('read_pool_exhausted', { error: error ?? '' });
      if (toolAnswers.length === 1)
        return tell((JSON.parse(toolAnswers[0] ?? '{}') as { numbers: number[] }).numbers, false);
      return says('payments, pool_exhausted, handled by the runbook');
    }
    const instructions = 'You look after services.\n\n## Runbook: pool_exhausted\nRemedy: ';
    if (toolAnswers.length === 0) return calls('read_file', { path: 'logs/payments.log' });
    const helped = /Pool exhausted[\s\S]*?oncall: (.*?)\\n/.exec(toolAnswers[0] ?? '')?.[1] ?? '';
    if (toolAnswers.length === 1)
      return calls('create_tool', {
        tool_name: 'read_pool_exhausted',
        tool_description: 'Reads the numbers of the failure.',
        parameters: { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] },
        javascript_code:
          'export default async function run({ error }) { return { numbers: (error.match(/\\d+/g) ?? []).map(Number) }; }',
      });
    if (toolAnswers.length === 2) return calls('modify_instructions', { new_instructions: instructions + helped });
    if (toolAnswers.length === 3)
      return calls('add_trigger', {
        trigger_type: 'event',
        event_type: 'ops.failed.pool_exhausted',
        custom_config: { id: 'pool-exhausted' },
      });
    if (toolAnswers.length === 4) return tell([], true);
    return says('payments, pool_exhausted, learned');
  });
  const node = await templateNode(name, model.url);
  await story(node, false);
}, 120_000);
