import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  calls,
  callsEach,
  fails,
  htmlPage,
  huge,
  rateLimited,
  raw,
  says,
  truncatedCall,
} from '../world/model-replies.ts';
import { type ModelServer, type ModelServerOptions, startModelServer } from '../world/model-server.ts';
import { until } from '../world/until.ts';

/** The official client is the judge of whether the server is OpenAI-compatible. */
let server: ModelServer;
let client: OpenAI;

beforeEach(() => start());
afterEach(() => server.close());

async function start(options: ModelServerOptions = {}): Promise<void> {
  if (Object.keys(options).length > 0) await server.close();
  server = await startModelServer(options);
  client = new OpenAI({ baseURL: server.url, apiKey: 'k', maxRetries: 0 });
}

const asking = (content: string): { model: string; messages: OpenAI.ChatCompletionMessageParam[] } => ({
  model: 'm',
  messages: [{ role: 'user', content }],
});
const add: OpenAI.ChatCompletionTool = { type: 'function', function: { name: 'add', parameters: { type: 'object' } } };

describe('what it answers', () => {
  test('it lists its models', async () => {
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(['gpt-5-mini', 'test-model']);
  });

  test('unscripted, it echoes the user and reports usage', async () => {
    const answer = await client.chat.completions.create(asking('hello'));
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'echo: hello' } });
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  test('unscripted, it calls the tools the text asks for, one after the other, then echoes the last answer', async () => {
    const asked = asking('please call add {"a":{"b":1}} and then call add {"a":2}');
    const first = await client.chat.completions.create({ ...asked, tools: [add] });
    const call = first.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ function: { name: 'add', arguments: '{"a":{"b":1}}' } });
    const answered = (id = ''): OpenAI.ChatCompletionMessageParam => ({
      role: 'tool',
      tool_call_id: id,
      content: `sum ${id}`,
    });
    asked.messages.push(first.choices[0]?.message as OpenAI.ChatCompletionMessageParam, answered(call?.id));
    const second = await client.chat.completions.create({ ...asked, tools: [add] });
    const next = second.choices[0]?.message.tool_calls?.[0];
    expect(next).toMatchObject({ function: { arguments: '{"a":2}' } });
    asked.messages.push(second.choices[0]?.message as OpenAI.ChatCompletionMessageParam, answered(next?.id));
    const last = await client.chat.completions.create({ ...asked, tools: [add] });
    expect(last.choices[0]?.message.content).toBe(`echo: sum ${next?.id}`);
  });

  test('a wish that stands escaped inside JSON, for a tool whose dots were taken out, is understood', async () => {
    const text = JSON.stringify({ payload: 'call math.add {"a":"x"}' });
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'math_add' } }];
    const answer = await client.chat.completions.create({ ...asking(text), tools });
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'math_add', arguments: '{"a":"x"}' },
    });
  });

  test('it streams text in pieces, with a usage chunk only when asked', async () => {
    server.reply(says('a longer text that takes several pieces'));
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const body = { ...asking('x'), stream: true as const };
    for await (const chunk of await client.chat.completions.create({
      ...body,
      stream_options: { include_usage: true },
    })) {
      chunks.push(chunk);
    }
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length).toBeGreaterThan(2);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
      'a longer text that takes several pieces',
    );
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    let usage: unknown;
    for await (const chunk of await client.chat.completions.create(body)) usage ??= chunk.usage;
    expect(usage).toBeUndefined();
  });

  test('it streams parallel tool calls in pieces', async () => {
    server.reply(
      callsEach([
        ['add', { a: 1, b: 22222 }],
        ['add', { a: 3, b: 44444 }],
      ]),
    );
    const stream = client.chat.completions.stream({ ...asking('x'), tools: [add] });
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0]!;
    expect(finish_reason).toBe('tool_calls');
    expect(message.tool_calls).toMatchObject([
      { function: { arguments: '{"a":1,"b":22222}' } },
      { function: { arguments: '{"a":3,"b":44444}' } },
    ]);
  });

  test('embeddings are the same as floats and as base64, and near for texts that share words', async () => {
    const input = ['the red fox', 'a red fox', 'tax return'];
    const decoded = await client.embeddings.create({ model: 'e', input, dimensions: 128 });
    const floats = await client.embeddings.create({ model: 'e', input, dimensions: 128, encoding_format: 'float' });
    expect(server.requests[0]?.body?.['encoding_format']).toBe('base64');
    expect(decoded.data[0]?.embedding).toEqual(floats.data[0]?.embedding);
    const [first, second, third] = floats.data.map((entry) => entry.embedding);
    const near = (a: number[] = [], b: number[] = []) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    expect(first).toHaveLength(128);
    expect(near(first, first)).toBeCloseTo(1, 5);
    expect(near(first, second)).toBeGreaterThan(near(first, third));
  });
});

describe('what it refuses, as strict providers do', () => {
  const id = (name: string) => [{ id: name, type: 'function' as const, function: { name: 'add', arguments: '{}' } }];
  const user: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'x' };
  test.each([
    ['no messages', { messages: [] }],
    ['a tool message that answers no call', { messages: [user, { role: 'tool', tool_call_id: 'a', content: '' }] }],
    ['a call that is not answered', { messages: [user, { role: 'assistant', tool_calls: id('a') }, user] }],
    ['a tool name with a dot', { messages: [user], tools: [{ type: 'function', function: { name: 'a.b' } }] }],
    ['two tools of one name', { messages: [user], tools: [add, add] }],
    ['an empty list of tools', { messages: [user], tools: [] }],
  ])('%s', async (_fact, body) => {
    const asked = client.chat.completions.create({
      model: 'm',
      ...body,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    await expect(asked).rejects.toMatchObject({ status: 400 });
    expect(server.chatCount).toBe(0);
  });

  test('a wrong key, when it has one, and fields it was told to refuse', async () => {
    await start({ apiKey: 'right', refuseFields: ['stream_options'] });
    await expect(client.models.list()).rejects.toMatchObject({ status: 401 });
    const known = new OpenAI({ baseURL: server.url, apiKey: 'right', maxRetries: 0 });
    const body = { ...asking('x'), stream: true as const, stream_options: { include_usage: true } };
    await expect(known.chat.completions.create(body)).rejects.toMatchObject({ status: 400, param: 'stream_options' });
  });
});

describe('faults', () => {
  const plain = () => client.chat.completions.create(asking('x'));
  const post = (stream = false) =>
    fetch(`${server.url}/chat/completions`, { method: 'POST', body: JSON.stringify({ ...asking('x'), stream }) });

  test('statuses come as scripted, one after the other, then it is obedient again', async () => {
    server.reply([fails(503), rateLimited(7), fails(400, 'too long')]);
    await expect(plain()).rejects.toMatchObject({ status: 503 });
    const limited = (await plain().catch((thrown: unknown) => thrown)) as { status: number; headers: Headers };
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    await expect(plain()).rejects.toThrow('too long');
    expect((await plain()).choices[0]?.message.content).toBe('echo: x');
    expect(server.chatCount).toBe(4);
  });

  test('web pages, raw bytes and truncated arguments come as scripted', async () => {
    server.reply([
      htmlPage(),
      raw(Buffer.from([0xff, 0xfe]), 'text/weird'),
      truncatedCall('add', { text: 'long enough' }),
    ]);
    expect((await post()).headers.get('content-type')).toBe('text/html');
    const bytes = await post();
    expect([bytes.headers.get('content-type'), (await bytes.arrayBuffer()).byteLength]).toEqual(['text/weird', 2]);
    const call = (await plain()).choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ function: { arguments: '{"text":"lo' } });
  });

  test('an answer of 10 MB arrives whole', async () => {
    server.reply(huge());
    expect((await plain()).choices[0]?.message.content).toHaveLength(10_000_000);
  });

  test.each([false, true])('a drop breaks the connection in the middle (stream: %s)', async (stream) => {
    server.reply(says('something to break', { ending: 'drop' }));
    const response = await post(stream);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test.each([false, true])(
    'a stall and an endless answer go on until the client leaves (stream: %s)',
    async (stream) => {
      server.reply([says('something to wait for', { ending: 'stall' }), { ending: 'endless' }]);
      for (const at of [0, 1]) {
        const left = new AbortController();
        const body = JSON.stringify({ ...asking('x'), stream });
        const response = await fetch(`${server.url}/chat/completions`, { method: 'POST', body, signal: left.signal });
        await response.body?.getReader().read();
        expect(server.requests[at]?.end).toBe('open');
        left.abort();
        await until(() => server.requests[at]?.end === 'gone');
      }
    },
  );

  test('a delay holds back the headers, a late first byte only the body', async () => {
    server.reply([says('x', { delayMs: 150 }), says('x', { firstByteMs: 150 })]);
    for (const early of [false, true]) {
      const begin = performance.now();
      const response = await post();
      const headersMs = performance.now() - begin;
      await response.text();
      expect(performance.now() - begin).toBeGreaterThan(145);
      expect(headersMs > 145).toBe(!early);
    }
  });

  test('a refused connection breaks before the first byte', async () => {
    server.reply(calls('add', {}, { ending: 'refuse' }));
    await expect(post()).rejects.toThrow('fetch failed');
  });
});

test('as its own process it says where it is, and has each answer on disk before it gives it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'model-server-'));
  const log = join(folder, 'answers.jsonl');
  const script = fileURLToPath(new URL('../world/model-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script, '--port', '0', '--log', log, '--latency', '5'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    const ready = JSON.parse(line) as { ready: boolean; url: string };
    expect(ready.ready).toBe(true);
    const asker = new OpenAI({ baseURL: ready.url, apiKey: 'k', maxRetries: 0 });
    await asker.chat.completions.create(asking('one'), { headers: { 'idempotency-key': 'call-1' } });
    await expect(asker.chat.completions.create({ model: 'm', messages: [] })).rejects.toMatchObject({ status: 400 });
    await asker.chat.completions.create(asking('two'));
    child.kill('SIGKILL');
    const lines = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { n: 1, status: 200, idempotencyKey: 'call-1', lastUserText: 'one', messages: 1 },
      { n: 2, idempotencyKey: null, lastUserText: 'two' },
    ]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
