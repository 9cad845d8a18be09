import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { caughtLater } from '../world/caught.ts';
import { linkedPeers, type PeersUnderTest, postgresPeers, standInPeers } from '../world/peers-under-test.ts';
import { postgresBin } from '../world/postgres-server.ts';
import { until } from '../world/until.ts';

const kinds: Record<string, () => Promise<PeersUnderTest>> = {
  'the stand-in network': standInPeers,
  'mutual TLS': linkedPeers,
  ...(postgresBin ? { 'a shared database': postgresPeers } : {}),
};

/** What everything in the cluster relies on, for the stand-in of the tests, mutual TLS and a shared database alike. */
describe.each(Object.entries(kinds))('peers over %s', (_, open) => {
  let under: PeersUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.close());

  test('each lists the other with the role it gave it', async ({ skip }) => {
    const { a, b, grant = skip('all are members there') } = under;
    expect(a.list()).toMatchObject([{ node: b.self, role: 'member' }]);
    expect(b.list()).toMatchObject([{ node: a.self, role: 'member' }]);
    await grant(b, a.self, 'observe');
    expect(b.list()).toMatchObject([{ node: a.self, role: 'observe' }]);
    expect(a.list()).toMatchObject([{ node: b.self, role: 'member' }]);
  });

  test('a question is answered by the node that was asked, which knows who asks', async () => {
    const { a, b } = under;
    b.answer('add', 'member', async ({ from, role, body }) => ({ from, role, sum: sum(body) }));
    expect(await a.ask(b.self, 'add', [1, 2, 39])).toEqual({ from: a.self, role: 'member', sum: 42 });
  });

  test('questions at the same time get each its own answer, in whatever order they come', async () => {
    const { a, b } = under;
    const open: (() => void)[] = [];
    b.answer('echo', 'observe', async ({ body }) => {
      await new Promise<void>((resolve) => open.push(resolve));
      return body;
    });
    const asked = Array.from({ length: 20 }, (_, index) => a.ask(b.self, 'echo', index));
    await until(() => open.length === 20);
    for (const finish of open.reverse()) finish();
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('both may ask at the same time, and ask back while they answer', async () => {
    const { a, b } = under;
    a.answer('half', 'observe', async ({ body }) => Number(body) / 2);
    b.answer('half of', 'observe', async ({ from, body }) => ({ half: await b.ask(from, 'half', body) }));
    expect(await a.ask(b.self, 'half of', 84)).toEqual({ half: 42 });
  });

  test('what comes over is a copy, also of long texts and odd characters', async () => {
    const { a, b } = under;
    const body = { text: 'ü\u0000\u{1f98a}'.repeat(50_000), list: [null, true, -1.5, { '': [] }] };
    b.answer('echo', 'observe', async (request) => request.body);
    const answer = await a.ask(b.self, 'echo', body);
    expect(answer).toEqual(body);
    expect(answer).not.toBe(body);
  });

  test('what is too long for one message is refused, and the line goes on', async () => {
    const { a, b } = under;
    const long = 'x'.repeat(17 * 1024 * 1024);
    b.answer('length', 'observe', async ({ body }) => String(body).length);
    b.answer('long', 'observe', async () => long);
    expect((await caughtLater(a.ask(b.self, 'length', long))).code).toBe('BODY_TOO_LARGE');
    expect((await caughtLater(a.ask(b.self, 'long', null))).code).toBe('BODY_TOO_LARGE');
    expect(await a.ask(b.self, 'length', 'x'.repeat(15 * 1024 * 1024))).toBe(15 * 1024 * 1024);
  });

  test('a refusal comes back as the error it was', async () => {
    const { a, b } = under;
    b.answer('claim', 'observe', async () => {
      throw new RuntimeError('STALE_EPOCH', 'Another node owns p1.', { epoch: 7 });
    });
    const error = await caughtLater(a.ask(b.self, 'claim', null));
    expect(error).toMatchObject({ code: 'STALE_EPOCH', message: 'Another node owns p1.', details: { epoch: 7 } });
  });

  test('the text of a bug stays where it happened', async () => {
    const { a, b } = under;
    b.answer('claim', 'observe', async () => {
      throw new TypeError('the password is swordfish');
    });
    const error = await caughtLater(a.ask(b.self, 'claim', null));
    expect(error.code).toBe('INTERNAL');
    expect(JSON.stringify([error.message, error.details])).not.toContain('swordfish');
  });

  test('who has too small a role is refused before the question is looked at', async ({ skip }) => {
    const { a, b, grant = skip('all are members there') } = under;
    let looked = 0;
    b.answer('stop', 'operate', async () => ++looked);
    await grant(b, a.self, 'observe');
    expect((await caughtLater(a.ask(b.self, 'stop', null))).code).toBe('ROLE_REQUIRED');
    await grant(b, a.self, 'operate');
    expect(await a.ask(b.self, 'stop', null)).toBe(1);
  });

  test('a node it is not paired with is unknown', async () => {
    expect((await caughtLater(under.a.ask('somebody', 'add', null))).code).toBe('PEER_UNKNOWN');
  });

  test('a question that nobody answers, or no longer, is not supported', async () => {
    const { a, b } = under;
    const undo = b.answer('add', 'observe', async () => 1);
    expect(await a.ask(b.self, 'add', null)).toBe(1);
    undo();
    expect((await caughtLater(a.ask(b.self, 'add', null))).code).toBe('NOT_SUPPORTED');
  });

  test('a node may ask itself', async () => {
    const { a } = under;
    a.answer('who', 'hub', async ({ from, role }) => ({ from, role }));
    expect(await a.ask(a.self, 'who', null)).toEqual({ from: a.self, role: 'hub' });
  });

  test('a question ends at its deadline, and whoever works on the answer is told', async () => {
    const { a, b } = under;
    let told = false;
    b.answer('think', 'observe', ({ signal }) => {
      signal.addEventListener('abort', () => (told = true));
      return new Promise<Json>(() => {});
    });
    const error = await caughtLater(a.ask(b.self, 'think', null, { timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'PEER_UNREACHABLE', retryable: true });
    await until(() => told);
  });

  test('a question can be given up', async () => {
    const { a, b } = under;
    const stop = new AbortController();
    let told = false;
    b.answer('think', 'observe', ({ signal }) => {
      signal.addEventListener('abort', () => (told = true));
      stop.abort();
      return new Promise<Json>(() => {});
    });
    const error = await caughtLater(a.ask(b.self, 'think', null, { signal: stop.signal }));
    expect(error.code).toBe('PEER_UNREACHABLE');
    await until(() => told);
  });

  test('a node that is cut off cannot be reached, and can again when the line is whole', async () => {
    const { a, b } = under;
    b.answer('add', 'observe', async () => 1);
    expect(await a.ask(b.self, 'add', null)).toBe(1);
    await under.cut();
    expect((await caughtLater(a.ask(b.self, 'add', null, { timeoutMs: 300 }))).code).toBe('PEER_UNREACHABLE');
    await under.heal();
    await until(() => a.ask(b.self, 'add', null, { timeoutMs: 1_000 }));
  });

  test('whoever is revoked is refused from then on, and both lists say so', async ({ skip }) => {
    const { a, b, grant = skip('all are members there') } = under;
    let changes = 0;
    b.answer('add', 'observe', async () => 1);
    b.onChange(() => changes++);
    expect(await a.ask(b.self, 'add', null)).toBe(1);
    await grant(b, a.self, null);
    expect(b.list()).toEqual([]);
    expect(changes).toBe(1);
    expect((await caughtLater(a.ask(b.self, 'add', null))).code).toBe('PEER_REFUSED');
    expect((await caughtLater(b.ask(a.self, 'add', null))).code).toBe('PEER_UNKNOWN');
  });
});

const sum = (body: Json): number => (body as number[]).reduce((total, one) => total + one, 0);
