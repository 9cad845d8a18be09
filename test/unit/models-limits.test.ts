import { getEventListeners } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import type { ModelRequest } from '../../src/main/agent/models/model.ts';
import type { ModelSettings } from '../../src/main/agent/models/model-settings.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { fails, htmlPage, type Reply, rateLimited, says } from '../world/model-replies.ts';
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

describe('time', () => {
  test.each(both)('a first byte that comes late is waited for, up to the deadline (%s)', async (_kind, stream) => {
    server.reply([
      says('patience', { firstByteMs: 200 }),
      says('too late', { firstByteMs: 20_000 }),
      says('too late', { delayMs: 20_000 }),
    ]);
    expect((await ask({ stream, idleMs: 50 })).text).toBe('patience');
    for (const at of [1, 2]) {
      const begin = performance.now();
      expect(await failure({ stream, timeoutMs: 150 })).toMatchObject({
        code: 'MODEL_TIMED_OUT',
        details: { timeoutMs: 150, phase: 'whole' },
      });
      expect(performance.now() - begin).toBeLessThan(10_000);
      await until(() => server.chats[at]?.end === 'gone');
    }
  });

  test.each(both)('silence in the middle of an answer ends it after the idle limit (%s)', async (_kind, stream) => {
    server.reply(says('half of this never comes', { ending: 'stall' }));
    expect(await failure({ stream, idleMs: 100 })).toMatchObject({
      code: 'MODEL_TIMED_OUT',
      details: { timeoutMs: 100, phase: 'idle' },
    });
    await until(() => server.chats[0]?.end === 'gone');
  });

  test('a slow stream that never falls silent is not idle, but the deadline holds', async () => {
    server.reply(says('a text in several pieces, each after a while', { betweenChunksMs: 40 }));
    expect((await ask({ stream: true, idleMs: 400 })).text).toContain('several pieces');
    expect(await failure({ stream: true, idleMs: 400, timeoutMs: 120 })).toMatchObject({ details: { phase: 'whole' } });
  });

  test('the deadline covers the retries', async () => {
    server.reply(() => fails(503, 'storm', {}));
    const begin = performance.now();
    expect((await failure({ maxRetries: 50, timeoutMs: 300 })).code).toBe('MODEL_UNREACHABLE');
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});

describe('cancelling', () => {
  const cancelled = new RuntimeError('STEP_TIMED_OUT', 'The step took too long.');

  test.each<[string, Reply]>([
    ['before the first byte', says('x', { delayMs: 20_000 })],
    ['between headers and body', says('x', { firstByteMs: 20_000 })],
    ['in the middle of the answer', says('something to break off', { ending: 'stall' })],
  ])('%s ends the call with the reason and closes the socket', async (_fact, reply) => {
    server.reply(reply);
    for (const stream of [false, true]) {
      const stop = new AbortController();
      const asked = failure({ stream }, { signal: stop.signal });
      await until(() => server.chats.length === (stream ? 2 : 1));
      stop.abort(cancelled);
      expect(await asked).toBe(cancelled);
      await until(() => server.chats.at(-1)?.end === 'gone');
    }
    await until(() => server.connections === 0);
  });

  test('a call that was cancelled before it began sends nothing', async () => {
    expect((await failure({}, { signal: AbortSignal.abort() })).code).toBe('RUN_CANCELLED');
    expect(server.requests).toEqual([]);
  });

  test('cancelling while it waits to try again ends the wait', async () => {
    server.reply(() => rateLimited(20));
    const stop = new AbortController();
    const asked = failure({ maxRetries: 2 }, { signal: stop.signal });
    await until(() => server.chatCount === 1);
    stop.abort(cancelled);
    expect(await asked).toBe(cancelled);
  });

  test('leaves nothing behind on a signal that lives long', async () => {
    const { signal } = new AbortController();
    for (let at = 0; at < 3; at++) await ask({ stream: at === 1 }, { signal });
    await failure({ baseUrl: 'http://127.0.0.1:9' }, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('trying again', () => {
  const soon = { 'retry-after-ms': '1' };
  const storm = { ...fails(500), headers: { 'content-type': 'application/json', ...soon } };

  test('what was refused for the moment is asked again, with the same body and key', async () => {
    server.reply([rateLimited(0, soon), storm, says('at last')]);
    expect((await ask({ maxRetries: 2 }, { idempotencyKey: 'same' })).text).toBe('at last');
    expect(server.chats.map(({ body, headers }) => [body, headers['idempotency-key']])).toEqual(
      Array(3).fill([server.chats[0]?.body, 'same']),
    );
  });

  test('a storm of 500s ends after the retries', async () => {
    server.reply(() => storm);
    expect((await failure({ maxRetries: 3 })).code).toBe('MODEL_UNREACHABLE');
    expect(server.chatCount).toBe(4);
  });

  test('a wait longer than the deadline, or than half a minute, is left to the caller at once', async () => {
    server.reply(() => rateLimited(3_600));
    expect(await failure({ maxRetries: 2 })).toMatchObject({ details: { retryAfterMs: 3_600_000 } });
    server.reply(() => rateLimited(5));
    expect(await failure({ maxRetries: 2, timeoutMs: 2_000 })).toMatchObject({ details: { retryAfterMs: 5_000 } });
    expect(server.chatCount).toBe(2);
  });

  test('an answer that makes no sense is not asked for again', async () => {
    server.reply(() => htmlPage());
    await failure({ maxRetries: 2 });
    expect(server.chatCount).toBe(1);
  });
});

describe('no server', () => {
  test.each([
    ['nothing listens', 'http://127.0.0.1:9/v1', 'nothing listens at 127.0.0.1:9'],
    ['the name has no address', 'http://no-such-host.invalid/v1', 'has no address'],
  ])('%s', async (_fact, baseUrl, words) => {
    const error = await failure({ baseUrl });
    expect(error).toMatchObject({ code: 'MODEL_UNREACHABLE', retryable: true });
    expect(error.message).toContain(words);
  });

  test('what answers does not speak HTTP', async () => {
    const ssh = createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => ssh.listen(0, '127.0.0.1', resolve));
    const { port } = ssh.address() as { port: number };
    expect((await failure({ baseUrl: `http://127.0.0.1:${port}/v1` })).message).toContain('does not speak HTTP');
    await new Promise((resolve) => ssh.close(resolve));
  });

  test('a listener that throws ends the call with what it threw, and closes the socket', async () => {
    server.reply(says('several pieces of text', { ending: 'stall' }));
    const bug = new RuntimeError('INTERNAL', 'a bug in the listener');
    const thrown = await failure(
      {},
      {
        onText: () => {
          throw bug;
        },
      },
    );
    expect(thrown).toBe(bug);
    await until(() => server.chats[0]?.end === 'gone');
  });
});
