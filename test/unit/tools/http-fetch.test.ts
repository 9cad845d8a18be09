import { createServer as createTlsServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isOutcomeUnknown } from '../../../src/main/agent/tool.ts';
import type { EgressRules } from '../../../src/main/agent/tools/web/egress-guard.ts';
import { HttpFetchNarrowing, httpFetch } from '../../../src/main/agent/tools/web/http-fetch.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { until } from '../../world/until.ts';
import { loopbackCertificate } from './loopback-certificate.ts';
import { refusal, toolCall } from './tool-call.ts';
import { listen, stop, webServer } from './web-server.ts';

let web: Awaited<ReturnType<typeof webServer>>;
let inside: Awaited<ReturnType<typeof webServer>>;
const pages: Record<string, (response: import('node:http').ServerResponse, url: URL) => void> = {
  '/json': (response) => response.setHeader('content-type', 'application/json').end('{"total":3}'),
  '/html': (response) => response.setHeader('content-type', 'text/html').end('<b>hello</b><script>alert(1)</script>'),
  '/latin': (response) => response.setHeader('content-type', 'text/plain; charset=iso-8859-1').end(Buffer.from([0xe9])),
  '/gzip': (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('packed')),
  '/br': (response) => response.setHeader('content-encoding', 'br').end(brotliCompressSync('packed')),
  '/odd': (response) => response.setHeader('content-encoding', 'rot13').end('cnpxrq'),
  '/image': (response) => response.setHeader('content-type', 'image/png').end(Buffer.from([137, 80, 78, 71, 0])),
  '/missing': (response) => response.writeHead(404).end('no such page'),
  '/long': (response) => response.setHeader('content-type', 'text/plain').end('x'.repeat(300_000)),
  '/deep': (response) =>
    response.setHeader('content-type', 'application/json').end('['.repeat(50_000) + ']'.repeat(50_000)),
  '/bomb': (response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(32 * 1024 * 1024), { level: 1 })),
  '/endless': (response) => {
    const chunk = Buffer.alloc(256 * 1024, 120);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', more);
    };
    more();
  },
  '/drip': (response) => {
    const timer = setInterval(() => response.write('.'), 20);
    response.once('close', () => clearInterval(timer));
  },
  '/silent': () => {},
  '/cut': (response) => response.destroy(),
  '/half': (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  },
  '/hop': (response, url) => {
    const left = Number(url.searchParams.get('left'));
    if (left === 0) response.end('arrived');
    else response.writeHead(302, { location: `/hop?left=${left - 1}` }).end();
  },
  '/to': (response, url) =>
    response
      .writeHead(Number(url.searchParams.get('status') ?? 302), { location: url.searchParams.get('url') ?? '' })
      .end(),
};

beforeAll(async () => {
  web = await webServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://web');
    (pages[url.pathname] ?? (() => response.end('ok')))(response, url);
  });
  inside = await webServer((_request, response) => response.end('secret'));
});
beforeEach(() => {
  web.seen.length = 0;
  inside.seen.length = 0;
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
});

function tool(
  narrowing: { allowHosts?: string[]; timeout?: number; methods?: 'GET'[] } = {},
  rules: Omit<EgressRules, 'allowHosts'> = {},
) {
  return httpFetch(HttpFetchNarrowing.parse({ allowHosts: [web.host], ...narrowing }), rules);
}
const get = async (path: string, more: JsonObject = {}, fetch = tool()) =>
  (await fetch.execute({ url: web.url + path, ...more }, toolCall())).content as JsonObject;

describe('http_fetch', () => {
  test('gives status, headers, text, and JSON as data', async () => {
    expect(await get('/json')).toMatchObject({
      status: 200,
      json: { total: 3 },
      body: '{"total":3}',
      truncated: false,
    });
    expect(await get('/missing')).toMatchObject({ status: 404, body: 'no such page' });
    expect((await get('/json'))['headers']).toMatchObject({ 'content-type': 'application/json' });
  });

  test('marks what it gives with where it comes from', async () => {
    expect((await tool().execute({ url: `${web.url}/json` }, toolCall())).taint).toEqual(['web:127.0.0.1']);
  });

  test('leaves HTML as text and reads other character sets', async () => {
    expect((await get('/html'))['body']).toBe('<b>hello</b><script>alert(1)</script>');
    expect((await get('/latin'))['body']).toBe('é');
  });

  test('unpacks compressed answers and says what it cannot unpack', async () => {
    expect([(await get('/gzip'))['body'], (await get('/br'))['body']]).toEqual(['packed', 'packed']);
    expect((await refusal(() => get('/odd'))).code).toBe('FETCH_FAILED');
  });

  test('does not show what is no text', async () => {
    expect(await get('/image')).toMatchObject({ body: '', note: '5 bytes of image/png are not shown.' });
  });

  test('cuts long text and says so', async () => {
    const content = await get('/long');
    expect([content['truncated'], (content['body'] as string).length]).toEqual([true, 200_000]);
  });

  test('leaves JSON that is nested too deep as text', async () => {
    const content = await get('/deep');
    expect(content['json']).toBeUndefined();
    expect((content['body'] as string).length).toBe(100_000);
  });

  test('reading may be repeated, the rest may not', () => {
    const reach = (method: string) => tool().reachOf?.({ url: web.url, method });
    expect(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map(reach)).toEqual([
      'readOnly',
      'readOnly',
      'other',
      'other',
      'other',
      'other',
    ]);
    expect(tool().reachOf?.({ url: web.url })).toBe('readOnly');
  });

  test('sends JSON and text bodies, with the call key where it is not a read', async () => {
    await get('/', { method: 'POST', body: { a: [1] }, headers: { 'X-Team': 'ops' } });
    await get('/', { method: 'PUT', body: 'plain' });
    await get('/');
    expect(
      web.seen.map(({ method, body, headers }) => [method, body, headers['content-type'], headers['idempotency-key']]),
    ).toEqual([
      ['POST', '{"a":[1]}', 'application/json', 'key-1'],
      ['PUT', 'plain', 'text/plain; charset=utf-8', 'key-1'],
      ['GET', '', undefined, undefined],
    ]);
    expect(web.seen[0]?.headers['x-team']).toBe('ops');
  });

  test.each([
    [{ 'x-a': 'b\r\nx-evil: 1' }],
    [{ 'bad name': 'b' }],
    [{ Host: 'inside' }],
    [{ 'Idempotency-Key': 'mine' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ 'Proxy-Authorization': 'x' }],
  ])('does not send the headers %j', async (headers) => {
    expect((await refusal(() => get('/', { headers }))).code).toBe('TOOL_ARGS_INVALID');
    expect(web.seen).toEqual([]);
  });
});

describe('the limits of http_fetch', () => {
  test.each(['/endless', '/bomb'])('%s ends with FETCH_LIMIT', async (path) => {
    expect((await refusal(() => get(path))).code).toBe('FETCH_LIMIT');
  });

  test.each(['/drip', '/silent'])('%s ends at the deadline', async (path) => {
    const error = await refusal(() => get(path, {}, tool({ timeout: 0.2 })));
    expect([error.code, error.message]).toEqual(['FETCH_LIMIT', 'There was no complete answer within 0.2 s.']);
  });

  test('a cancelled call ends at once', async () => {
    const cancel = new AbortController();
    const pending = refusal(() => tool().execute({ url: `${web.url}/silent` }, toolCall({ signal: cancel.signal })));
    await until(() => web.seen.length === 1);
    cancel.abort();
    expect((await pending).code).toBe('RUN_CANCELLED');
  });

  test('a request that left without an answer may have been done, unless it only reads', async () => {
    expect(isOutcomeUnknown(await refusal(() => get('/cut', { method: 'POST' })))).toBe(true);
    expect(isOutcomeUnknown(await refusal(() => get('/silent', { method: 'POST' }, tool({ timeout: 0.2 }))))).toBe(
      true,
    );
    expect(isOutcomeUnknown(await refusal(() => get('/cut')))).toBe(false);
  });

  test('a request that never left was not done', async () => {
    const free = await webServer(() => {});
    await free[Symbol.asyncDispose]();
    const error = await refusal(() =>
      tool({ allowHosts: [free.host] }).execute({ url: free.url, method: 'POST' }, toolCall()),
    );
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['FETCH_FAILED', false]);
  });

  test('a write whose answer cannot be read still shows its status', async () => {
    expect(await get('/half', { method: 'POST' })).toMatchObject({ status: 200, truncated: true });
    expect(await get('/bomb', { method: 'POST' })).toMatchObject({
      status: 200,
      note: expect.stringContaining('larger'),
    });
    expect((await refusal(() => get('/half'))).code).toBe('FETCH_FAILED');
  });
});

describe('redirects', () => {
  test('five are followed, six are not', async () => {
    expect((await get('/hop?left=5'))['body']).toBe('arrived');
    expect((await refusal(() => get('/hop?left=6'))).code).toBe('FETCH_FAILED');
  });

  test.each([301, 302, 303, 307, 308])('a %i to a server that is not listed is not followed', async (status) => {
    const error = await refusal(() => get(`/to?status=${status}&url=${encodeURIComponent(inside.url)}`));
    expect(error.code).toBe('POLICY_EGRESS_DENIED');
    expect(inside.seen).toEqual([]);
  });

  test('a write that is redirected away is told as done', async () => {
    const content = await get(`/to?url=${encodeURIComponent(inside.url)}`, { method: 'POST', body: 'x' });
    expect(content).toMatchObject({ status: 302, note: expect.stringContaining('not followed') });
    expect(inside.seen).toEqual([]);
  });

  test('credentials stay with the server they were meant for', async () => {
    const fetch = tool({ allowHosts: [web.host, inside.host] });
    const headers = { authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k', accept: 'text/plain' };
    await get(`/to?url=${encodeURIComponent(`${inside.url}/x`)}`, { headers }, fetch);
    expect(inside.seen[0]?.headers).toMatchObject({ accept: 'text/plain' });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(inside.seen[0]?.headers[name]).toBeUndefined();
    await get('/to?url=/y', { headers }, fetch);
    expect(web.seen.at(-1)?.headers).toMatchObject({ authorization: 'Bearer t', 'x-api-key': 'k' });
  });

  test('a redirected write becomes a read or stays one, as its status says', async () => {
    for (const status of [302, 303, 307]) await get(`/to?status=${status}&url=/next`, { method: 'POST', body: 'x' });
    const next = web.seen.filter(({ url }) => url === '/next').map(({ method, body }) => [method, body]);
    expect(next).toEqual([
      ['GET', ''],
      ['GET', ''],
      ['POST', 'x'],
    ]);
  });

  test('https does not become http on the way', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, loopbackCertificate.cert]);
    const secure = createTlsServer(loopbackCertificate, (_request, response) =>
      response.writeHead(302, { location: web.url }).end(),
    );
    const port = await listen(secure);
    try {
      const fetch = tool({ allowHosts: [web.host, `127.0.0.1:${port}`] });
      const error = await refusal(() => fetch.execute({ url: `https://127.0.0.1:${port}/` }, toolCall()));
      expect([error.code, error.details['reason']]).toEqual(['POLICY_EGRESS_DENIED', 'downgrade']);
      expect(web.seen).toEqual([]);
    } finally {
      await stop(secure);
      setDefaultCACertificates(trusted);
    }
  });
});

describe('names', () => {
  test('the checked address is the one that is reached, and a name is resolved once', async () => {
    const port = new URL(web.url).port;
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const fetch = tool({ allowHosts: [`checked.internal:${port}`] }, { resolve: async () => answers.shift() ?? [] });
    const content = (await fetch.execute({ url: `http://checked.internal:${port}/json` }, toolCall()))
      .content as JsonObject;
    expect(content['status']).toBe(200);
    expect(web.seen[0]?.headers.host).toBe(`checked.internal:${port}`);
    expect(answers).toHaveLength(1);
  });

  test('a public name that leads to this machine reaches nothing', async () => {
    const port = new URL(inside.url).port;
    for (const addresses of [['127.0.0.1'], ['::ffff:127.0.0.1'], ['93.184.215.14', '127.0.0.1']]) {
      const fetch = tool({ allowHosts: [`rebind.example.com:${port}`] }, { resolve: async () => addresses });
      expect((await refusal(() => fetch.execute({ url: `http://rebind.example.com:${port}/` }, toolCall()))).code).toBe(
        'POLICY_EGRESS_DENIED',
      );
    }
    expect(inside.seen).toEqual([]);
  });

  test('a name without an address fails, and may be tried again', async () => {
    const fetch = tool(
      { allowHosts: ['gone.example.com'] },
      { resolve: async () => Promise.reject(new Error('ENOTFOUND')) },
    );
    const error = await refusal(() => fetch.execute({ url: 'http://gone.example.com/' }, toolCall()));
    expect([error.code, error.retryable]).toEqual(['FETCH_FAILED', true]);
  });
});
