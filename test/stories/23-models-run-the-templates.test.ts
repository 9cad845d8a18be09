import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { MessageView } from '../../src/shared/views/messaging-views.ts';
import type { BusEventView, MemoryView, RunBrief } from '../../src/shared/views/views.ts';
import { calls, says } from '../world/model-replies.ts';
import { type Script, startModelServer } from '../world/model-server.ts';
import { type TemplateNode, templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

/** The template with a model in the place of its scripts: what is left of them is their instructions. */
async function withModel(id: string, script: Script): Promise<TemplateNode> {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  models.reply(script);
  return templateNode(id, models.url);
}

const runNow = (node: TemplateNode, process: string, trigger: string) =>
  node.child().call('POST', `/processes/${process}/wake`, { trigger });

const events = (node: TemplateNode, type: string) =>
  until(async () => {
    const all = await node.items<BusEventView>(`/events?type=${type}`);
    return all.length > 0 ? all.map(({ data }) => data) : undefined;
  });

test('the pipeline monitor with a model reads the files, tells what is off, and moves the baselines', async () => {
  const node = await withModel('pipeline-monitor', ({ toolAnswers, messages }) => {
    expect(String(messages[0]?.['content'])).toContain('You watch data pipelines');
    if (toolAnswers.length === 0) return calls('list_files', { path: 'data' });
    if (toolAnswers.length === 1) {
      expect(toolAnswers[0]).toContain('data/orders.csv');
      return calls('read_file', { path: 'data/orders.csv' });
    }
    const rows = (/"content":"((?:[^"\\]|\\.)*)"/.exec(toolAnswers[1] ?? '')?.[1] ?? '').split('\\n').length - 2;
    if (toolAnswers.length === 2)
      return calls('set_context', { key: 'baselines', value: { 'rows of orders.csv': rows } });
    if (toolAnswers.length === 3)
      return calls('emit_event', {
        type: 'pipeline.degraded',
        data: { what: 'rows of orders.csv', value: rows, usual: 99 },
      });
    return says('orders.csv is off');
  });
  await runNow(node, 'pipeline-monitor', 'every-five-minutes');
  expect(await events(node, 'pipeline.degraded')).toMatchObject([{ what: 'rows of orders.csv', usual: 99 }]);
  const { baselines } = (await node.context('pipeline-monitor')) as { baselines: Record<string, number> };
  expect(baselines['rows of orders.csv']).toBeGreaterThan(0);
}, 30_000);

test('the cost optimizer with a model keeps trends as memories, and recommends from them', async () => {
  const node = await withModel('cost-optimizer', ({ toolAnswers }) => {
    const isSecond = toolAnswers[0]?.includes('2026-03-02');
    if (toolAnswers.length === 0) return calls('read_file', { path: 'spend/spend.csv' });
    if (toolAnswers.length === 1) return calls('search_memory', { query: 'spending trend of storage' });
    if (!isSecond && toolAnswers.length === 2)
      return calls('store_memory', {
        content: 'The spending trend of storage is 40.00 USD a day',
        tags: ['trend', 'storage'],
      });
    if (isSecond && toolAnswers.length === 2) {
      expect(toolAnswers[1]).toContain('40.00 USD a day');
      const memory = /"memory_id": ?"([^"]+)"/.exec(toolAnswers[1] ?? '')?.[1] ?? '';
      return calls('forget_memory', { memory_id: memory });
    }
    if (isSecond && toolAnswers.length === 3)
      return calls('emit_event', { type: 'cost.recommendation', data: { service: 'storage', usd: 90, usual: 40 } });
    return says('looked');
  });
  const looked = async (count: number) => {
    await runNow(node, 'cost-optimizer', 'every-morning');
    await until(async () => (await node.items<RunBrief>('/runs?process=cost-optimizer&state=done')).length === count);
  };
  await looked(1);
  appendFileSync(join(node.folder, 'files', 'cost-optimizer', 'spend.csv'), '2026-03-02,storage,90.00\n');
  await looked(2);
  expect(await events(node, 'cost.recommendation')).toEqual([{ service: 'storage', usd: 90, usual: 40 }]);
  expect(await node.items<MemoryView>('/processes/cost-optimizer/memory')).toEqual([]);
}, 30_000);

test('the document processor with a model stores facts and routes the document to its specialist', async () => {
  const node = await withModel('document-processor', ({ toolAnswers, messages, lastUserText }) => {
    const system = String(messages[0]?.['content']);
    if (system.includes('You keep invoices')) {
      if (toolAnswers.length === 0)
        return calls('set_context', { key: 'due', value: { 'invoice-aurora.txt': { amount: '1,250.00 EUR' } } });
      if (toolAnswers.length === 1)
        return calls('emit_event', { type: 'invoice.due', data: { file: 'invoice-aurora.txt' } });
      return says('kept');
    }
    if (system.includes('You keep contracts')) return says('kept');
    const file = /"relative_path": "([^"]+)"/.exec(lastUserText)?.[1] ?? '';
    if (toolAnswers.length === 0) return calls('read_file', { path: `uploads/${file}` });
    if (toolAnswers.length === 1) return calls('store_memory', { content: `${file} was read`, tags: ['seen', file] });
    const kind = file.startsWith('invoice') ? 'invoice' : 'contract';
    if (toolAnswers.length === 2)
      return calls('send_message', { topic: `documents.${kind}`, content: { file, kind, entities: {} } });
    return says(`${file} is routed`);
  });
  expect(await events(node, 'invoice.due')).toEqual([{ file: 'invoice-aurora.txt' }]);
  await until(async () => (await node.items<MessageView>('/messages?state=consumed')).length === 2);
  const facts = await node.items<MemoryView>('/processes/contract-specialist/memory?limit=100');
  expect(facts.map(({ content }) => content).sort()).toEqual(['invoice-aurora.txt was read', 'lease.txt was read']);
}, 30_000);

test('the watchdog with a model checks the endpoint and calls on-call', async () => {
  const service = createServer((_request, response) => response.writeHead(503).end('down'));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void service.close());
  const host = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  vi.stubEnv('WATCHDOG_HOST', host);
  vi.stubEnv('WATCHDOG_ENDPOINT', `http://${host}/health`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const node = await withModel('infrastructure-watchdog', ({ toolAnswers, messages, lastUserText }) => {
    if (String(messages[0]?.['content']).includes('Each message is an escalation')) {
      if (toolAnswers.length > 0) return says('told');
      expect(lastUserText).toContain('ops.oncall');
      return calls('emit_event', { type: 'ops.escalated', data: { to: 'oncall', service: host } });
    }
    if (toolAnswers.length === 0) return calls('http_fetch', { url: `http://${host}/health` });
    if (toolAnswers.length === 1) {
      expect(toolAnswers[0]).toContain('503');
      return calls('set_context', { key: 'uptime', value: { checks: 1, up: 0, failing: 1 } });
    }
    if (toolAnswers.length === 2)
      return calls('send_message', {
        topic: 'ops.oncall',
        content: { service: host, what: 'answers with 503', count: 1 },
      });
    return says('called');
  });
  await runNow(node, 'infrastructure-watchdog', 'every-five-minutes');
  expect(await events(node, 'ops.escalated')).toEqual([{ to: 'oncall', service: host }]);
  expect((await node.context('infrastructure-watchdog'))['uptime']).toEqual({ checks: 1, up: 0, failing: 1 });
}, 30_000);
