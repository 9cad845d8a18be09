import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BusEventView, MemoryView } from '../../src/shared/views/views.ts';
import { templateNode } from '../world/template-node.ts';
import { until } from '../world/until.ts';

test('uploaded documents are read, what stands in them is remembered by all three, and each reaches its specialist', async () => {
  const node = await templateNode('document-processor');
  await until(
    async () =>
      'due' in (await node.context('invoice-specialist')) && 'ends' in (await node.context('contract-specialist')),
  );
  expect((await node.context('invoice-specialist'))['due']).toEqual({
    'invoice-aurora.txt': { amount: '1,250.00 EUR', by: '2026-04-30' },
  });
  expect((await node.context('contract-specialist'))['ends']).toEqual({ 'lease.txt': '2027-04-30' });

  const facts = async () =>
    (await node.items<MemoryView>('/processes/contract-specialist/memory?limit=100')).map(({ content }) => content);
  await until(async () => (await facts()).length === 7);
  const asked = await node
    .child()
    .call('POST', '/processes/contract-specialist/chat', { text: 'what amount has the Aurora invoice' });
  expect((asked.body as { reply: string }).reply).toContain('invoice-aurora.txt has the amount 1,250.00 EUR');

  await node.kill();
  const uploads = join(node.folder, 'files', 'document-processor');
  writeFileSync(
    join(uploads, 'invoice-aurora.txt'),
    'INVOICE 2026-0417 (corrected)\nAmount due: 990.00 EUR by 2026-05-15',
  );
  await until(async () => JSON.stringify(await node.context('invoice-specialist')).includes('990.00 EUR'));
  await until(async () => !(await facts()).join().includes('1,250.00'));
  expect((await facts()).filter((fact) => fact.startsWith('invoice')).sort()).toEqual([
    'invoice-aurora.txt has the amount 990.00 EUR',
    'invoice-aurora.txt has the date 2026-05-15',
    'invoice-aurora.txt has the number 2026-0417',
  ]);
  const due = await node.items<BusEventView>('/events?type=invoice.due');
  expect(due.map(({ data }) => (data as { by: string }).by)).toEqual(['2026-05-15', '2026-04-30']);
}, 60_000);
