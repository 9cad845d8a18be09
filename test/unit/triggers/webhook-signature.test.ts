import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkSecret,
  prove,
  type SignatureScheme,
  schemeOf,
} from '../../../src/main/triggers/webhooks/webhook-signature.ts';
import { caught } from '../../world/caught.ts';

const settings = { signatureTolerance: 300 };
const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');
const secret = 'a-secret-of-thirty-two-characters';
const at = 1_700_000_000;

function proves(
  scheme: SignatureScheme,
  headers: Record<string, string>,
  body: string | Buffer,
  { secrets = [secret], now = at, ...more }: { secrets?: string[]; now?: number; signatureHeader?: string } = {},
) {
  const request = { headers, body: typeof body === 'string' ? Buffer.from(body) : body };
  return prove({ ...settings, ...more }, scheme, request, secrets, now * 1_000);
}

describe('the examples that senders publish', () => {
  it("GitHub's verifies", () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    const secrets = ["It's a Secret to Everybody"];
    expect(proves('github', headers, 'Hello, World!', { secrets })).toMatchObject({ bodySigned: true });
    expect(proves('github', headers, 'Hello, World', { secrets })).toBeNull();
    expect(() => checkSecret("It's a Secret to Everybody")).not.toThrow();
  });

  it("Slack's verifies", () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const secrets = ['8f742231b10e8888abcd99yyyzzz85a5'];
    expect(proves('slack', headers, body, { secrets, now: 1_531_420_618 })).toMatchObject({ timestamp: '1531420618' });
    expect(proves('slack', headers, body, { secrets, now: 1_531_420_618 + 301 })).toBeNull();
    expect(proves('slack', headers, `${body}&x=1`, { secrets, now: 1_531_420_618 })).toBeNull();
    expect(() => checkSecret(secrets[0] as string)).not.toThrow();
  });

  it("Stripe's steps verify: the header as documented, with a v0 that proves nothing", () => {
    const body = '{\n  "id": "evt_1",\n  "object": "event"\n}';
    const whsec = 'whsec_0123456789abcdefghijklmnopqrstuv';
    const v1 = hmac(whsec, `1492774577.${body}`);
    const v0 = hmac('whsec_of_the_test_mode', `1492774577.${body}`);
    const told = { secrets: [whsec], now: 1_492_774_577 };
    expect(proves('stripe', { 'stripe-signature': `t=1492774577,v1=${v1},v0=${v0}` }, body, told)).not.toBeNull();
    expect(
      proves('stripe', { 'stripe-signature': `t=1492774577,v1=${'0'.repeat(64)},v1=${v1}` }, body, told),
    ).not.toBeNull();
    expect(proves('stripe', { 'stripe-signature': `t=1492774577,v0=${v1}` }, body, told)).toBeNull();
    expect(proves('stripe', { 'stripe-signature': `t=1492774578,v1=${v1}` }, body, told)).toBeNull();
    expect(proves('stripe', { 'stripe-signature': `v1=${v1}` }, body, told)).toBeNull();
  });

  it("PagerDuty's verifies when any one of several matches", () => {
    const body = '{"event":{"id":"01ABC"}}';
    const right = `v1=${hmac(secret, body)}`;
    expect(proves('pagerduty', { 'x-pagerduty-signature': `v1=${'0'.repeat(64)},${right}` }, body)).not.toBeNull();
    expect(proves('pagerduty', { 'x-pagerduty-signature': right.replace('v1', 'v2') }, body)).toBeNull();
  });
});

describe('the generic scheme', () => {
  const body = 'any bytes';
  const stamped = { 'x-agent-runtime-signature': `t=${at},v1=${hmac(secret, `${at}.${body}`)}` };

  it('takes a timestamp and a signature over both', () => {
    expect(proves('generic', stamped, body)).toMatchObject({ bodySigned: true, timestamp: String(at) });
  });

  it.each([-300, -1, 0, 299, 300])('takes a timestamp that lies %i s from now', (seconds) => {
    expect(proves('generic', stamped, body, { now: at + seconds })).not.toBeNull();
  });

  it.each([-301, 301, 86_400])('refuses one that lies %i s from now', (seconds) => {
    expect(proves('generic', stamped, body, { now: at + seconds })).toBeNull();
  });

  it('takes the older header over the body alone', () => {
    const proof = proves('generic', { 'x-webhook-signature': `sha256=${hmac(secret, body)}` }, body);
    expect(proof).toMatchObject({ bodySigned: true });
    expect(proof?.timestamp).toBeUndefined();
  });

  it('takes either form in a header of another name', () => {
    const more = { signatureHeader: 'X-Mine' };
    expect(proves('generic', { 'x-mine': stamped['x-agent-runtime-signature'] }, body, more)).not.toBeNull();
    expect(proves('generic', { 'x-mine': `sha256=${hmac(secret, body)}` }, body, more)).not.toBeNull();
    expect(proves('generic', stamped, body, more)).toBeNull();
  });

  it('takes a signature by either of two secrets', () => {
    expect(proves('generic', stamped, body, { secrets: ['another-secret-of-enough-letters', secret] })).not.toBeNull();
    expect(proves('generic', stamped, body, { secrets: [secret, 'another-secret-of-enough-letters'] })).not.toBeNull();
    expect(proves('generic', stamped, body, { secrets: ['another-secret-of-enough-letters'] })).toBeNull();
  });

  it('signs bytes, not text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const signature = createHmac('sha256', secret).update(bytes).digest('hex');
    expect(proves('generic', { 'x-webhook-signature': `sha256=${signature}` }, bytes)).not.toBeNull();
  });
});

describe('a wrong signature proves nothing', () => {
  const body = '{"a":1}';
  const right = hmac(secret, body);
  const flipped = (right[0] === '0' ? '1' : '0') + right.slice(1);
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['only the prefix', 'sha256='],
    ['one letter off', `sha256=${flipped}`],
    ['in upper case', `sha256=${right.toUpperCase()}`],
    ['too short', `sha256=${right.slice(0, 63)}`],
    ['too long', `sha256=${right}0`],
    ['without its prefix', right],
    ['of the old kind only', `sha1=${right.slice(0, 40)}`],
    ['not ASCII', `sha256=${'é'.repeat(64)}`],
    ['two bytes a letter', `sha256=${'é'.repeat(32)}`],
    ['with a zero byte', `sha256=${right.slice(0, 63)}\u0000`],
    ['the ninth of many', [...Array(8).fill('sha256=00'), `sha256=${right}`].join(',')],
    ['of an empty secret', `sha256=${hmac('', body)}`],
  ])('%s', (_, value) => {
    expect(proves('github', value === undefined ? {} : { 'x-hub-signature-256': value }, body)).toBeNull();
  });

  it.each([
    ['no timestamp', `v1=${hmac(secret, `.${body}`)}`],
    ['a timestamp of letters', `t=soon,v1=${hmac(secret, `soon.${body}`)}`],
    ['a negative timestamp', `t=-1,v1=${hmac(secret, `-1.${body}`)}`],
    ['a timestamp with a fraction', `t=${at}.5,v1=${hmac(secret, `${at}.5.${body}`)}`],
    ['milliseconds for seconds', `t=${at}000,v1=${hmac(secret, `${at}000.${body}`)}`],
    ['two timestamps, the second signed', `t=1,t=${at},v1=${hmac(secret, `${at}.${body}`)}`],
  ])('%s', (_, value) => {
    expect(proves('generic', { 'x-agent-runtime-signature': value }, body)).toBeNull();
  });
});

describe('a bearer token', () => {
  it.each([
    ['Bearer ', true],
    ['bearer ', true],
    ['BEARER   ', true],
    ['', true],
    ['Basic ', false],
  ])('after "%s" is right: %s', (prefix, right) => {
    expect(proves('bearer', { authorization: `${prefix}${secret}` }, 'x') !== null).toBe(right);
  });

  it('may come in another header', () => {
    expect(proves('bearer', { 'x-gitlab-token': secret }, 'x', { signatureHeader: 'X-Gitlab-Token' })).toEqual({
      bodySigned: false,
    });
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${secret}x`,
    `Bearer ${secret.slice(1)}`,
    `Bearer ${secret} ${secret}`,
  ])('%j is refused', (value) => {
    expect(proves('bearer', value === undefined ? {} : { authorization: value }, 'x')).toBeNull();
  });
});

describe('which scheme it is', () => {
  it('is none without a secret and generic with one, unless it is named', () => {
    expect(schemeOf({})).toBe('none');
    expect(schemeOf({ hmacSecret: secret })).toBe('generic');
    expect(schemeOf({ hmacSecret: secret, signatureScheme: 'github' })).toBe('github');
  });
});

describe('a secret', () => {
  it.each([
    ['', 'is empty'],
    ['                                ', 'is empty'],
    ['changeme', 'has 8 characters'],
    ['changemechangemechangeme', 'fewer than 8'],
    ['passwordpasswordpassword', 'fewer than 8'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'fewer than 8'],
    ['abcdefghijkl-abcdefghijkl-', 'repeats itself'],
    ['0123456789abcdefghijklm', 'has 23 characters'],
  ])('%j is refused: it %s', (text, why) => {
    const error = caught(() => checkSecret(text));
    expect(error.code).toBe('SECRET_TOO_WEAK');
    expect(error.message).toContain(why);
    if (text.trim()) expect(error.message).not.toContain(text);
  });

  it.each([
    secret,
    '8f742231b10e8888abcd99yyyzzz85a5',
    'whsec_0123456789abcdefghijklmnopqrstuv',
    '${HOOK_SECRET}',
    'secret://hook',
  ])('%s may be used', (text) => {
    expect(() => checkSecret(text)).not.toThrow();
  });
});
