import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../../../src/main/triggers/trigger.ts';
import { type Reveal, WebhookTrigger } from '../../../src/main/triggers/webhooks/webhook-trigger.ts';
import { WebhookTrigger as WebhookConfig } from '../../../src/shared/config/trigger-config.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';

const secret = 'a-secret-of-thirty-two-characters';
const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');

function hook(settings: object = {}, reveal?: Reveal) {
  const clock = new HandClock('2026-01-05T00:00:00Z');
  const host = new TriggerWorld(clock);
  const config = { ...WebhookConfig.parse({ type: 'webhook', ...settings }), id: 'hook' };
  const trigger = new WebhookTrigger(config, host.session(), reveal);
  const send = (request: Partial<Omit<WebhookRequest, 'body'>> & { body?: string | Buffer } = {}) =>
    trigger.receive({
      method: 'POST',
      path: '/hooks/p/webhook',
      query: {},
      remoteAddress: '127.0.0.1',
      ...request,
      headers: { 'content-type': 'application/json', ...request.headers },
      body: Buffer.from(request.body ?? '{}'),
    });
  const stamped = (body: string, headers: Record<string, string> = {}) => {
    const t = Math.floor(clock.now() / 1_000);
    return { body, headers: { ...headers, 'x-agent-runtime-signature': `t=${t},v1=${hmac(`${t}.${body}`)}` } };
  };
  return { clock, host, trigger, send, stamped };
}

const github = { signatureScheme: 'github', hmacSecret: secret };
const signedByGithub = (body: string, headers: Record<string, string> = {}) => ({
  body,
  headers: { ...headers, 'x-hub-signature-256': `sha256=${hmac(body)}` },
});

describe('a webhook', () => {
  it('answers 202 with the id of the stored event, and keeps what came without what proves who sent it', async () => {
    const { host, send, trigger } = hook({ ...github, webhookPath: '/pushes' });
    const headers = {
      'x-github-delivery': 'd-1',
      'x-github-event': 'push',
      authorization: 'Basic x',
      cookie: 'a=b',
      'x-api-key': 'k',
      'x-gitlab-token': 't',
    };
    const answer = await send({
      ...signedByGithub('{"ref":"main"}', headers),
      query: { v: '2' },
      remoteAddress: '::ffff:203.0.113.9',
    });
    expect(answer).toEqual({ status: 202, body: { eventId: 'evt_1', duplicate: false, status: 'accepted' } });
    expect(host.events).toMatchObject([
      {
        trigger: 'hook',
        kind: 'webhook',
        dedupeKey: 'webhook:hook:x-github-delivery:d-1',
        payload: { ref: 'main' },
        taint: ['webhook:github'],
      },
    ]);
    expect(host.events[0]?.metadata).toEqual({
      method: 'POST',
      path: '/hooks/p/webhook',
      query: { v: '2' },
      headers: { 'content-type': 'application/json', 'x-github-delivery': 'd-1', 'x-github-event': 'push' },
      remote: '203.0.113.9',
      signature_scheme: 'github',
      signature_verified: true,
    });
    expect(trigger.summary()).toBe('POST /hooks/p/pushes, signed by github');
    expect(trigger.nextFiring()).toBeNull();
  });

  it('says when the event waits, and why', async () => {
    const { host, send } = hook();
    host.parked = 'the process is suspended: budget exceeded';
    expect(await send()).toEqual({
      status: 202,
      body: {
        eventId: 'evt_1',
        duplicate: false,
        status: 'parked',
        reason: 'the process is suspended: budget exceeded',
      },
    });
  });

  it('answers 200 ignored when the filter let it pass by', async () => {
    const { host, send } = hook();
    host.filter = () => false;
    expect(await send()).toEqual({ status: 200, body: { status: 'ignored' } });
  });

  it('passes on what the process refuses, so that nothing is answered yes', async () => {
    const { host, send } = hook();
    host.refuse = () => new RuntimeError('QUEUE_FULL', 'full');
    expect((await caughtLater(send())).code).toBe('QUEUE_FULL');
  });
});

describe('which requests are one event', () => {
  it.each([
    [
      'GitHub deliveries of one id',
      github,
      (n: number) => signedByGithub(`{"n":${n}}`, { 'x-github-delivery': 'same' }),
    ],
    [
      'requests of one Idempotency-Key',
      {},
      (n: number) => ({ body: `{"n":${n}}`, headers: { 'idempotency-key': 'same' } }),
    ],
    ['requests of one webhook-id', {}, (n: number) => ({ body: `{"n":${n}}`, headers: { 'webhook-id': 'same' } })],
    [
      'requests of one id in the header that is set',
      { dedupeHeader: 'X-Order' },
      (n: number) => ({ body: `{"n":${n}}`, headers: { 'x-order': '7' } }),
    ],
    [
      'PagerDuty events of one id',
      { signatureScheme: 'pagerduty', hmacSecret: secret },
      (n: number) => {
        const body = JSON.stringify({ n, event: { id: 'same' } });
        return { body, headers: { 'x-pagerduty-signature': `v1=${hmac(body)}` } };
      },
    ],
    ['signed requests of the same bytes without any id', github, () => signedByGithub('{"n":1}')],
    ['an id of ten thousand letters', {}, () => ({ headers: { 'idempotency-key': 'x'.repeat(10_000) } })],
  ])('%s', async (_, settings, request) => {
    const { host, send } = hook(settings);
    expect((await send(request(1))).body).toMatchObject({ duplicate: false });
    expect((await send(request(2))).body).toMatchObject({ duplicate: true, eventId: 'evt_1' });
    expect(host.events).toHaveLength(1);
    expect(host.events[0]?.dedupeKey.length).toBeLessThan(200);
  });

  it.each(['stripe', 'slack'])('%s events of one id, signed anew when they are sent again', async (signatureScheme) => {
    const { clock, host, send } = hook({ signatureScheme, hmacSecret: secret });
    for (let n = 0; n < 2; n++) {
      const t = String(Math.floor(clock.now() / 1_000));
      const body = JSON.stringify({ id: 'evt_9', event_id: 'Ev9' });
      const headers: Record<string, string> =
        signatureScheme === 'stripe'
          ? { 'stripe-signature': `t=${t},v1=${hmac(`${t}.${body}`)}` }
          : { 'x-slack-request-timestamp': t, 'x-slack-signature': `v0=${hmac(`v0:${t}:${body}`)}` };
      await send({ body, headers });
      await clock.advance(3_600_000);
    }
    expect(host.events).toHaveLength(1);
  });

  it.each([
    ['unsigned requests without any id, equal to the byte', {}, () => ({})],
    [
      'GitHub deliveries of different ids',
      github,
      (n: number) => signedByGithub('{}', { 'x-github-delivery': `d${n}` }),
    ],
    [
      'requests with a bearer token, which signs nothing',
      { signatureScheme: 'bearer', hmacSecret: secret },
      () => ({ headers: { authorization: `Bearer ${secret}` } }),
    ],
    [
      'one id in two kinds of header',
      {},
      (n: number) => ({ headers: n === 1 ? { 'idempotency-key': 'a' } : { 'webhook-id': 'a' } }),
    ],
  ])('not %s', async (_, settings, request) => {
    const { host, send } = hook(settings);
    await send(request(1));
    await send(request(2));
    expect(host.events).toHaveLength(2);
  });

  it('a signed request sent again under another id is the same event, as long as its signature is good', async () => {
    const { clock, host, send, stamped } = hook({ hmacSecret: secret });
    const request = stamped('{"pay":1}', { 'idempotency-key': 'k1' });
    await send(request);
    const replay = { ...request, headers: { ...request.headers, 'idempotency-key': 'k2' } };
    expect((await send(replay)).body).toMatchObject({ duplicate: true });
    await clock.advance(299_000);
    expect((await send(replay)).body).toMatchObject({ duplicate: true });
    await clock.advance(2_000);
    expect((await caughtLater(send(replay))).code).toBe('SIGNATURE_INVALID');
    await send(stamped('{"pay":1}', { 'idempotency-key': 'k2' }));
    expect(host.events).toHaveLength(2);
  });
});

describe('who may call', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    '%s may, without a signature',
    async (remoteAddress) => {
      expect((await hook().send({ remoteAddress })).status).toBe(202);
    },
  );

  it.each([
    ['from another computer', { remoteAddress: '192.168.1.5' }],
    ['from one whose name begins alike', { remoteAddress: '127.evil' }],
    ['through a tunnel on this one', { headers: { 'x-forwarded-for': '203.0.113.1' } }],
    ['through a proxy on this one', { headers: { via: '1.1 proxy' } }],
    ['from a page in the browser', { headers: { origin: 'https://evil.example' } }],
    ['from a page without an origin', { headers: { 'sec-fetch-site': 'cross-site' } }],
  ])('nobody may without a signature %s', async (_, request) => {
    const { host, send } = hook();
    const error = await caughtLater(send(request));
    expect(error.code).toBe('SOURCE_NOT_ALLOWED');
    expect(error.message).toContain('set signature_scheme');
    expect(host.events).toEqual([]);
  });

  it.each([
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '::ffff:203.0.113.7', true],
    [['203.0.113.7'], '::ffff:cb00:7107', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['10.0.0.0/8', '192.30.252.0/22'], '192.30.255.1', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['2001:db8::/32'], '2001:db8::5', true],
    [['2001:DB8::/32'], '2001:db8:0:0::5%eth0', true],
    [['2001:db8::/32'], '2001:db9::5', false],
    [['::ffff:10.0.0.0/104'], '10.2.3.4', true],
    [['0.0.0.0/0'], '8.8.8.8', true],
    [['0.0.0.0/0'], '2001:db8::5', false],
    [['10.0.0.0/8'], 'not an address', false],
  ])('of %j, %s may: %s', async (allowedSources, remoteAddress, may) => {
    const { send, stamped } = hook({ hmacSecret: secret, allowedSources });
    const answer = send({ ...stamped('{}'), remoteAddress });
    if (may) expect((await answer).status).toBe(202);
    else expect((await caughtLater(answer)).code).toBe('SOURCE_NOT_ALLOWED');
  });

  it('the address is looked at before the signature, and the signature before the body', async () => {
    const { send } = hook({ hmacSecret: secret, allowedSources: ['10.0.0.1'] });
    expect((await caughtLater(send({ body: '{', remoteAddress: '10.0.0.2' }))).code).toBe('SOURCE_NOT_ALLOWED');
    expect((await caughtLater(send({ body: '{', remoteAddress: '10.0.0.1' }))).code).toBe('SIGNATURE_INVALID');
  });

  it('every wrong signature is answered in the same words', async () => {
    const { send, host } = hook({ hmacSecret: secret });
    const told = new Set<string>();
    for (const value of [
      '',
      't=1,v1=00',
      `sha256=${'0'.repeat(64)}`,
      `t=${Math.floor(host.clock.now() / 1_000)},v1=${'0'.repeat(64)}`,
    ]) {
      const error = await caughtLater(send({ headers: { 'x-agent-runtime-signature': value } }));
      told.add(`${error.code} ${error.message} ${JSON.stringify(error.details)}`);
    }
    expect(told.size).toBe(1);
    expect(host.events).toEqual([]);
  });

  it('a reference to a secret is looked up for each request', async () => {
    let current = 'the-first-secret-of-enough-letters';
    const { send, stamped } = hook({ hmacSecret: 'secret://hook' }, () => current);
    expect((await caughtLater(send(stamped('{}')))).code).toBe('SIGNATURE_INVALID');
    current = secret;
    expect((await send(stamped('{}'))).status).toBe(202);
    current = 'changeme';
    expect((await caughtLater(send(stamped('{}')))).code).toBe('SECRET_TOO_WEAK');
  });

  it('a reference that nobody can look up lets nobody in', async () => {
    const { send } = hook({ hmacSecret: '${HOOK_SECRET}' });
    const signature = createHmac('sha256', '${HOOK_SECRET}').update('{}').digest('hex');
    expect((await caughtLater(send({ headers: { 'x-webhook-signature': `sha256=${signature}` } }))).code).toBe(
      'SECRET_NOT_FOUND',
    );
  });
});

describe('what it is made of', () => {
  it.each([
    [{ hmacSecret: '' }, 'SECRET_TOO_WEAK'],
    [{ hmacSecret: 'changeme' }, 'SECRET_TOO_WEAK'],
    [{ hmacSecret: [secret, 'changeme'] }, 'SECRET_TOO_WEAK'],
    [{ signatureScheme: 'github' }, 'SECRET_TOO_WEAK'],
    [{ signatureScheme: 'none', hmacSecret: secret }, 'REQUEST_INVALID'],
    [{ allowedSources: ['10.0.0.0/33'] }, 'REQUEST_INVALID'],
    [{ allowedSources: ['10.0.0/8'] }, 'REQUEST_INVALID'],
    [{ allowedSources: ['example.com'] }, 'REQUEST_INVALID'],
    [{ allowedSources: ['10.0.0.1/'] }, 'REQUEST_INVALID'],
    [{ allowedSources: [''] }, 'REQUEST_INVALID'],
  ])('%j is refused as %s', (settings, code) => {
    expect(caught(() => hook(settings)).code).toBe(code);
  });
});

describe('what it takes', () => {
  it.each([
    ['application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['Application/JSON; charset=utf-8', '"é"', 'é'],
    ['application/cloudevents+json', '{"id":"1"}', { id: '1' }],
    ['text/plain', 'hello', 'hello'],
    ['text/plain; charset=iso-8859-1', Buffer.from([0xe9]), 'é'],
    ['application/x-www-form-urlencoded', 'a=1&b=2', 'a=1&b=2'],
    ['', 'plain', 'plain'],
    ['application/json', '', null],
    ['application/json', '\ufeff{"bom":true}', { bom: true }],
    ['application/json', '{"__proto__":{"x":1}}', JSON.parse('{"__proto__":{"x":1}}')],
  ])('%s %s', async (type, body, payload) => {
    const { host, send } = hook();
    await send({ body, headers: { 'content-type': type } });
    expect(host.events[0]?.payload).toEqual(payload);
  });

  it.each([
    ['multipart/form-data; boundary=x', '--x', 'CONTENT_TYPE'],
    ['application/json', '{"a":1', 'JSON_INVALID'],
    ['application/json', '{} x', 'JSON_INVALID'],
    ['application/json', 'undefined', 'JSON_INVALID'],
    ['application/json', '['.repeat(1_000_000), 'JSON_TOO_COMPLEX'],
    ['application/json', '{"action":"opened","action":"closed"}', 'JSON_DUPLICATE_KEY'],
    ['application/json', '{"a":"\\ud800"}', 'TEXT_INVALID'],
    ['application/json', Buffer.from([0x22, 0xff, 0x22]), 'TEXT_INVALID'],
    ['text/plain', Buffer.from([0xff]), 'TEXT_INVALID'],
    ['text/plain; charset=klingon', 'x', 'TEXT_INVALID'],
  ])('not %s %.20s: %s', async (type, body, code) => {
    const { host, send } = hook();
    expect((await caughtLater(send({ body, headers: { 'content-type': type } }))).code).toBe(code);
    expect(host.events).toEqual([]);
  });

  it.each([
    ['x-hub-signature', 'SIGNATURE_SCHEME'],
    ['x-hub-signature-256', 'SIGNATURE_SCHEME'],
    ['x-nothing', 'SIGNATURE_INVALID'],
  ])('no SHA-1 in %s: %s', async (header, code) => {
    const { host, send } = hook({ signatureScheme: 'github', hmacSecret: secret });
    const headers = { [header]: `sha1=${'0'.repeat(40)}` };
    expect((await caughtLater(send({ body: '{}', headers }))).code).toBe(code);
    const both = { ...headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    expect((await caughtLater(send({ body: '{}', headers: both }))).code).toBe('SIGNATURE_INVALID');
    expect(host.events).toEqual([]);
  });

  it('no compressed body and no other method', async () => {
    expect((await caughtLater(hook().send({ headers: { 'content-encoding': 'gzip' } }))).code).toBe('CONTENT_TYPE');
    expect((await caughtLater(hook().send({ method: 'PUT' }))).code).toBe('METHOD_NOT_ALLOWED');
  });

  it("Slack's challenge is answered, once its signature is right, and wakes nobody", async () => {
    const { clock, host, send } = hook({ signatureScheme: 'slack', hmacSecret: secret });
    const body = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aB10F' });
    const t = String(clock.now() / 1_000);
    const headers = { 'x-slack-request-timestamp': t, 'x-slack-signature': `v0=${hmac(`v0:${t}:${body}`)}` };
    expect(await send({ body, headers })).toEqual({ status: 200, body: { challenge: '3eZbrw1aB10F' } });
    expect((await caughtLater(send({ body }))).code).toBe('SIGNATURE_INVALID');
    expect(host.events).toEqual([]);
  });

  it('200 at once and 50 a second, and nothing of the rest is stored', async () => {
    const { clock, host, send } = hook();
    const flood = async (count: number) => {
      const answers = await Promise.allSettled(Array.from({ length: count }, () => send()));
      return answers.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await flood(500)).toBe(200);
    expect(host.events).toHaveLength(200);
    const error = await caughtLater(send());
    expect(error.code).toBe('RATE_LIMITED');
    expect(error.details).toEqual({ maxPerSecond: 50, retryAfterMs: 20, retryAfterSeconds: 1 });
    await clock.advance(1_000);
    expect(await flood(500)).toBe(50);
    await clock.advance(3_600_000);
    expect(await flood(500)).toBe(200);
  });

  it('a hook that expects more takes more', async () => {
    const { host, send } = hook({ maxPerSecond: 1_000 });
    await Promise.all(Array.from({ length: 4_000 }, () => send()));
    expect(host.events).toHaveLength(4_000);
    expect((await caughtLater(send())).message).toContain('1000 requests a second');
  });

  it('unsigned noise does not use up what the sender may send', async () => {
    const { send, stamped } = hook({ hmacSecret: secret });
    await Promise.allSettled(Array.from({ length: 500 }, () => send()));
    expect((await send(stamped('{}'))).status).toBe(202);
  });
});
