import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailedAuthLimit, sourceOf } from '../../../src/main/transport/access/failed-auth-limit.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

/** How many attempts are looked at in `seconds`, when somebody tries ten times a second from these addresses. */
async function attempts(
  limit: FailedAuthLimit,
  clock: HandClock,
  seconds: number,
  addresses: (n: number) => string,
): Promise<number> {
  let looked = 0;
  for (let i = 0; i < seconds * 10; i++) {
    const address = addresses(i);
    if (limit.waitMs(address) === 0) {
      limit.failed(address);
      looked++;
    }
    await clock.advance(100);
  }
  return looked;
}

describe('failed attempts', () => {
  test('of one address are looked at ten times a minute at most', async () => {
    const clock = new HandClock();
    const limit = new FailedAuthLimit(clock);
    expect(await attempts(limit, clock, 60, () => 'a')).toBe(10);
    for (let minute = 0; minute < 10; minute++)
      expect(await attempts(limit, clock, 60, () => 'a')).toBeLessThanOrEqual(10);
  });

  test('of ever new addresses are looked at sixty times a minute at most', async () => {
    const clock = new HandClock();
    const limit = new FailedAuthLimit(clock);
    for (let minute = 0; minute < 5; minute++) {
      expect(await attempts(limit, clock, 60, (n) => `${minute}-${n}`)).toBeLessThanOrEqual(60);
    }
  });

  test('make the next wait longer, up to a minute', async () => {
    const clock = new HandClock();
    const limit = new FailedAuthLimit(clock);
    const waits: number[] = [];
    for (let i = 0; i < 30; i++) {
      await clock.advance(limit.waitMs('a'));
      limit.failed('a');
      waits.push(limit.waitMs('a'));
    }
    expect(waits.slice(0, 9)).toEqual(Array(9).fill(0));
    expect(waits[9]).toBe(60_000);
    expect(waits.slice(-5)).toEqual(Array(5).fill(60_000));
  });

  test('of one address leave another alone', () => {
    const clock = new HandClock();
    const limit = new FailedAuthLimit(clock);
    for (let i = 0; i < 10; i++) limit.failed('a');
    expect([limit.waitMs('a') > 0, limit.waitMs('b')]).toEqual([true, 0]);
  });
});

test.each([
  ['1.2.3.4', '1.2.3.4'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:1.2.3.4', '1.2.3.4'],
  ['127.0.0.1', 'loopback'],
  ['127.8.9.1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::1', 'loopback'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('the address %s counts as %s', (address, source) => expect(sourceOf(address)).toBe(source));

describe('over HTTP', () => {
  let node: ServedNode;
  beforeEach(async () => {
    const { api } = recordedRuntime({ listProcesses: () => ({ items: [], next: null }) });
    node = await servedNode({ api });
  });
  afterEach(() => node.close());

  const ask = (token: string | null, headers: Record<string, string> = {}, base = node.url) =>
    new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
      const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
      const sent = request(
        `${base}/api/v1/processes`,
        { headers: { ...authorization, ...headers }, agent: false },
        (answer) => {
          answer.resume();
          resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] });
        },
      );
      sent.on('error', reject);
      sent.end();
    });

  test('the eleventh wrong token in a minute is not looked at, whatever else is sent', async () => {
    for (let i = 0; i < 10; i++) expect((await ask(`wrong${i}`)).status).toBe(401);
    const refused = await ask('wrong');
    expect(refused.status).toBe(429);
    expect(Number(refused.retryAfter)).toBeGreaterThan(50);
    const disguises = [
      { 'X-Forwarded-For': '1.2.3.4' },
      { Forwarded: 'for=1.2.3.4' },
      { 'X-Real-IP': '1.2.3.4' },
      { 'X-Device-Token': 'x' },
      { Origin: node.url },
      { Authorization: 'Basic YTpi' },
      { Authorization: 'Bearer' },
    ];
    for (const headers of disguises) expect((await ask('wrong', headers)).status).toBe(429);
    expect((await ask('wrong', {}, `http://[::1]:${node.server.port}`).catch(() => ({ status: 429 }))).status).toBe(
      429,
    );
  });

  test('somebody who guesses does not lock out the owner of a token on the same computer', async () => {
    for (let i = 0; i < 100; i++) await ask(`wrong${i}`);
    expect((await ask('wrong')).status).toBe(429);
    expect((await ask(node.token)).status).toBe(200);
  });

  test('who sends no token at all has tried nothing', async () => {
    for (let i = 0; i < 30; i++) expect((await ask(null)).status).toBe(401);
    expect((await ask('wrong')).status).toBe(401);
  });
});
