import { describe, expect, onTestFinished, test } from 'vitest';
import type { MemoryView, RunBrief } from '../../../src/shared/views/views.ts';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { startModelServer } from '../../world/model-server.ts';
import { until } from '../../world/until.ts';

const create = (node: HandRuntime, name: string, more: object) =>
  node.api.createProcess({ manifest: { version: '1.0', name, ...more } as never, start: true });

async function woken(node: HandRuntime, name: string, payload: unknown = {}): Promise<RunBrief> {
  const { eventId } = await node.api.wakeProcess({ name, payload: payload as never });
  return until(async () => {
    await node.clock.advance(1);
    const { items } = await node.api.listRuns({ process: name });
    return items.find((run) => run.eventId === eventId && run.endedAt !== null);
  });
}

const remembered = async (node: HandRuntime, name: string, q?: string): Promise<MemoryView[]> =>
  (await node.api.listMemories({ name, ...(q ? { q } : {}) })).items;
const told = (body: unknown) => JSON.stringify(body);

describe('what an agent remembers', () => {
  test('a script stores, finds its own writes at once, and the world sees them when the run has settled', async () => {
    const node = await handRuntime();
    await create(
      node,
      'keeper',
      script(`
        const { memory_id } = await agent.memory.store('Aurora pays on the 14th', ['billing']);
        const { memories } = await agent.memory.search('when does Aurora pay');
        if (event.payload.fail) throw new Error('no');
        return { memory_id, seen: memories.map((one) => one.memory_id) };
      `),
    );
    const { output, id } = await woken(node, 'keeper');
    const { memory_id, seen } = output as { memory_id: string; seen: string[] };
    expect(seen).toEqual([memory_id]);
    const [kept, ...others] = await until(async () => {
      const all = await remembered(node, 'keeper');
      return all.length > 0 ? all : undefined;
    });
    expect(others).toEqual([]);
    expect(kept).toMatchObject({
      id: memory_id,
      content: 'Aurora pays on the 14th',
      tags: ['billing'],
      process: 'keeper',
      run: id,
      step: 1,
      source: 'agent',
    });
  });

  test('a run that fails leaves nothing behind, and another process sees none of it', async () => {
    const node = await handRuntime();
    const body = `await agent.memory.store('half a thought'); throw new Error('no');`;
    await create(node, 'failing', { ...script(body), trigger_delivery: { max_retries: 0 } });
    await create(node, 'other', script(`return (await agent.memory.search('thought')).memories;`));
    expect((await woken(node, 'failing')).state).toBe('failed');
    expect(await remembered(node, 'failing')).toEqual([]);
    await node.api.storeMemory({ name: 'failing', content: 'a whole thought' });
    expect((await woken(node, 'other')).output).toEqual([]);
    expect(await remembered(node, 'failing', 'thought')).toMatchObject([
      { content: 'a whole thought', source: 'user', run: null },
    ]);
  });

  test('what was settled when the program was killed is remembered once, whatever was told already', async () => {
    let node = await handRuntime();
    await create(node, 'keeper', script(`await agent.memory.store('fact ' + event.payload.n); return 'ok';`));
    for (let n = 1; n <= 5; n++) {
      await woken(node, 'keeper', { n });
      node = await node.kill();
    }
    const contents = await until(async () => {
      const all = (await remembered(node, 'keeper')).map(({ content }) => content);
      return all.length >= 5 ? all : undefined;
    });
    expect(contents.sort()).toEqual(['fact 1', 'fact 2', 'fact 3', 'fact 4', 'fact 5']);
  });

  test('forgetting an unknown memory is refused; a forgotten one is gone for the agent and for people', async () => {
    const node = await handRuntime();
    await create(node, 'keeper', script(`return (await agent.memory.forget(event.payload.id)).forgotten;`));
    await expect(node.api.forgetMemory({ name: 'keeper', id: 'mem_none' })).rejects.toMatchObject({
      code: 'MEMORY_NOT_FOUND',
    });
    const { id } = await node.api.storeMemory({ name: 'keeper', content: 'the cellar is flooded' });
    expect((await woken(node, 'keeper', { id })).output).toBe(true);
    await until(async () => (await remembered(node, 'keeper')).length === 0);
    await node.api.storeMemory({ name: 'keeper', content: 'one' });
    await node.api.storeMemory({ name: 'keeper', content: 'two' });
    await node.api.purgeMemory({ name: 'keeper' });
    expect(await remembered(node, 'keeper')).toEqual([]);
  });
});

test('a process that is deleted takes what it alone remembered with it; what is shared stays', async () => {
  const node = await handRuntime();
  const shared = { memory: { scope: 'shared', user_id: 'team' } };
  await create(node, 'own', script('return 1;'));
  await create(node, 'ours', { ...script('return 1;'), ...shared });
  await create(node, 'theirs', { ...script('return 1;'), ...shared });
  await node.api.storeMemory({ name: 'own', content: 'mine' });
  await node.api.storeMemory({ name: 'ours', content: 'for all of us' });
  for (const name of ['own', 'ours']) await node.api.deleteProcess({ name });
  await create(node, 'own', script('return 1;'));
  expect(await remembered(node, 'own')).toEqual([]);
  expect(await remembered(node, 'theirs')).toMatchObject([{ content: 'for all of us', process: 'ours' }]);
});

describe('recall', () => {
  test('a model is shown what fits the event, fenced as data; the step is recorded, and what was forgotten is not shown again', async () => {
    const node = await handRuntime();
    const model = await startModelServer();
    onTestFinished(() => model.close());
    model.reply([{ calls: [{ name: 'ask_person', arguments: '{"question":"Go on?"}' }] }, { text: 'done' }]);
    await create(node, 'thinker', {
      model: { id: 'openai-compatible:test', base_url: model.url },
      instructions: 'Help.',
    });
    const { id } = await node.api.storeMemory({
      name: 'thinker',
      content: 'The invoices of Aurora are paid in Lisbon',
    });
    await node.api.storeMemory({ name: 'thinker', content: 'Invoices are never paid twice' });
    await node.api.wakeProcess({ name: 'thinker', payload: { text: 'invoices of Aurora' } });
    const item = await until(async () => (await node.api.listInbox({})).items[0]);
    expect(told(model.chats[0]?.body)).toMatch(/<memory-[\w-]{10}>.*paid in Lisbon.*<\/memory-/);
    const [run] = (await node.api.listRuns({ process: 'thinker' })).items;
    const { steps } = await node.api.getRun({ id: (run as RunBrief).id });
    expect(steps.map(({ kind, name }) => `${kind} ${name}`).slice(0, 2)).toEqual([
      'memory recall',
      'model openai-compatible:test',
    ]);

    await node.api.forgetMemory({ name: 'thinker', id });
    const next = await node.restart();
    await next.api.answerInboxItem({ id: item.id, answer: 'yes' });
    await until(async () => {
      await next.clock.advance(1);
      return (await next.api.listRuns({ process: 'thinker' })).items[0]?.endedAt;
    });
    const after = told(model.chats[1]?.body);
    expect(after).toContain('never paid twice');
    expect(after).toContain('(forgotten since)');
    expect(after).not.toContain('Lisbon');
  });

  test('remembers every run when told to, and nothing is recalled where there is nothing', async () => {
    const node = await handRuntime();
    const model = await startModelServer();
    onTestFinished(() => model.close());
    model.reply([{ text: 'The harbour opens at six.' }, { text: 'At six.' }]);
    await create(node, 'diary', {
      model: { id: 'openai-compatible:test', base_url: model.url },
      memory: { auto_store: true },
      context: { conversation_history: false },
    });
    const first = await woken(node, 'diary', 'When does the harbour open?');
    expect((await node.api.getRun({ id: first.id })).steps.map(({ kind }) => kind)).toEqual(['model']);
    expect(await until(async () => (await remembered(node, 'diary'))[0])).toMatchObject({
      source: 'auto_store',
      run: first.id,
    });
    await woken(node, 'diary', 'harbour?');
    expect(told(model.chats[1]?.body)).toContain('opens at six');
  });

  test('memory that cannot be reached recalls nothing, and the run goes on', async () => {
    const node = await handRuntime();
    const model = await startModelServer();
    onTestFinished(() => model.close());
    model.reply({ text: 'done' });
    await create(node, 'cut-off', {
      model: { id: 'openai-compatible:test', base_url: model.url },
      memory: { provider: 'chroma', url: 'http://127.0.0.1:9' },
    });
    const run = await woken(node, 'cut-off');
    expect(run.state).toBe('done');
    const { steps } = await node.api.getRun({ id: run.id });
    expect(steps[0]).toMatchObject({ kind: 'memory', state: 'error', error: { code: 'MEMORY_UNAVAILABLE' } });
  });
});
