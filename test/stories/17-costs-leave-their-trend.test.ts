import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BusEventView, MemoryView, RunBrief } from '../../src/shared/views/views.ts';
import { templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

test('the cost optimizer remembers what is usual, through a kill, and recommends where a service leaves it', async () => {
  const node = await templateNode('cost-optimizer');
  const spend = join(node.folder, 'files', 'cost-optimizer', 'spend.csv');
  let count = 0;
  const look = async () => {
    await node.child().call('POST', '/processes/cost-optimizer/wake', { trigger: 'every-morning' });
    count++;
    const [run] = await until(async () => {
      const runs = await node.items<RunBrief>('/runs?process=cost-optimizer');
      return runs.length === count && runs[0]?.endedAt ? runs : undefined;
    });
    return run?.output;
  };
  const trends = async () =>
    (await node.items<MemoryView>('/processes/cost-optimizer/memory?limit=100')).map(({ content }) => content).sort();

  expect(await look()).toBe('2026-03-01: all 3 services are as usual.');
  await until(async () => (await trends()).length === 3);
  expect(await look()).toBe('Nothing new since 2026-03-01.');

  await node.kill();
  appendFileSync(spend, '2026-03-02,compute,130.00\n2026-03-02,storage,90.00\n');
  expect(await look()).toContain('storage costs 125 % more than usual');
  await until(async () => (await trends())[0]?.includes('2026-03-02'));
  expect(await trends()).toEqual([
    'The spending trend of compute is 123.00 USD a day, as of 2026-03-02',
    'The spending trend of network is 10.50 USD a day, as of 2026-03-02',
    'The spending trend of storage is 55.00 USD a day, as of 2026-03-02',
  ]);
  const recommended = await until(async () => {
    const events = await node.items<BusEventView>('/events?type=cost.recommendation');
    return events.length === 2 ? events : undefined;
  });
  expect(recommended.map(({ data }) => (data as { service: string; usual: number }).service).sort()).toEqual([
    'network',
    'storage',
  ]);
}, 60_000);
