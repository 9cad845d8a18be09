import { describe, expect, test } from 'vitest';
import type { RuntimeClient } from '../../src/shared/api.ts';
import { caughtLater } from '../world/caught.ts';
import { script } from '../world/make.ts';
import { calls, says } from '../world/model-replies.ts';
import { until } from '../world/until.ts';
import { createWorld } from '../world/world.ts';

const counter = {
  version: '1.0',
  name: 'counter',
  ...script(`
    const seen = agent.context.get('seen') ?? [];
    await agent.context.set('seen', [...seen, event.payload]);
    if (event.payload === 'forget') await agent.context.delete('seen');
    return seen.length`),
  context: { initial_state: { limit: 3 } },
};

async function wokenWith(client: RuntimeClient, name: string, payload: string): Promise<unknown> {
  const { eventId } = await client.wakeProcess({ name, payload });
  const event = await until(async () => {
    const found = await client.getTriggerEvent({ id: eventId });
    return found.endedAt === null ? undefined : found;
  });
  return (await client.getRun({ id: event.runId ?? '' })).output;
}

const contextOf = async (client: RuntimeClient) =>
  Object.fromEntries((await client.getContext({ name: 'counter' })).items.map(({ key, value }) => [key, value]));

describe('it remembers', () => {
  test('what it keeps is there the next time it is woken, also after the program was killed', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    let client = await world.client();
    await client.createProcess({ manifest: counter, start: true });
    expect(await wokenWith(client, 'counter', 'a')).toBe(0);
    expect(await wokenWith(client, 'counter', 'b')).toBe(1);
    await world.restart('killed');
    client = await world.client();
    expect(await contextOf(client)).toEqual({ limit: 3, seen: ['a', 'b'] });
    expect(await wokenWith(client, 'counter', 'c')).toBe(2);
    await wokenWith(client, 'counter', 'forget');
    expect(await contextOf(client)).toEqual({ limit: 3 });
  });

  test('each value says who wrote it, in which run, and what was there before', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client('ada');
    await client.createProcess({ manifest: counter, start: true });
    await wokenWith(client, 'counter', 'a');
    await client.setContext({ name: 'counter', key: 'seen', value: ['by hand'] });
    const [run] = (await client.listRuns({ process: 'counter' })).items;
    const { items } = await client.contextHistory({ name: 'counter', key: 'seen' });
    expect(items.map(({ by, value }) => [by, value])).toEqual([
      ['ada', ['by hand']],
      [`run:${run?.id}`, ['a']],
    ]);
    const [limit] = (await client.contextHistory({ name: 'counter', key: 'limit' })).items;
    expect(limit).toMatchObject({ by: 'manifest', value: 3, deleted: false });
  });

  test('a person changes only what they have seen', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client();
    await client.createProcess({ manifest: counter });
    const first = await client.setContext({ name: 'counter', key: 'limit', value: 4, version: 1 });
    expect(first).toMatchObject({ value: 4, version: 2 });
    const refusal = await caughtLater(client.setContext({ name: 'counter', key: 'limit', value: 5, version: 1 }));
    expect(refusal).toMatchObject({ code: 'VERSION_CONFLICT', details: { version: 2 } });
    expect((await caughtLater(client.deleteContext({ name: 'counter', key: 'nothing' }))).code).toBe(
      'CONTEXT_KEY_NOT_FOUND',
    );
    await client.deleteContext({ name: 'counter', key: 'limit' });
    expect(await contextOf(client)).toEqual({});
  });

  test('an agent with a model keeps what it wants to, and its conversation goes on after a kill', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const model = await world.model();
    const manifest = {
      version: '1.0',
      name: 'clerk',
      model: { id: 'openai-compatible:test', base_url: model.url },
      instructions: 'Remember what you are told.',
    };
    let client = await world.client();
    await client.createProcess({ manifest, start: true });
    model.reply([calls('set_context', { key: 'birthday', value: '10 December' }), says('I shall remember it.')]);
    expect(await wokenWith(client, 'clerk', 'Ada was born on 10 December.')).toBe('I shall remember it.');
    await world.restart('killed');
    client = await world.client();
    model.reply([says('On 10 December.')]);
    await wokenWith(client, 'clerk', 'When was Ada born?');
    const shown = JSON.stringify(model.chats.at(-1)?.body?.['messages']);
    expect(shown).toContain('birthday: \\"10 December\\"');
    expect(shown).toContain('Ada was born on 10 December.');
    expect(shown).toContain('I shall remember it.');
    const { items } = await client.getConversation({ name: 'clerk' });
    expect(items.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);

    await client.clearConversation({ name: 'clerk' });
    model.reply([says('I do not know.')]);
    await wokenWith(client, 'clerk', 'And Bob?');
    expect(JSON.stringify(model.chats.at(-1)?.body?.['messages'])).not.toContain('I shall remember it.');
  });
});
