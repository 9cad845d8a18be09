import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Node } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { clientOf, type RuntimeClient } from '../../src/shared/api.ts';
import { wake } from '../world/make.ts';
import { calls, says } from '../world/model-replies.ts';
import { type ModelServer, startModelServer } from '../world/model-server.ts';
import { drained } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const fact = 'Ada keeps the spare key "under" the third flowerpot';

async function node(dataDir: string): Promise<{ node: Node; client: RuntimeClient }> {
  const opened = await openNode({ dataDir, port: 0, logLevel: 'error' });
  onTestFinished(() => opened.close().catch(() => {}));
  const client = clientOf(async (name, input) => {
    const reply = (await opened.call(name, input)) as { ok: boolean; value?: unknown };
    expect(reply).toMatchObject({ ok: true });
    return reply.value;
  });
  return { node: opened, client };
}

function filesWith(folder: string, text: string): string[] {
  const forms = [text, JSON.stringify(text).slice(1, -1), 'third flowerpot', 'flowerpot'];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    if (!statSync(path).isFile()) return false;
    const bytes = readFileSync(path).toString('latin1');
    return forms.some((form) => bytes.includes(form));
  });
}

async function remembering(models: ModelServer, { runtime }: Node, name: string, scope: 'process' | 'shared') {
  const process = await runtime.register({
    name,
    config: {
      model: { id: 'openai-compatible:test', baseUrl: models.url },
      instructions: 'Remember.',
      memory: { scope },
      context: { conversationHistory: false },
    },
  });
  await process.start();
  return process;
}

test.each(['process', 'shared'] as const)(
  'what is forgotten is gone from memory, prompts, recall, the journal and every file; its hashes hold (%s)',
  async (scope) => {
    const dataDir = join(scratchFolder(), 'data');
    const models = await startModelServer();
    onTestFinished(() => models.close());
    const { node: live, client } = await node(dataDir);
    const process = await remembering(models, live, 'p', scope);
    const other = await remembering(models, live, 'other', scope);
    models.reply([calls('store_memory', { content: fact }), says('noted')]);
    await wake(process, { hello: 'there' });
    await drained(process);
    models.reply([calls('search_memory', { query: 'spare key' }), says('I know where it is')]);
    for (const one of [process, other]) {
      models.reply([calls('search_memory', { query: 'where is the spare key of Ada' }), says('I know where it is')]);
      await wake(one, { question: 'where is the spare key of Ada?' });
      await drained(one);
    }
    await process.journaled.checkpoint();
    const known = (await client.listMemories({ name: 'p' })).items;
    expect(known.map(({ content }) => content)).toEqual([fact]);
    expect(JSON.stringify(models.chats)).toContain('third flowerpot');
    expect(filesWith(dataDir, fact)).not.toEqual([]);

    const { receipt: id } = await client.forgetMemory({ name: 'p', id: known[0]?.id ?? '' });
    await until(() => !process.snapshot.remembered.has('forgotten'));
    expect((await client.listMemories({ name: 'p', q: 'spare key' })).items).toEqual([]);
    for (const name of ['p', 'other']) {
      const page = await client.readJournal({ name, limit: 500 });
      expect(JSON.stringify(page)).not.toContain('flowerpot');
      expect(await client.verifyJournal({ name })).toMatchObject({ ok: true });
    }
    const { items, pending } = await client.listErasures({ name: 'p' });
    expect(pending).toBe(0);
    expect(items).toMatchObject([
      {
        id,
        process: 'p',
        count: 1,
        everything: false,
        memories: [{ id: known[0]?.id, characters: fact.length, hash: expect.any(String) }],
        erased: { agents: scope === 'shared' ? ['other', 'p'] : ['p'] },
        check: { clean: true },
      },
    ]);
    expect(items[0]?.erased.entries).toBeGreaterThan(2);
    expect(JSON.stringify(items)).not.toContain('flowerpot');
    const places = new Set(items[0]?.check.findings.map(({ place }) => place));
    expect([...places].sort()).toEqual(['files', 'journal', 'lists', 'memory', 'state']);
    models.reply([says('I do not know')]);
    const before = models.chats.length;
    await wake(process, { question: 'where is the spare key of Ada?' });
    await drained(process);
    expect(JSON.stringify(models.chats.slice(before))).not.toContain('flowerpot');

    await live.close();
    expect(filesWith(dataDir, fact)).toEqual([]);
    const { node: next, client: again } = await node(dataDir);
    expect(next.runtime.get('p').state).toBe('running');
    expect(await again.verifyJournal({ name: 'p' })).toMatchObject({ ok: true });
    expect((await again.listErasures({ name: 'p' })).items).toEqual(items);
    expect(await again.checkErasure({ name: 'p', id: id ?? '' })).toMatchObject({ clean: true });
    expect((await again.doctor({})).checks.filter(({ ok, name }) => !ok && name.includes('journal'))).toEqual([]);
  },
);

test('while a run is open its past stays, and is taken away when it has ended', async () => {
  const dataDir = join(scratchFolder(), 'data');
  const models = await startModelServer();
  onTestFinished(() => models.close());
  const { node: live, client } = await node(dataDir);
  const process = await remembering(models, live, 'p', 'process');
  await client.storeMemory({ name: 'p', content: fact, tags: [] });
  models.reply([
    calls('search_memory', { query: 'spare key' }),
    calls('ask_person', { question: 'Go on?' }),
    says('ok'),
  ]);
  await wake(process, { question: 'where is the spare key?' });
  const item = await until(() => [...process.snapshot.items.keys()][0]);
  const [known] = (await client.listMemories({ name: 'p' })).items;
  await client.forgetMemory({ name: 'p', id: known?.id ?? '' });
  expect(process.snapshot.remembered.has('forgotten')).toBe(true);
  await process.steering.answer(item, 'yes', 'ada');
  await drained(process);
  expect(process.snapshot.lastRun?.outcome).toBe('done');
  await live.runtime.housekeeping.tidy();
  expect(process.snapshot.remembered.has('forgotten')).toBe(false);
  expect(JSON.stringify(await client.readJournal({ name: 'p', limit: 500 }))).not.toContain('flowerpot');
});
