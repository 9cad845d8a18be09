import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import type { ModelMessage, ModelRequest } from '../../src/main/agent/models/model.ts';
import { providers } from '../../src/main/agent/models/providers.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { calls, fails, json, says } from '../world/model-replies.ts';
import { type ModelServer, type ModelServerOptions, startModelServer } from '../world/model-server.ts';
import { question, tool } from '../world/question.ts';

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server.close());

async function restart(options: ModelServerOptions): Promise<void> {
  await server.close();
  server = await startModelServer(options);
}

const connect = (provider: string) =>
  connectModel(`${provider}:m`, { baseUrl: server.url, apiKey: 'k', env: {}, maxRetries: 0 });
const ask = (provider: string, more: Partial<ModelRequest> = {}) => connect(provider).ask(question('x', more));
const sent = () => server.chats.at(-1)?.body as JsonObject & { messages: JsonObject[] };

const all = [...providers.keys()];
const schema = { type: 'object', properties: { n: { type: 'number' } } };

/** Two calls in one message, by another provider: ids and arguments as that one makes them. */
const history: ModelMessage[] = [
  { role: 'system', content: 'first' },
  { role: 'system', content: 'second' },
  { role: 'user', content: 'go' },
  {
    role: 'assistant',
    content: 'calling',
    toolCalls: [
      { id: 'call_abcdefghijklmnop', name: 'files.read', arguments: '{"path":"a"}' },
      { id: 'call_qrstuvwxyz012345', name: 'files.read', arguments: '{"path": "unfinis' },
    ],
  },
  { role: 'tool', toolCallId: 'call_qrstuvwxyz012345', content: 'B' },
  { role: 'tool', toolCallId: 'call_abcdefghijklmnop', content: 'A' },
  { role: 'assistant', content: '' },
  { role: 'user', content: 'and now?' },
];

describe.each(all)('%s', (provider) => {
  test('answers, calls a tool and goes on with a history that another provider made', async () => {
    const offered = [tool('files.read')];
    server.reply([says('plain'), calls('files_read', { path: 'c' })]);
    expect((await ask(provider)).text).toBe('plain');
    const called = await ask(provider, { messages: history, tools: offered, onText: () => {} });
    expect(called.toolCalls).toMatchObject([{ name: 'files.read', arguments: '{"path":"c"}' }]);
    const messages: ModelMessage[] = [
      ...history,
      { role: 'assistant', content: called.text, toolCalls: called.toolCalls },
      { role: 'tool', toolCallId: called.toolCalls[0]?.id ?? '', content: 'C' },
    ];
    expect((await ask(provider, { messages, tools: offered })).text).toBe('echo: C');
  });
});

describe('fields', () => {
  const limited = async (provider: string) => {
    await ask(provider, { maxOutputTokens: 9 });
    return Object.keys(sent()).find((key) => key.startsWith('max_'));
  };

  test('the limit has the name each provider takes', async () => {
    const names = await Promise.all(all.map((provider) => ask(provider, { maxOutputTokens: 9 }).then(() => provider)));
    expect(names).toEqual(all);
    for (const provider of ['openai', 'azure', 'groq', 'xai'])
      expect(await limited(provider)).toBe('max_completion_tokens');
    for (const provider of ['mistral', 'ollama', 'deepseek', 'gemini'])
      expect(await limited(provider)).toBe('max_tokens');
  });

  test('usage in streams is asked for, but not of Mistral, which refuses the field and sends it anyway', async () => {
    await ask('openai', { onText: () => {} });
    expect(sent()['stream_options']).toEqual({ include_usage: true });
    await ask('mistral', { onText: () => {} });
    expect(sent()).not.toHaveProperty('stream_options');
  });

  test('Azure gets its key in a header of its own', async () => {
    await ask('azure');
    expect(server.chats[0]?.headers).toMatchObject({ 'api-key': 'k' });
    expect(server.chats[0]?.headers).not.toHaveProperty('authorization');
    await ask('groq');
    expect(server.chats[1]?.headers).toMatchObject({ authorization: 'Bearer k' });
  });

  test('a JSON schema goes as far as the provider understands it, and is told in words to the others', async () => {
    const request = { jsonSchema: { name: 'result', schema } };
    await ask('openai', request);
    expect(sent()).toMatchObject({ response_format: { type: 'json_schema', json_schema: { name: 'result', schema } } });
    expect(sent().messages).toHaveLength(1);
    await ask('deepseek', request);
    expect(sent()).toMatchObject({
      response_format: { type: 'json_object' },
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    await ask('anthropic', {
      ...request,
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'x' },
      ],
    });
    expect(sent()).not.toHaveProperty('response_format');
    expect(sent().messages[0]?.['content']).toMatch(/^be brief\n\n.*JSON Schema:\n\{"type":"object"/s);
  });
});

describe('fields a server turns out not to know', () => {
  test.each([
    ['temperature', { temperature: 0 }],
    ['max_completion_tokens', { maxOutputTokens: 5 }],
    ['response_format', { jsonSchema: { name: 'r', schema } }],
    ['stream_options', { onText: () => {} }],
  ])('%s is left out after the first refusal, for good', async (field, request) => {
    await restart({ refuseFields: [field] });
    const model = connect('openai');
    for (let at = 0; at < 2; at++) expect((await model.ask(question('x', request))).text).toBe('echo: x');
    expect(server.chats.map(({ body }) => body?.[field] !== undefined)).toEqual([true, false, false]);
  });

  test('one name of the limit stands in for the other, and a schema for its words', async () => {
    await restart({ refuseFields: ['max_completion_tokens', 'response_format'] });
    await ask('openai', { maxOutputTokens: 5, jsonSchema: { name: 'r', schema } });
    expect(sent()['max_tokens']).toBe(5);
    expect(sent().messages[0]?.['content']).toContain('JSON Schema');
  });

  test("Mistral's way of saying it is understood too", async () => {
    const detail = [{ type: 'extra_forbidden', loc: ['body', 'temperature'], msg: 'Extra inputs are not permitted' }];
    server.reply([json({ object: 'error', message: { detail } }, 422)]);
    expect((await ask('mistral', { temperature: 1 })).text).toBe('echo: x');
  });

  test('what was not sent, or is refused for another reason, is not tried again', async () => {
    server.reply(() => fails(400, "Unsupported parameter: 'temperature'."));
    await expect(ask('openai')).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    server.reply(() => fails(400, 'This request has 9,000 tokens; temperature has nothing to do with it.'));
    await expect(ask('openai', { temperature: 1 })).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect(server.chatCount).toBe(2);
  });
});

describe('history', () => {
  const roles = () => sent().messages.map((message) => message['role']);
  const pastCalls = () =>
    sent().messages.flatMap(
      (message) => (message['tool_calls'] ?? []) as { id: string; function: { arguments: string } }[],
    );

  test('OpenAI gets it as it was, without messages of nothing', async () => {
    await ask('openai', { messages: history });
    expect(roles()).toEqual(['system', 'system', 'user', 'assistant', 'tool', 'tool', 'user']);
    expect(pastCalls().map((call) => call.function.arguments)).toEqual(['{"path":"a"}', '{"path": "unfinis']);
  });

  test('open models behind chat templates get one system message, and one call a message, each with its answer', async () => {
    await ask('llamacpp', { messages: history });
    expect(roles()).toEqual(['system', 'user', 'assistant', 'tool', 'assistant', 'tool', 'user']);
    expect(sent().messages[0]?.['content']).toBe('first\n\nsecond');
    expect(
      sent()
        .messages.slice(2, 6)
        .map((message) => message['content']),
    ).toEqual(['calling', 'A', null, 'B']);
  });

  test('arguments that are no JSON are wrapped where the server would parse them', async () => {
    await ask('anthropic', { messages: history });
    expect(pastCalls().map((call) => JSON.parse(call.function.arguments))).toEqual([
      { path: 'a' },
      { malformed_arguments: '{"path": "unfinis' },
    ]);
  });

  test('Mistral gets ids of nine letters and digits that still match', async () => {
    await ask('mistral', { messages: history });
    const ids = pastCalls().map((call) => call.id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(
      sent()
        .messages.filter((message) => message['role'] === 'tool')
        .map((message) => message['tool_call_id']),
    ).toEqual([ids[1], ids[0]]);
  });

  const again = async (provider: string, stream: boolean) => {
    const offered = [tool('t')];
    const answer = await ask(provider, { tools: offered, ...(stream ? { onText: () => {} } : {}) });
    const kept = JSON.parse(JSON.stringify(answer.toolCalls)) as typeof answer.toolCalls;
    const messages: ModelMessage[] = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: '', toolCalls: kept },
      { role: 'tool', toolCallId: kept[0]?.id ?? '', content: 'y' },
    ];
    await ask(provider, { messages, tools: offered });
    return sent().messages[1] as JsonObject & { tool_calls: JsonObject[] };
  };

  test.each([false, true])('Gemini sees the signature of its own calls again (stream: %s)', async (stream) => {
    const extra = { extra_content: { google: { thought_signature: 'signed' } } };
    server.reply([{ calls: [{ name: 't', arguments: '{}', extra }] }]);
    expect((await again('gemini', stream)).tool_calls[0]).toMatchObject(extra);
  });

  test('Gemini gets a stand-in for the signature of calls that others made; nobody else gets one', async () => {
    await ask('gemini', { messages: history });
    expect(pastCalls()[0]).toMatchObject({
      extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } },
    });
    await ask('openai', { messages: history });
    expect(pastCalls()[0]).not.toHaveProperty('extra_content');
  });

  test.each([false, true])('DeepSeek sees its reasoning again where it called tools (stream: %s)', async (stream) => {
    server.reply([calls('t', {}, { extra: { reasoning_content: 'because' } })]);
    expect(await again('deepseek', stream)).toMatchObject({ reasoning_content: 'because' });
  });

  test('reasoning of one provider does not go to another', async () => {
    server.reply([calls('t', {}, { extra: { reasoning_content: 'because' } })]);
    const { toolCalls } = await ask('deepseek', { tools: [tool('t')] });
    const messages: ModelMessage[] = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: '', toolCalls },
      { role: 'tool', toolCallId: toolCalls[0]?.id ?? '', content: 'y' },
    ];
    await ask('openai', { messages });
    expect(sent().messages[1]).not.toHaveProperty('reasoning_content');
  });
});

describe('tool schemas', () => {
  const parameters: JsonObject = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    properties: {
      mode: { const: 'fast' },
      size: { type: ['integer', 'null'], exclusiveMinimum: 0, format: 'int32' },
      when: { type: 'string', format: 'uri' },
      place: { $ref: '#/$defs/place' },
      either: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'number', multipleOf: 2 } }] },
    },
    required: ['mode'],
    $defs: {
      place: {
        type: 'object',
        properties: { inside: { $ref: '#/$defs/place' }, name: { type: 'string', pattern: '^a' } },
      },
    },
  };
  const request = { tools: [{ name: 't', description: 'd', parameters }] };
  const offered = () => (sent()['tools'] as { function: { parameters: JsonObject } }[])[0]?.function.parameters ?? {};

  test('go out as they are', async () => {
    await ask('openai', request);
    expect(offered()).toEqual(parameters);
  });

  test('go to Gemini in the words of OpenAPI, references written out and recursion ended', async () => {
    await ask('gemini', request);
    const { place, ...rest } = offered()['properties'] as JsonObject;
    expect(Object.keys(offered()).sort()).toEqual(['properties', 'required', 'type']);
    expect(rest).toEqual({
      mode: { enum: ['fast'] },
      size: { type: 'integer', format: 'int32', nullable: true },
      when: { type: 'string' },
      either: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'number' } }] },
    });
    expect(place).toMatchObject({ type: 'object', properties: { name: { type: 'string', pattern: '^a' } } });
    expect(JSON.stringify(place)).not.toContain('$ref');
  });
});
