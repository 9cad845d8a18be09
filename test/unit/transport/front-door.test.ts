import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../../world/raw-http.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

const runtime = recordedRuntime({
  health: () => ({ ok: true, version: '1' }),
  listProcesses: () => ({ items: [], next: null }),
  startProcess: ({ name }: { name: string }) => ({ name, state: 'running' }),
  wakeProcess: () => ({ eventId: 'evt_1', duplicate: false }),
  setContext: (input: object) => input,
  publishEvent: () => {
    throw new TypeError('the secret is hunter2');
  },
});
let node: ServedNode;
beforeAll(async () => {
  node = await servedNode({ api: runtime.api });
});
afterAll(() => node.close());

interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  token?: string | null;
}

function ask({ method = 'GET', path = '/processes', headers = {}, body, token = node.token }: Ask) {
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  return new Promise<{ status: number; headers: Record<string, unknown>; problem: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(
        `${node.url}/api/v1${path}`,
        { method, headers: { ...authorization, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, problem: text ? JSON.parse(text) : {} });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

const json = { 'Content-Type': 'application/json' };
const line = (text: string) => `${text} HTTP/1.1\r\nHost: 127.0.0.1:${node.server.port}\r\n`;
const auth = () => `Authorization: Bearer ${node.token}\r\n`;

describe('who may ask', () => {
  test('a good token is let in, under its name', async () => {
    expect((await ask({})).status).toBe(200);
    expect(runtime.calls.at(-1)).toMatchObject({ name: 'listProcesses', by: 'api:token' });
  });

  test('each name of loopback is answered', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST']) {
      expect((await ask({ headers: { Host: `${host}:${node.server.port}` } })).status).toBe(200);
    }
  });

  test.each(['evil.com', 'localhost', 'localhost.:1', '127.0.0.1:1', '127.0.0.1.nip.io:1'])(
    'the Host %s is refused',
    async (host) => {
      const { status, problem } = await ask({ headers: { Host: host } });
      expect(status).toBe(421);
      expect(problem['code']).toBe('HOST_NOT_ALLOWED');
      expect(problem['detail']).toContain('localhost');
    },
  );

  test.each(['https://evil.com', 'null', 'http://localhost:1', 'app://agent-runtime', 'file://'])(
    'the Origin %s is refused in spite of a good token',
    async (origin) => {
      const { status, problem, headers } = await ask({ headers: { Origin: origin } });
      expect([status, problem['code']]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  test('the page that this server gave may ask', async () => {
    const headers = { Origin: node.url, 'Sec-Fetch-Site': 'same-origin' };
    expect((await ask({ headers })).status).toBe(200);
  });

  test.each(['cross-site', 'same-site'])('Sec-Fetch-Site: %s with a simple POST is refused', async (site) => {
    const headers = { 'Sec-Fetch-Site': site, 'Content-Type': 'text/plain' };
    const { status, problem } = await ask({ method: 'POST', path: '/processes/a/start', headers, body: '{}' });
    expect([status, problem['code']]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
  });

  test('a preflight is refused, without any Access-Control header', async () => {
    const headers = { Origin: 'https://evil.com', 'Access-Control-Request-Method': 'POST' };
    const { status, headers: answered } = await ask({ method: 'OPTIONS', headers, token: null });
    expect(status).toBe(403);
    expect(Object.keys(answered).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('without a token it says how to send one', async () => {
    const { status, problem, headers } = await ask({ token: null });
    expect([status, problem['code']]).toEqual([401, 'TOKEN_MISSING']);
    expect(problem['detail']).toContain('agent-runtime token');
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(headers['content-type']).toBe('application/problem+json');
  });

  test('a token in the address is no token', async () => {
    expect((await ask({ path: `/processes?token=${node.token}`, token: null })).status).toBe(401);
  });

  test('scopes come from the token, whatever the client claims', async () => {
    const token = node.tokens.create('reader', 'read', null);
    const headers = { 'X-Scopes': 'admin', ...json };
    const { status, problem } = await ask({ method: 'POST', path: '/processes/a/start', token, headers, body: '{}' });
    expect([status, problem['code']]).toEqual([403, 'SCOPE_REQUIRED']);
    expect((await ask({ token })).status).toBe(200);
    expect(runtime.calls.at(-1)?.by).toBe('api:reader');
  });

  test('a WebSocket from a page is refused before any upgrade', async () => {
    const answer = await sendRaw(
      node.server.port,
      `${line('GET /api/v1/notices')}${auth()}Origin: https://evil.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect(answer.status).toBe(403);
  });

  test('health needs no token, but the right Host and Origin all the same', async () => {
    expect((await ask({ path: '/health', token: null })).status).toBe(200);
    expect((await ask({ path: '/health', token: null, headers: { Host: 'evil.com' } })).status).toBe(421);
    expect((await ask({ path: '/health', token: null, headers: { Origin: 'https://evil.com' } })).status).toBe(403);
  });
});

describe('what may be asked', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonx',
  ])('a body of type %s is refused', async (type) => {
    const headers = { 'Content-Type': type };
    const { status, problem } = await ask({ method: 'POST', path: '/processes/a/wake', headers, body: '{}' });
    expect([status, problem['code'], problem['detail']]).toEqual([
      415,
      'CONTENT_TYPE',
      `Use application/json, not ${type}.`,
    ]);
  });

  test('a compressed body is refused', async () => {
    const headers = { ...json, 'Content-Encoding': 'gzip' };
    expect((await ask({ method: 'POST', path: '/processes/a/wake', headers, body: 'x' })).status).toBe(415);
  });

  const bodies: [string | Buffer, number, string, string][] = [
    ['{"payload":{}} trailing', 400, 'JSON_INVALID', 'line 1, column 16'],
    ['{"payload":\n oops}', 400, 'JSON_INVALID', 'line 2, column 2'],
    ['{"payload":1,"payload":2}', 400, 'JSON_DUPLICATE_KEY', 'line 1, column 14'],
    [`{"payload":${'['.repeat(64)}${']'.repeat(64)}}`, 400, 'JSON_TOO_COMPLEX', '64 levels'],
    [`{"payload":{${Array.from({ length: 10_000 }, (_, i) => `"${i}":1`)}}}`, 400, 'JSON_TOO_COMPLEX', '10000 keys'],
    [`{"payload":[${'1,'.repeat(100_000)}1]}`, 400, 'JSON_TOO_COMPLEX', '100000 list elements'],
    ['{"payload":"\\u0000"}', 400, 'TEXT_INVALID', 'NUL'],
    ['{"payload":"\\ud800"}', 400, 'TEXT_INVALID', 'half'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'TEXT_INVALID', 'UTF-8'],
    ['[]', 422, 'REQUEST_INVALID', 'JSON object'],
    ['{"paylod":{}}', 422, 'UNKNOWN_FIELD', 'Did you mean payload?'],
    ['{"name":"b"}', 422, 'REQUEST_INVALID', 'given twice'],
    ['{"idempotencyKey":1e309}', 422, 'REQUEST_INVALID', 'idempotencyKey'],
  ];

  test.each(bodies.map(([body, ...rest]) => [body.toString().slice(0, 40), body, ...rest] as const))(
    '%s',
    async (_start, body, status, code, text) => {
      const answer = await ask({ method: 'POST', path: '/processes/a/wake', headers: json, body });
      expect([answer.status, answer.problem['code']]).toEqual([status, code]);
      expect(answer.problem['detail']).toContain(text);
    },
  );

  test('a key __proto__ changes nothing', async () => {
    const body = '{"payload":{"__proto__":{"polluted":true}}}';
    expect((await ask({ method: 'POST', path: '/processes/a/wake', headers: json, body })).status).toBe(202);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const { input } = runtime.calls.at(-1) as { input: { payload: Record<string, unknown> } };
    expect(Object.getPrototypeOf(input.payload)).toBe(Object.prototype);
  });

  test('the Idempotency-Key header is the idempotency key', async () => {
    const headers = { ...json, 'Idempotency-Key': 'k1' };
    expect((await ask({ method: 'POST', path: '/processes/a/wake', headers, body: '{"payload":7}' })).status).toBe(202);
    expect(runtime.calls.at(-1)?.input).toEqual({ name: 'a', payload: 7, idempotencyKey: 'k1' });
  });

  test('a parameter given twice, or in a place it has not, is refused', async () => {
    expect((await ask({ path: '/processes?limit=1&limit=2' })).problem['code']).toBe('REQUEST_INVALID');
    expect((await ask({ method: 'POST', path: '/processes/a/start?reason=x', headers: json })).status).toBe(422);
    expect((await ask({ path: '/processes?limitt=1' })).problem['detail']).toContain('Did you mean limit?');
  });

  test('a GET with a body is refused', async () => {
    expect((await ask({ body: '{}', headers: { 'Content-Length': '2' } })).status).toBe(400);
  });

  test('a name with a slash or NUL in percent-escapes does not become another path', async () => {
    expect((await ask({ path: '/processes/a%2F..%2Fb' })).problem['code']).toBe('REQUEST_INVALID');
    expect((await ask({ path: '/processes/a%00' })).problem['code']).toBe('TEXT_INVALID');
    expect((await ask({ path: '/processes/%ff' })).problem['code']).toBe('TEXT_INVALID');
    const path = '/processes/a/context/some%2Fkey';
    expect((await ask({ method: 'PUT', path, headers: json, body: '{"value":1}' })).problem).toMatchObject({
      key: 'some/key',
    });
  });

  test('an unknown route asks for a token first, then is not found', async () => {
    expect((await ask({ path: '/nowhere', token: null })).status).toBe(401);
    expect((await ask({ path: '/nowhere' })).problem['code']).toBe('ROUTE_NOT_FOUND');
  });

  test('a wrong method is answered with the right ones', async () => {
    const { status, headers } = await ask({ method: 'PATCH', path: '/processes/a', headers: json, body: '{}' });
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
  });

  test('a method override is ignored', async () => {
    const headers = { ...json, 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'DELETE' };
    const { status } = await ask({ method: 'POST', path: '/processes/a/start', headers, body: '{}' });
    expect(status).toBe(200);
    expect(runtime.calls.at(-1)?.name).toBe('startProcess');
  });

  test('HEAD is GET without the body', async () => {
    const { status, headers, problem } = await ask({ method: 'HEAD' });
    expect([status, problem]).toEqual([200, {}]);
    expect(headers['content-length']).toBe(String('{"items":[],"next":null}'.length));
  });

  test('the error of a bug stays in the log, under the id that the client gets', async () => {
    const { status, problem } = await ask({ method: 'POST', path: '/events', headers: json, body: '{"type":"t"}' });
    expect([status, problem['code'], problem['detail']]).toEqual([500, 'INTERNAL', 'The runtime failed unexpectedly.']);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    const fault = node.faults.find(({ errorId }) => errorId === problem['errorId']);
    expect(String(fault?.thrown)).toContain('hunter2');
  });

  test('a problem has all that RFC 9457 names, and a hint', async () => {
    const { problem } = await ask({ path: '/node' });
    expect(problem).toEqual({
      type: 'urn:agent-runtime:error:NOT_SUPPORTED',
      title: 'Not supported',
      status: 501,
      detail: 'This runtime does not know node.',
      code: 'NOT_SUPPORTED',
      hint: expect.any(String),
      details: { name: 'node' },
    });
  });
});
