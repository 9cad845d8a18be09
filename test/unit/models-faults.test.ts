import { createServer as createHttpServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import type { ModelRequest } from '../../src/main/agent/models/model.ts';
import type { ModelSettings } from '../../src/main/agent/models/model-settings.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { fails, htmlPage, huge, json, type Reply, rateLimited, raw, says } from '../world/model-replies.ts';
import { type ModelServer, startModelServer } from '../world/model-server.ts';
import { question } from '../world/question.ts';
import { until } from '../world/until.ts';

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server.close());

const key = 'sk-test-0123456789abcdef';

async function ask(settings: ModelSettings = {}, more: Partial<ModelRequest> = {}) {
  const model = connectModel('openai:gpt-5-mini', {
    baseUrl: server.url,
    apiKey: key,
    env: {},
    maxRetries: 0,
    ...settings,
  });
  return model.ask(question('x', more));
}

/** The error a call ends with; never the answer. */
async function failure(settings: ModelSettings = {}, more: Partial<ModelRequest> = {}): Promise<RuntimeError> {
  const thrown = await ask(settings, more).then(
    (answer) => expect.fail(`answered: ${answer.text.slice(0, 100)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(RuntimeError);
  return thrown as RuntimeError;
}

const both = [
  ['plain', false],
  ['streamed', true],
] as const;

describe('what the provider refuses', () => {
  test.each([
    [400, 'MODEL_REFUSED'],
    [401, 'MODEL_REFUSED'],
    [402, 'MODEL_REFUSED'],
    [404, 'MODEL_REFUSED'],
    [408, 'MODEL_TIMED_OUT'],
    [413, 'MODEL_REFUSED'],
    [500, 'MODEL_UNREACHABLE'],
    [503, 'MODEL_UNREACHABLE'],
    [529, 'MODEL_UNREACHABLE'],
  ])('%i is %s, with its words', async (status, code) => {
    server.reply(fails(status, 'the reason given'));
    const error = await failure();
    expect(error).toMatchObject({ code, details: { status, model: 'openai:gpt-5-mini' } });
    expect(error.message).toContain('the reason given');
  });

  test('a model it does not have is MODEL_UNKNOWN', async () => {
    server.reply(fails(404, "model 'nope' not found, try pulling it first"));
    expect((await failure()).code).toBe('MODEL_UNKNOWN');
  });

  test.each([
    ['7', 7_000],
    ['0.25', 250],
    [new Date(Date.now() + 90_000).toUTCString(), expect.closeTo(90_000, -4)],
    ['soon', null],
  ])('429 with Retry-After %s is MODEL_RATE_LIMITED and tells how long', async (retryAfter, retryAfterMs) => {
    server.reply(rateLimited(retryAfter));
    expect(await failure()).toMatchObject({ code: 'MODEL_RATE_LIMITED', details: { retryAfterMs }, retryable: true });
  });

  test('an account without credit is not a matter of patience', async () => {
    server.reply(fails(429, 'You exceeded your current quota.', { code: 'insufficient_quota' }));
    expect(await failure({ maxRetries: 2 })).toMatchObject({ code: 'MODEL_REFUSED', retryable: false });
    expect(server.chatCount).toBe(1);
  });

  test('401 without a key is a missing key', async () => {
    server.reply(fails(401, 'no key'));
    const model = connectModel('ollama:qwen3', { baseUrl: server.url, env: {}, maxRetries: 0 });
    await expect(model.ask(question('x'))).rejects.toMatchObject({ code: 'MODEL_KEY_MISSING' });
  });

  test('its words are cut to 500 characters and never hold the key, whole or encoded', async () => {
    const forms = [key, Buffer.from(key).toString('base64'), encodeURIComponent(key)];
    server.reply(fails(401, `Incorrect API key ${forms.join(' ')} ${'x'.repeat(5_000)}`));
    const error = await failure();
    const told = JSON.stringify([error.message, error.details, error.stack, error.cause ?? '']);
    for (const form of forms) expect(told).not.toContain(form);
    expect(error.message).toContain('[key]');
    expect(error.message.length).toBeLessThan(600);
  });

  test('the key stays out when the body is no JSON, and when an unusable answer begins with it', async () => {
    server.reply([raw(`bad key: ${key}`, 'text/plain', 403), raw(`${key} is not JSON`)]);
    for (const code of ['MODEL_REFUSED', 'MODEL_ANSWER_INVALID']) {
      const error = await failure();
      expect(error.code).toBe(code);
      expect(JSON.stringify([error.message, error.details])).not.toContain(key);
    }
  });

  test('an error inside an answer with status 200 is told like its status', async () => {
    server.reply([json({ error: { message: 'slow down', code: 429 } }), json({ error: 'overloaded' })]);
    expect(await failure()).toMatchObject({ code: 'MODEL_RATE_LIMITED' });
    expect(await failure()).toMatchObject({
      code: 'MODEL_UNREACHABLE',
      message: expect.stringContaining('overloaded'),
    });
  });

  test('an error in the middle of a stream ends it with that error', async () => {
    const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"begun"}}]}\n\n';
    server.reply(raw(`${chunk}data: {"error":{"message":"upstream died","code":502}}\n\n`, 'text/event-stream'));
    const parts: string[] = [];
    const error = await failure({}, { onText: (delta) => parts.push(delta) });
    expect(error).toMatchObject({ code: 'MODEL_UNREACHABLE', message: expect.stringContaining('upstream died') });
    expect(parts).toEqual(['begun']);
  });

  test('a redirect is refused, and the prompt is not sent on', async () => {
    const other = await startModelServer();
    server.reply(() => ({ status: 307, headers: { location: `${other.url}/chat/completions` }, body: '' }));
    const error = await failure();
    expect(error).toMatchObject({ code: 'MODEL_REFUSED', details: { status: 307 } });
    expect(error.message).toContain('redirect');
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe.each(both)('answers that are none, %s', (_kind, stream) => {
  test.each<[string, Reply, string]>([
    ['a web page', htmlPage(), 'html'],
    ['invalid JSON', raw('{"choices": [{'), 'not_json'],
    ['prose', raw('Internal error, sorry'), 'not_json'],
    ['nothing', raw(''), 'empty'],
    ['only white space', raw('\n\n  \n'), 'empty'],
    ['JSON of another shape', json({ hello: 'world' }), 'shape'],
    ['no choices', json({ choices: [] }), 'shape'],
    ['a list', json([1, 2]), 'shape'],
    ['bytes that are no text', raw(Buffer.from([0xff, 0xfe, 0x00, 0x80])), 'not_json'],
    ['a broken stream event', raw('data: {"choices":[\n\n', 'text/event-stream'), 'not_json'],
    ['a stream without an end', raw('data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'), 'incomplete'],
  ])('%s', async (_fact, reply, reason) => {
    server.reply(reply);
    expect(await failure({ stream })).toMatchObject({
      code: 'MODEL_ANSWER_INVALID',
      details: { reason },
      retryable: true,
    });
  });

  test('an answer cut in half by an orderly end', async () => {
    server.reply(says('something to cut', { ending: 'cut' }));
    expect((await failure({ stream })).code).toBe('MODEL_ANSWER_INVALID');
  });

  test('10 MB are refused as soon as the limit is passed, and the connection is closed', async () => {
    server.reply(huge());
    expect(await failure({ stream })).toMatchObject({ code: 'MODEL_ANSWER_INVALID', details: { reason: 'too_large' } });
    await until(() => server.connections === 0);
  });

  test('an endless answer ends at the size limit', async () => {
    server.reply({ ending: 'endless' });
    const before = process.memoryUsage().rss;
    expect(await failure({ stream, maxAnswerBytes: 300_000 })).toMatchObject({ details: { reason: 'too_large' } });
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    await until(() => server.chats[0]?.end === 'gone');
  });

  test('a drop in the middle is MODEL_UNREACHABLE and not asked again by itself', async () => {
    server.reply(says('something to break', { ending: 'drop' }));
    expect((await failure({ stream, maxRetries: 2 })).code).toBe('MODEL_UNREACHABLE');
    expect(server.chatCount).toBe(1);
  });
});

describe('answers that are odd but good', () => {
  test.each<[string, Reply]>([
    [
      'JSON under another content type',
      raw('{"choices":[{"message":{"content":"fine"},"finish_reason":"stop"}]}', 'text/html'),
    ],
    ['a byte order mark', raw('\ufeff{"choices":[{"message":{"content":"fine"}}]}')],
    [
      'content in parts, thoughts among them',
      json({ choices: [{ message: { content: [{ type: 'thinking' }, { type: 'text', text: 'fine' }] } }] }),
    ],
    [
      'a stream where none was asked for',
      raw(
        'data: {"choices":[{"delta":{"content":"fi"}}]}\n\ndata: {"choices":[{"delta":{"content":"ne"}}]}\n\ndata: [DONE]\n\n',
      ),
    ],
    [
      'a stream with comments, CRLF, ids and no space after the colon',
      raw(
        ': hi\r\n\r\nid: 1\r\nevent: message\r\ndata:{"choices":[{"delta":{"content":"fine"},"finish_reason":"stop"}]}\r\n\r\n',
      ),
    ],
    [
      'a stream without [DONE] and without the last line end',
      raw('data: {"choices":[{"delta":{"content":"fine"},"finish_reason":"stop"}]}'),
    ],
    [
      'a stream with one event over several data lines',
      raw('data: {"choices":\ndata: [{"delta":{"content":"fine"},"finish_reason":"stop"}]}\n\n'),
    ],
  ])('%s', async (_fact, reply) => {
    server.reply(reply);
    for (const stream of [false, true]) expect((await ask({ stream })).text).toBe('fine');
  });

  test('invalid UTF-8 and NUL in the text are replaced', async () => {
    const body = Buffer.concat([
      Buffer.from('{"choices":[{"message":{"content":"a'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('\\u0000\\ud800b"}}]}'),
    ]);
    server.reply(raw(body));
    expect((await ask()).text).toBe('a\ufffd(\ufffd\ufffdb');
  });

  test('a character whose halves come in different chunks is whole', async () => {
    const chunk = (content: string) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
    server.reply(raw(`${chunk('go \\ud83d')}${chunk('\\ude80!')}data: [DONE]\n\n`));
    const parts: string[] = [];
    expect((await ask({}, { onText: (delta) => parts.push(delta) })).text).toBe('go 🚀!');
    expect(parts).toEqual(['go ', '🚀!']);
  });

  test('a server that keeps the stream open after [DONE] has answered; it loses the connection', async () => {
    const open = createHttpServer((_request, response) => {
      response.write('data: {"choices":[{"delta":{"content":"done"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
      response.on('close', () => open.close());
    });
    await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve));
    const { port } = open.address() as { port: number };
    expect((await ask({ baseUrl: `http://127.0.0.1:${port}` })).text).toBe('done');
    await until(() => !open.listening);
  });
});
