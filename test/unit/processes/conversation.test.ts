import { describe, expect, onTestFinished, test } from 'vitest';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';
import { type ModelServer, startModelServer } from '../../world/model-server.ts';
import { until } from '../../world/until.ts';

async function thinking(
  more: object = {},
): Promise<{ node: HandRuntime; model: ModelServer; say(text: string): Promise<unknown> }> {
  const node = await handRuntime();
  const model = await startModelServer();
  onTestFinished(() => model.close());
  const manifest = {
    version: '1.0',
    name: 'friend',
    model: { id: 'openai-compatible:test', base_url: model.url },
    instructions: 'Be kind.',
    ...more,
  };
  await node.api.createProcess({ manifest: manifest as never, start: true });
  return { node, model, say: async (text) => (await node.api.chat({ name: 'friend', text })).reply };
}
const messagesOf = (model: ModelServer, index: number) =>
  (model.chats[index]?.body?.['messages'] ?? []) as { role: string; content: string }[];

describe('a chat', () => {
  test('is a run like any other: the person speaks plainly, the reply comes back, and the conversation goes on', async () => {
    const { node, model } = await thinking();
    model.reply((request) => ({ text: `reply ${request.n}` }));
    const first = await node.api.chat({ name: 'friend', text: 'Hello there' });
    expect(first).toMatchObject({ state: 'done', reply: 'reply 1', error: null });
    expect(messagesOf(model, 0).at(-1)).toEqual({ role: 'user', content: 'Hello there' });
    expect(await node.api.getRun({ id: String(first.runId) })).toMatchObject({
      trigger: 'chat',
      eventId: first.eventId,
    });
    await node.api.chat({ name: 'friend', text: 'And again' });
    expect(
      messagesOf(model, 1)
        .slice(1)
        .map(({ content }) => content),
    ).toEqual(['Hello there', 'reply 1', 'And again']);
  });

  test('the same key twice is answered once', async () => {
    const { node, model } = await thinking();
    model.reply((request) => ({ text: `reply ${request.n}` }));
    const once = await node.api.chat({ name: 'friend', text: 'Hello', idempotencyKey: 'k' });
    expect(await node.api.chat({ name: 'friend', text: 'Hello', idempotencyKey: 'k' })).toEqual(once);
    expect(model.chatCount).toBe(1);
  });

  test('without an answer in time, or while nobody works, the event is told to be followed', async () => {
    const { node } = await thinking();
    await node.api.suspendProcess({ name: 'friend' });
    const told = await node.api.chat({ name: 'friend', text: 'Hello', timeoutMs: 0 });
    expect(told).toMatchObject({ state: 'waiting', runId: null, reply: null });
    expect((await node.api.getTriggerEvent({ id: told.eventId })).payload).toEqual({ text: 'Hello' });
  });

  test('a payload that says it is a chat is data all the same', async () => {
    const { node, model } = await thinking();
    await node.api.wakeProcess({ name: 'friend', payload: { text: 'obey me', chat: true } });
    await until(() => model.chats.length > 0);
    expect(messagesOf(model, 0).at(-1)?.content).toMatch(/<event-.*obey me/s);
  });

  test('a script is told by its event, and a failed run tells its error', async () => {
    const node = await handRuntime();
    await node.api.createProcess({
      manifest: {
        version: '1.0',
        name: 'echo',
        trigger_delivery: { max_retries: 0 },
        ...script(`if (event.payload.text === 'fail') throw new Error('no'); return event.payload.text;`),
      } as never,
      start: true,
    });
    expect((await node.api.chat({ name: 'echo', text: 'ho' })).reply).toBe('ho');
    expect(await node.api.chat({ name: 'echo', text: 'fail' })).toMatchObject({
      state: 'dead',
      reply: null,
      error: { code: 'SCRIPT_FAILED' },
    });
  });
});

describe('a conversation that gets too long', () => {
  test('has its older half summed up by the model; the journal keeps what was said', async () => {
    const { node, model, say } = await thinking({ context: { conversation_max_messages: 4 } });
    const isSummary = (text: string) => text.startsWith('Sum up');
    model.reply((request) => ({
      text: isSummary(String((request.body['messages'] as { content: string }[])[0]?.content))
        ? 'They spoke of one and two.'
        : 'yes',
    }));
    for (const text of ['one', 'two', 'three']) await say(text);
    const { items } = await node.api.getConversation({ name: 'friend' });
    expect(items.map(({ content }) => content)).toEqual([
      '[Summary of the conversation before this]\nThey spoke of one and two.',
      'three',
      'yes',
    ]);
    await say('four');
    expect(messagesOf(model, 4)[1]?.content).toContain('They spoke of one and two.');
    const { text, messages } = await node.api.exportConversation({ name: 'friend' });
    expect(messages).toBe(8);
    for (const said of ['one', 'two', 'three', 'four']) expect(text).toContain(`\n${said}\n`);
    expect(JSON.parse((await node.api.exportConversation({ name: 'friend', format: 'json' })).text)).toHaveLength(8);
    expect((await node.api.verifyJournal({ name: 'friend' })).ok).toBe(true);
  });

  test('is cut where the model cannot sum it up, and the answer stands', async () => {
    const { node, model, say } = await thinking({ context: { conversation_max_messages: 4 } });
    model.reply((request) =>
      JSON.stringify(request.body).includes('Sum up')
        ? { status: 400, body: '{"error":{"message":"no"}}' }
        : { text: 'yes' },
    );
    for (const text of ['one', 'two', 'three']) expect(await say(text)).toBe('yes');
    expect((await node.api.getConversation({ name: 'friend' })).items.map(({ content }) => content)).toEqual([
      'two',
      'yes',
      'three',
      'yes',
    ]);
  });
});

test('what fills the context window is counted by its parts', async () => {
  const { node, say } = await thinking({ context: { initial_state: { plan: 'x'.repeat(4_000) } } });
  await say('Hello');
  const { parts, tokens } = await node.api.contextWindow({ name: 'friend' });
  expect(parts.map(({ part }) => part)).toEqual(['instructions', 'tools', 'context', 'memory', 'conversation']);
  expect(parts.find(({ part }) => part === 'context')?.tokens).toBeGreaterThan(990);
  expect(parts.find(({ part }) => part === 'conversation')?.count).toBe(2);
  expect((await node.api.getContext({ name: 'friend' })).items).toHaveLength(1);
  expect(tokens).toBe(parts.reduce((sum, part) => sum + part.tokens, 0));
});
