import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openNode } from '../../src/main/compose/open-node.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { clientOf, type RuntimeClient } from '../../src/shared/api.ts';
import type { ErasureCheck } from '../../src/shared/erasure-receipt.ts';
import { RuntimeError, type WireError } from '../../src/shared/errors.ts';
import { caughtLater } from '../world/caught.ts';
import { script } from '../world/make.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const fact = 'Ada keeps the spare key "under" the third flowerpot';

async function remembering(journal: 'sqlite' | 'jsonl' = 'sqlite') {
  const dataDir = join(scratchFolder(), 'data');
  const node = await openNode({ dataDir, port: 0, logLevel: 'error', journal });
  onTestFinished(() => node.close().catch(() => {}));
  const client: RuntimeClient = clientOf(async (name, input) => {
    const reply = (await node.call(name, input)) as { ok: boolean; value?: unknown; error?: WireError };
    if (reply.ok) return reply.value;
    throw new RuntimeError(reply.error?.code as 'INTERNAL', reply.error?.message ?? '');
  });
  const manifest = {
    version: '1.0',
    name: 'p',
    ...script("await agent.context.set('said', event.payload); return 1;"),
  };
  await client.createProcess({ manifest, start: true });
  const { id } = await client.storeMemory({ name: 'p', content: fact });
  return { dataDir, client, id };
}

const found = ({ findings }: ErasureCheck) =>
  findings.filter(({ state }) => state === 'found').map(({ place, name }) => `${place}: ${name}`);

test('a backup that still holds what was forgotten is named with its date, and a new one is clean', async () => {
  const { client, id, dataDir } = await remembering();
  await client.backup({});
  const { receipt } = await client.forgetMemory({ name: 'p', id });
  const [kept] = (await client.listErasures({ name: 'p' })).items;
  expect(kept).toMatchObject({ id: receipt, count: 1, check: { clean: false } });
  const backups = kept?.check.findings.filter(({ place }) => place === 'backups') ?? [];
  expect(backups).toMatchObject([{ state: 'found', at: expect.any(Number), name: expect.stringMatching(/^runtime-/) }]);
  const old = `backups: ${backups[0]?.name}`;
  expect(found(kept?.check as ErasureCheck)).toEqual([old]);
  await client.backup({ path: join(dataDir, 'backups', 'runtime-20990101T000000Z.db') });
  const later = await client.checkErasure({ name: 'p', id: String(receipt) });
  expect(later.findings.filter(({ place }) => place === 'backups')).toHaveLength(2);
  expect(found(later)).toEqual([old]);
});

test('looking again finds what has come back, in memory, in context and in a file, by hashes alone', async () => {
  const { client, id, dataDir } = await remembering();
  const receipt = String((await client.forgetMemory({ name: 'p', id })).receipt);
  const check = () => client.checkErasure({ name: 'p', id: receipt });
  expect(await check()).toMatchObject({ clean: true });

  const { id: again } = await client.storeMemory({ name: 'p', content: fact });
  expect(found(await check())).toEqual(expect.arrayContaining(['memory: p', 'journal: p', 'files: runtime.db']));
  await client.forgetMemory({ name: 'p', id: again });
  expect(await check()).toMatchObject({ clean: true });

  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  writeFileSync(join(dataDir, 'logs', 'old.log'), `${'x'.repeat(1024 * 1024 - 7)}${fact}`);
  expect(found(await check())).toEqual(['files: logs/old.log'.replace('/', process.platform === 'win32' ? '\\' : '/')]);

  await client.wakeProcess({ name: 'p', payload: { text: `They say ${fact}.` } });
  await until(async () => (await client.getContext({ name: 'p' })).items.length === 1);
  expect(found(await check())).toEqual(expect.arrayContaining(['state: p', 'journal: p']));
});

test('making it forget everything gives one receipt for all, and says who asked', async () => {
  const { client, id } = await remembering();
  const { id: second } = await client.storeMemory({ name: 'p', content: 'The harbour closes at nine in winter' });
  const { receipt } = await client.purgeMemory({ name: 'p' });
  const { items, next } = await client.listErasures({ name: 'p', limit: 1 });
  expect(next).toBeNull();
  expect(items).toMatchObject([{ id: receipt, everything: true, count: 2, check: { clean: true } }]);
  expect(items[0]?.memories.map((one) => one.id).sort()).toEqual([id, second].sort());
  expect(items[0]?.by).not.toBe('');
  expect(items[0]?.askedAt).toBeLessThanOrEqual(items[0]?.erasedAt ?? 0);
});

test('where journals are JSON lines, nothing is left in the file of memories either', async () => {
  const { client, id } = await remembering('jsonl');
  const receipt = String((await client.forgetMemory({ name: 'p', id })).receipt);
  expect((await client.listErasures({ name: 'p' })).items).toMatchObject([{ id: receipt, check: { clean: true } }]);
  const { id: again } = await client.storeMemory({ name: 'p', content: fact });
  expect(found(await client.checkErasure({ name: 'p', id: receipt })).join()).toMatch(/files: .*jsonl/);
  await client.forgetMemory({ name: 'p', id: again });
  expect(await client.checkErasure({ name: 'p', id: receipt })).toMatchObject({ clean: true });
});

test('a receipt that is not there is refused by name', async () => {
  const { client } = await remembering();
  expect(await caughtLater(client.checkErasure({ name: 'p', id: 'rct_none' }))).toMatchObject({
    code: 'RECEIPT_NOT_FOUND',
  });
  expect(await caughtLater(client.listErasures({ name: 'nobody' }))).toMatchObject({ code: 'PROCESS_NOT_FOUND' });
});

test('what other nodes found, and which of them could not be asked yet, is said of each', async () => {
  let isThere = false;
  const asked: (string | null)[] = [];
  const found = { place: 'backups', name: 'runtime-1.db', at: 1, state: 'found', note: '' } as const;
  const runtime = new AgentRuntime({
    others: {
      members: () => ['nas', 'laptop', 'mill'].map((name) => ({ node: `${name}-id`, name })),
      async forget(node, erasure) {
        asked.push(node);
        expect(JSON.stringify(erasure)).not.toContain('flowerpot');
        if (node === 'laptop-id' && !isThere) throw new RuntimeError('PEER_UNREACHABLE', 'It is not there now.');
        return node === 'mill-id' ? [found] : [];
      },
    },
  });
  onTestFinished(() => runtime.close());
  const process = await runtime.register({ name: 'p', config: script('return 1;') });
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const { id } = await api.storeMemory({ name: process.name, content: fact, tags: [] }, 'ada');
  await api.forgetMemory({ name: 'p', id }, 'ada');
  const receipts = async () => (await api.listErasures({ name: 'p', limit: 1 }, 'ada')).items;
  const [receipt] = await receipts();
  expect(receipt).toMatchObject({ by: 'ada', check: { clean: false } });
  expect(receipt?.nodes?.map(({ name, doneAt }) => [name, doneAt !== null])).toEqual([
    ['nas', true],
    ['laptop', false],
    ['mill', true],
  ]);
  expect(receipt?.check.findings.filter(({ place }) => place === 'copies')).toMatchObject([
    { name: 'nas', state: 'clean' },
    { name: 'laptop', state: 'pending', at: receipt?.erasedAt },
    { name: 'mill', state: 'found', note: expect.stringContaining('runtime-1.db') },
  ]);
  isThere = true;
  await runtime.housekeeping.forgetOn('laptop-id');
  expect((await receipts())[0]?.nodes?.every(({ doneAt }) => doneAt !== null)).toBe(true);
  asked.length = 0;
  await runtime.housekeeping.forgetOn('laptop-id');
  expect(asked).toEqual([]);
  const again = await api.checkErasure({ name: 'p', id: receipt?.id ?? '' }, 'ada');
  expect(asked).toEqual(['nas-id', 'laptop-id', 'mill-id']);
  expect(again.findings.filter(({ state }) => state === 'pending')).toEqual([]);
});
