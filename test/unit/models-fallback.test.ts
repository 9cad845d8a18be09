import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chosenModel } from '../../src/main/agent/models/chosen-model.ts';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import { detectModels } from '../../src/main/agent/models/detect.ts';
import { firstOf } from '../../src/main/agent/models/fallback.ts';
import { LeanHttp } from '../../src/main/agent/models/lean-fetch.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { fails, htmlPage, type Reply, rateLimited, says } from '../world/model-replies.ts';
import { type ModelServer, startModelServer } from '../world/model-server.ts';
import { question } from '../world/question.ts';
import { until } from '../world/until.ts';

let first: ModelServer;
let second: ModelServer;
beforeEach(async () => {
  [first, second] = await Promise.all([
    startModelServer({ models: ['a1'] }),
    startModelServer({ models: ['b1', 'b2'] }),
  ]);
});
afterEach(() => Promise.all([first.close(), second.close()]));

const settings = { env: {}, maxRetries: 0 };
const pair = () =>
  firstOf([
    connectModel('ollama:a', { ...settings, baseUrl: first.url }),
    connectModel('ollama:b', { ...settings, baseUrl: second.url }),
  ]);

describe('a fallback list', () => {
  test('asks the first as long as it answers', async () => {
    expect(pair().id).toBe('ollama:a,ollama:b');
    expect((await pair().ask(question('x'))).model).toBe('ollama:a');
    expect(second.requests).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['is rate-limited', rateLimited(60)],
    ['has trouble', fails(503)],
    ['does not know the model', fails(404, 'model not found')],
    ['does not take the key', fails(401)],
    ['has no credit left', fails(402)],
    ['sends a web page', htmlPage()],
    ['breaks off before any text was passed on', says('x'.repeat(100), { ending: 'drop' })],
  ])('asks the second when the first %s', async (_fact, reply) => {
    first.reply(reply);
    expect((await pair().ask(question('x'))).model).toBe('ollama:b');
  });

  test('asks the second when the first is not there or lacks its key', async () => {
    await first.close();
    expect((await pair().ask(question('x'))).model).toBe('ollama:b');
    const keyless = firstOf([
      connectModel('openai:a', settings),
      connectModel('ollama:b', { ...settings, baseUrl: second.url }),
    ]);
    expect((await keyless.ask(question('x'))).model).toBe('ollama:b');
  });

  test('does not ask another what is wrong with the request itself', async () => {
    first.reply(fails(400, 'the prompt is too long'));
    await expect(pair().ask(question('x'))).rejects.toThrow('too long');
    expect(second.requests).toEqual([]);
  });

  test('does not begin anew once text was streamed out', async () => {
    const parts: string[] = [];
    first.reply(says('a long text of which half is seen', { ending: 'drop' }));
    await expect(pair().ask(question('x', { onText: (delta) => parts.push(delta) }))).rejects.toMatchObject({
      code: 'MODEL_UNREACHABLE',
    });
    expect(parts.length).toBeGreaterThan(0);
    expect(second.requests).toEqual([]);
  });

  test('ends with what the caller cancelled for', async () => {
    first.reply(says('x', { delayMs: 20_000 }));
    const stop = new AbortController();
    const asked = pair().ask(question('x', { signal: stop.signal }));
    await until(() => first.chatCount === 1);
    const reason = new RuntimeError('RUN_CANCELLED', 'enough');
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(second.requests).toEqual([]);
  });

  test('that found no answer names every failure and the shortest wait', async () => {
    first.reply(rateLimited(60));
    second.reply(rateLimited(20));
    await expect(pair().ask(question('x'))).rejects.toMatchObject({
      code: 'MODEL_RATE_LIMITED',
      retryable: true,
      message: expect.stringMatching(/ollama:a.*ollama:b/),
      details: {
        retryAfterMs: 20_000,
        attempts: [
          { model: 'ollama:a', code: 'MODEL_RATE_LIMITED' },
          { model: 'ollama:b', code: 'MODEL_RATE_LIMITED' },
        ],
      },
    });
  });

  test('of one is that one, of none is refused', () => {
    const only = connectModel('ollama:a', settings);
    expect(firstOf([only])).toBe(only);
    expect(() => firstOf([])).toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
  });
});

describe('the model of a manifest', () => {
  test('is its id, or an object with address, key, defaults and price, with fallbacks', async () => {
    await second.close();
    second = await startModelServer({ apiKey: 'own' });
    first.reply(fails(503));
    const detailed = {
      id: 'openai:b',
      baseUrl: second.url,
      apiKey: 'own',
      temperature: 0.2,
      maxOutputTokens: 50,
      inputPrice: 1,
      outputPrice: 3,
    };
    const model = chosenModel(['ollama:a', detailed], {
      ...settings,
      env: { OLLAMA_HOST: first.url.replace('/v1', '') },
    });
    const { model: answered, usage, costUsd } = await model.ask(question('x'));
    expect(answered).toBe('openai:b');
    expect(costUsd).toBeCloseTo((usage.inputTokens + 3 * usage.outputTokens) / 1e6, 9);
    expect(second.chats[0]?.body).toMatchObject({ temperature: 0.2, max_completion_tokens: 50 });
    await model.ask(question('x', { temperature: 1 }));
    expect(second.chats[1]?.body).toMatchObject({ temperature: 1 });
  });

  test('answers within its own time, and keeps the known price where only half is given', async () => {
    first.reply(says('x', { delayMs: 20_000 }));
    const slow = chosenModel([{ id: 'ollama:a', baseUrl: first.url, timeout: '100ms' }], settings);
    await expect(slow.ask(question('x'))).rejects.toMatchObject({ code: 'MODEL_TIMED_OUT' });
    second.reply(says('x', { usage: { prompt_tokens: 1_000_000, completion_tokens: 1_000_000 } }));
    const half = chosenModel([{ id: 'openai:gpt-5-mini', baseUrl: second.url, outputPrice: 5 }], settings);
    expect((await half.ask(question('x'))).costUsd).toBe(5.25);
  });
});

describe('detection', () => {
  /** Sends what goes to a known port to one of our servers, or to a port where nothing is. */
  const detect = (ports: Record<string, string>, env = {}, timeoutMs = 300) => {
    const http = new LeanHttp();
    const asked: string[] = [];
    const fetch = (url: string, init: { signal?: AbortSignal }) => {
      const { host, port } = new URL(url);
      asked.push(host);
      return http.fetch(`${ports[port] ?? 'http://127.0.0.1:9'}/models`, init);
    };
    return detectModels({ env, fetch, timeoutMs }).finally(() => {
      http.close();
      for (const host of asked) expect(host).toMatch(/^127\.0\.0\.1:/);
    });
  };

  test('finds the servers of this machine with their models, and nobody where nobody is', async () => {
    expect(await detect({ 11434: first.url, 8000: second.url })).toEqual({
      servers: [
        { provider: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', models: ['a1'] },
        { provider: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1', models: ['b1', 'b2'] },
      ],
      keys: [],
    });
  });

  test('follows OLLAMA_HOST on this machine and asks no other machine', async () => {
    const env = { OLLAMA_HOST: '127.0.0.1:7777' };
    expect((await detect({ 7777: first.url }, env)).servers).toMatchObject([
      { provider: 'ollama', baseUrl: 'http://127.0.0.1:7777/v1' },
    ]);
    expect((await detect({ 11434: first.url }, { OLLAMA_HOST: 'nas' })).servers).toEqual([]);
  });

  test('takes no other web server for a model server', async () => {
    const page = await startModelServer({ apiKey: 'closed' });
    const { servers } = await detect({ 8080: page.url, 8000: page.url.replace('/v1', '/elsewhere') });
    await page.close();
    expect(servers).toEqual([]);
  });

  test('waits no longer than its limit, for all together', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    const begin = performance.now();
    expect((await detect({ 11434: url, 1234: url, 8080: url, 8000: url }, {}, 100)).servers).toEqual([]);
    expect(performance.now() - begin).toBeLessThan(10_000);
    await new Promise((resolve) => silent.close(resolve));
  });

  test('names the variables that hold keys, and never what they hold', async () => {
    const env = { OPENAI_API_KEY: 'sk-secret', GOOGLE_API_KEY: 'g-secret', GROQ_API_KEY: ' ', PATH: '/bin' };
    const found = await detect({}, env);
    expect(found.keys).toEqual([
      { provider: 'openai', variable: 'OPENAI_API_KEY' },
      { provider: 'gemini', variable: 'GOOGLE_API_KEY' },
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});
