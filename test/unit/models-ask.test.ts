import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import type { Model } from '../../src/main/agent/models/model.ts';
import type { ModelSettings } from '../../src/main/agent/models/model-settings.ts';
import { calls, callsEach, json, raw, says } from '../world/model-replies.ts';
import { type ModelServer, startModelServer } from '../world/model-server.ts';
import { question, tool } from '../world/question.ts';

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server.close());

const model = (settings: ModelSettings = {}, id = 'openai:gpt-5-mini'): Model =>
  connectModel(id, { baseUrl: server.url, env: {}, maxRetries: 0, ...settings });
const sent = () => server.chats.at(-1)?.body ?? {};

describe('an answer', () => {
  test('has text, usage and price', async () => {
    server.reply(
      says('hello', {
        usage: { prompt_tokens: 1_000, completion_tokens: 200, prompt_tokens_details: { cached_tokens: 400 } },
      }),
    );
    expect(await model().ask(question('x'))).toEqual({
      model: 'openai:gpt-5-mini',
      text: 'hello',
      toolCalls: [],
      finish: 'stop',
      usage: { inputTokens: 1_000, outputTokens: 200, cachedTokens: 400, estimated: false },
      costUsd: (600 * 0.25 + 400 * 0.025 + 200 * 2) / 1e6,
    });
  });

  test('is the same streamed, whichever way it is cut', async () => {
    const text = 'Grüße, 世界, 🚀 and a long tail that takes many pieces'.repeat(20);
    const request = { tools: [tool('files.read')] };
    server.reply(() =>
      callsEach(
        [
          ['files_read', { path: 'ä🚀' }],
          ['files_read', { path: 'b' }],
        ],
        { text },
      ),
    );
    const plain = await model().ask(question('x', request));
    const streamed = await model({ stream: true }).ask(question('x', request));
    expect(streamed).toMatchObject({ text: plain.text, usage: plain.usage, finish: 'tools', costUsd: plain.costUsd });
    expect(streamed.toolCalls.map(({ name, arguments: args }) => [name, args])).toEqual([
      ['files.read', '{"path":"ä🚀"}'],
      ['files.read', '{"path":"b"}'],
    ]);
    expect(plain.toolCalls.map((call) => call.name)).toEqual(['files.read', 'files.read']);
    expect(new Set(streamed.toolCalls.map((call) => call.id)).size).toBe(2);
  });

  test('is streamed to whoever wants its text, with usage asked for', async () => {
    const parts: string[] = [];
    server.reply(says('one two three four five six'));
    const answer = await model().ask(question('x', { onText: (delta) => parts.push(delta) }));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('')).toBe(answer.text);
    expect(sent()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test('of nothing is no error: what to make of it is not for the model to say', async () => {
    server.reply(says(''));
    expect(await model().ask(question('x'))).toMatchObject({ text: '', toolCalls: [], finish: 'stop' });
    expect(await model({ stream: true }).ask(question('x'))).toMatchObject({ text: '', finish: 'stop' });
  });

  test.each([
    ['length', 'length'],
    ['content_filter', 'filter'],
    ['stop', 'stop'],
    [null, 'stop'],
    ['eos', 'stop'],
  ])('that finishes with %s is told as %s', async (finish, told) => {
    server.reply(says('x', { finish }));
    expect((await model().ask(question('x'))).finish).toBe(told);
  });

  test('with calls is finished for tools, even if the server says stop', async () => {
    server.reply(calls('a', {}, { finish: 'stop' }));
    expect((await model().ask(question('x', { tools: [tool('a')] }))).finish).toBe('tools');
  });

  test('that is a refusal counts as filtered, with the words of the refusal', async () => {
    server.reply({ extra: { refusal: 'I cannot help with that.' } });
    expect(await model().ask(question('x'))).toMatchObject({ text: 'I cannot help with that.', finish: 'filter' });
  });
});

describe('tool calls', () => {
  const ask = (settings: ModelSettings = {}) =>
    model(settings).ask(question('x', { tools: [tool('a.b'), tool('a_b'), tool('c')] }));

  test('go out under names providers take, and come back under ours, also when two would be the same', async () => {
    await ask();
    const [dotted, plain] = (sent()['tools'] as { function: { name: string } }[]).map((entry) => entry.function.name);
    expect(dotted).toBe('a_b');
    expect(plain).toMatch(/^a_b_\w+/);
    server.reply(
      callsEach([
        [dotted ?? '', {}],
        [plain ?? '', {}],
      ]),
    );
    expect((await ask()).toolCalls.map((call) => call.name)).toEqual(['a.b', 'a_b']);
  });

  test('of a tool nobody offered keep the name the model made up', async () => {
    server.reply(calls('launch.rockets', {}));
    expect((await ask()).toolCalls[0]?.name).toBe('launch.rockets');
  });

  test('keep their arguments as written: none, prose, or cut off', async () => {
    server.reply(
      callsEach(
        [
          ['c', ''],
          ['c', 'please add 2 and 3'],
          ['c', '{"a": "unfinis'],
        ],
        { finish: 'length' },
      ),
    );
    for (const stream of [false, true]) {
      const answer = await ask({ stream });
      expect(answer.toolCalls.map((call) => call.arguments)).toEqual(['', 'please add 2 and 3', '{"a": "unfinis']);
      expect(answer.finish).toBe('length');
    }
  });

  test('without an id, or with one twice, get one of their own', async () => {
    const base = callsEach([
      ['c', {}],
      ['c', {}],
      ['c', {}],
    ]);
    server.reply({ ...base, calls: (base.calls ?? []).map((call, at) => ({ ...call, id: at === 0 ? '' : 'same' })) });
    const ids = (await ask()).toolCalls.map((call) => call.id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe('same');
    expect(ids.every((id) => id.length > 0)).toBe(true);
  });

  test('that a stream numbers all 0, or not at all, are told apart', async () => {
    const chunk = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const call = (id: string, args: string, index?: number) => ({
      tool_calls: [
        { ...(index === undefined ? {} : { index }), id, type: 'function', function: { name: 'c', arguments: args } },
      ],
    });
    const bodies = [
      chunk(call('x', '{"n":1}', 0)) + chunk(call('y', '{"n":2}', 0), 'tool_calls'),
      chunk(call('x', '{"n":1}')) + chunk(call('y', '{"n":2}'), 'tool_calls'),
      chunk(call('', '{"n":1}', 0)) + chunk(call('', '{"n":2}', 0), 'tool_calls'),
    ];
    for (const body of bodies) {
      server.reply(raw(body, 'text/event-stream'));
      expect((await ask({ stream: true })).toolCalls.map((made) => made.arguments)).toEqual(['{"n":1}', '{"n":2}']);
    }
  });

  test('with an object as arguments are written out as text', async () => {
    const message = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: '1', function: { name: 'c', arguments: { a: 1 } } }],
    };
    server.reply(json({ choices: [{ message }] }));
    expect((await ask()).toolCalls[0]?.arguments).toBe('{"a":1}');
  });

  test('5,000 of them arrive, each with its own id', async () => {
    server.reply(callsEach(Array.from({ length: 5_000 }, (_, at): [string, string] => ['c', `{"at":${at}}`])));
    for (const stream of [false, true]) {
      const { toolCalls } = await ask({ stream });
      expect(new Set(toolCalls.map((call) => call.id)).size).toBe(5_000);
      expect(toolCalls.at(-1)?.arguments).toBe('{"at":4999}');
    }
  });

  test('and their answers make a history every strict server takes', async () => {
    const offered = [tool('math.add')];
    server.reply([
      callsEach([
        ['math_add', { n: 1 }],
        ['math_add', { n: 2 }],
      ]),
    ]);
    const first = await model().ask(question('go', { tools: offered }));
    const results = first.toolCalls.map((call) => ({ role: 'tool' as const, toolCallId: call.id, content: 'done' }));
    const messages = [
      { role: 'system' as const, content: 'be brief' },
      { role: 'user' as const, content: 'go' },
      { role: 'assistant' as const, content: first.text, toolCalls: first.toolCalls },
      ...results,
    ];
    expect((await model().ask(question('', { messages, tools: offered }))).text).toBe('echo: done');
  });
});

describe('usage', () => {
  test('is estimated at four bytes a token when the server reports none', async () => {
    server.reply(says('x'.repeat(400), { usage: null }));
    for (const stream of [false, true]) {
      const { usage, costUsd } = await model({ stream }).ask(question('y'.repeat(4_000)));
      expect(usage).toEqual({ inputTokens: 1_004, outputTokens: 100, cachedTokens: 0, estimated: true });
      expect(costUsd).toBeCloseTo((1_004 * 0.25 + 100 * 2) / 1e6, 9);
    }
  });

  test.each([
    ['negative', { prompt_tokens: -5, completion_tokens: 3 }],
    ['text', { prompt_tokens: '12', completion_tokens: 3 }],
    ['missing', { total_tokens: 10 }],
    ['nothing at all', { prompt_tokens: 0, completion_tokens: 0 }],
  ])('that is %s is not believed', async (_fact, usage) => {
    server.reply(says('x', { usage }));
    expect((await model().ask(question('x'))).usage.estimated).toBe(true);
  });

  test('counts reasoning that only the total holds, and the cache as DeepSeek names it', async () => {
    server.reply(
      says('x', { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 115, prompt_cache_hit_tokens: 4 } }),
    );
    expect((await model().ask(question('x'))).usage).toMatchObject({ outputTokens: 105, cachedTokens: 4 });
  });

  test("costs nothing at a server of one's own, and null where nobody knows the price", async () => {
    expect((await model({}, 'ollama:qwen3').ask(question('x'))).costUsd).toBe(0);
    expect((await model({}, 'openai-compatible:whatever').ask(question('x'))).costUsd).toBe(0);
    const priced = model({ prices: { 'openai:gpt-5-mini': { input: 1_000_000, output: 0 } } });
    const { costUsd, usage } = await priced.ask(question('x'));
    expect(costUsd).toBe(usage.inputTokens);
  });

  test('has the price OpenRouter itself charged', async () => {
    server.reply(says('x', { usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.0042 } }));
    expect((await model({}, 'openrouter:x/y').ask(question('x'))).costUsd).toBe(0.0042);
  });
});

describe('the request', () => {
  test('carries the idempotency key, no headers that tell of this machine, and no key when there is none', async () => {
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-leak: 1');
    vi.stubEnv('OPENAI_ORG_ID', 'org-leak');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'admin-leak');
    await model().ask(question('x', { idempotencyKey: 'run-1/step-2' }));
    vi.unstubAllEnvs();
    const headers = server.chats[0]?.headers ?? {};
    expect(Object.keys(headers).sort()).toEqual(
      ['accept', 'connection', 'content-length', 'content-type', 'host', 'idempotency-key', 'user-agent'].sort(),
    );
    expect(headers['idempotency-key']).toBe('run-1/step-2');
  });

  test('carries temperature and limits only when they are given', async () => {
    await model().ask(question('x'));
    expect(Object.keys(sent()).sort()).toEqual(['messages', 'model']);
    await model().ask(question('x', { temperature: 0.5, maxOutputTokens: 77 }));
    expect(sent()).toMatchObject({ temperature: 0.5, max_completion_tokens: 77 });
  });

  test('holds no half characters, whatever was in the conversation', async () => {
    await model().ask(question('cut \ud83d here'));
    expect(sent()['messages']).toEqual([{ role: 'user', content: 'cut \ufffd here' }]);
  });

  test('uses one connection for calls in a row, and closes it with the connections', async () => {
    const one = model();
    for (let at = 0; at < 5; at++) await one.ask(question('x'));
    for (let at = 0; at < 5; at++) await one.ask(question('x', { onText: () => {} }));
    expect(new Set(server.chats.map((request) => request.connection)).size).toBe(1);
  });
});
