import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../../world/raw-http.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';
import { until } from '../../world/until.ts';

const runtime = recordedRuntime({
  listProcesses: () => ({ items: [], next: null }),
  wakeProcess: () => ({ eventId: 'evt_1', duplicate: false }),
});
let node: ServedNode;
beforeAll(async () => {
  node = await servedNode({ api: runtime.api });
});
afterAll(() => node.close());

const crlf = (lines: string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
const host = () => `Host: 127.0.0.1:${node.server.port}`;
const auth = () => `Authorization: Bearer ${node.token}`;
const json = 'Content-Type: application/json';
const wake = () => ['POST /api/v1/processes/a/wake HTTP/1.1', host(), auth(), json];
const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;

describe('requests that are two things at once', () => {
  test.each([
    ['two lengths', ['Content-Length: 2', 'Content-Length: 20']],
    ['two equal lengths', ['Content-Length: 2', 'Content-Length: 2']],
    ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked']],
    ['chunks twice', ['Transfer-Encoding: chunked, identity']],
    ['a length that is no number', ['Content-Length: 2a']],
    ['a negative length', ['Content-Length: -2']],
  ])('%s are refused, and the connection closed', async (_case, lengths) => {
    const before = runtime.calls.length;
    const answer = await sendRaw(node.server.port, crlf([...wake(), ...lengths], '{}'), { untilClosed: true });
    expect([answer.status, answer.closed]).toEqual([400, true]);
    expect(codeOf(answer.body)).toBe('REQUEST_MALFORMED');
    expect(runtime.calls.length).toBe(before);
  });

  test.each([
    ['a header name with a space', 'Content-Length : 2'],
    ['a folded header', 'X-A: b\r\n c: d'],
    ['a bare line feed inside a value', 'X-A: b\nHost: evil.com'],
    ['NUL in a value', 'X-A: b\0c'],
  ])('%s is refused', async (_case, line) => {
    const answer = await sendRaw(node.server.port, crlf([...wake(), line], '{}'), { untilClosed: true });
    expect(answer.status).toBe(400);
  });

  test('two Host headers are refused, whichever comes first', async () => {
    const good = host();
    for (const pair of [
      [good, 'Host: evil.com'],
      ['Host: evil.com', good],
    ]) {
      const answer = await sendRaw(node.server.port, crlf(['GET /api/v1/health HTTP/1.1', ...pair]));
      expect([answer.status, codeOf(answer.body)]).toEqual([400, 'REQUEST_MALFORMED']);
    }
  });

  test('no Host is refused', async () => {
    const answer = await sendRaw(node.server.port, crlf(['GET /api/v1/health HTTP/1.1']));
    expect(answer.status).toBe(400);
  });

  test('a whole address in the request line does not choose another host', async () => {
    const answer = await sendRaw(node.server.port, crlf(['GET http://evil.com/api/v1/health HTTP/1.1', host()]));
    expect(answer.status).toBe(400);
  });

  test('two slashes at the start are no way around the token', async () => {
    const answer = await sendRaw(node.server.port, crlf(['GET //api/v1/processes HTTP/1.1', host()]));
    expect(answer.status).toBe(404);
    expect(runtime.calls.at(-1)?.by).not.toBe('anyone');
  });

  test('requests one behind the other are all answered, in order', async () => {
    const one = crlf(['GET /api/v1/processes HTTP/1.1', host(), auth()]);
    const last = crlf(['GET /api/v1/nowhere HTTP/1.1', host(), auth(), 'Connection: close']);
    const { text } = await sendRaw(node.server.port, one + one + last, { untilClosed: true });
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '404']);
  });
});

describe('requests that are too large', () => {
  test('16 KB of headers', async () => {
    const answer = await sendRaw(node.server.port, crlf(['GET / HTTP/1.1', host(), `X-A: ${'a'.repeat(17_000)}`]));
    expect([answer.status, codeOf(answer.body)]).toEqual([431, 'HEADERS_TOO_LARGE']);
  });

  test('8 KB of address', async () => {
    const answer = await sendRaw(node.server.port, crlf([`GET /${'a'.repeat(8_200)} HTTP/1.1`, host()]));
    expect([answer.status, codeOf(answer.body)]).toEqual([414, 'URL_TOO_LONG']);
  });

  test('a body that says it is too long is refused before it is sent', async () => {
    const lines = [...wake(), 'Content-Length: 6000000', 'Expect: 100-continue'];
    const answer = await sendRaw(node.server.port, crlf(lines));
    expect([answer.status, answer.text.includes('100 Continue')]).toEqual([413, false]);
  });

  test('a body that is welcome is asked for', async () => {
    const lines = [...wake(), 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close'];
    const { text } = await sendRaw(node.server.port, [crlf(lines), '{}'], { untilClosed: true });
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202/);
  });

  test('a body in chunks without end is cut at the limit, and little of it is kept', async () => {
    const socket = connect(node.server.port, '127.0.0.1');
    let answer = '';
    let closed = false;
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
    });
    socket.write(crlf([...wake(), 'Transfer-Encoding: chunked']));
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 0x20), Buffer.from('\r\n')]);
    const before = process.memoryUsage.rss();
    let sent = 0;
    const pump = () => {
      while (!closed && sent < 200_000_000 && socket.write(chunk)) sent += chunk.length;
      sent += chunk.length;
    };
    socket.on('drain', pump);
    pump();
    await until(() => closed);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(answer).toContain('BODY_TOO_LARGE');
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
  });
});

test('a client that sends all of a long body before it reads gets the answer', async () => {
  const socket = connect(node.server.port, '127.0.0.1');
  let failed: Error | undefined;
  socket.on('error', (error) => {
    failed = error;
  });
  const body = Buffer.alloc(6 * 1024 * 1024);
  const sent = Promise.withResolvers<void>();
  socket.write(crlf([...wake(), `Content-Length: ${body.length}`]));
  socket.write(body, () => sent.resolve());
  await sent.promise;
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await until(() => socket.destroyed || failed);
  expect(answer).toMatch(/^HTTP\/1\.1 413/);
  expect(answer).toContain('BODY_TOO_LARGE');
  expect(failed).toBeUndefined();
});

describe('what is not HTTP', () => {
  test.each(['\x16\x03\x01\x02\x00\x01\x00', 'SSH-2.0-OpenSSH\r\n\r\n', '\0\0\0\0\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n'])(
    '%j is answered with 4xx and closed',
    async (bytes) => {
      const answer = await sendRaw(node.server.port, Buffer.from(bytes, 'latin1'), { untilClosed: true });
      expect(answer.closed).toBe(true);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  test('an unknown method is answered with the known ones', async () => {
    const answer = await sendRaw(node.server.port, crlf(['BREW /api/v1/processes HTTP/1.1', host(), auth()]));
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, POST, PUT, PATCH, DELETE']);
    const purge = await sendRaw(node.server.port, crlf(['PURGE /api/v1/processes HTTP/1.1', host(), auth()]));
    expect([purge.status, purge.headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
  });

  test('CONNECT and TRACE do nothing', async () => {
    const trace = await sendRaw(node.server.port, crlf(['TRACE /api/v1/processes HTTP/1.1', host(), auth()]));
    expect(trace.status).toBe(405);
    const tunnel = await sendRaw(node.server.port, crlf(['CONNECT evil.com:443 HTTP/1.1', host()]), {
      untilClosed: true,
    });
    expect(tunnel.closed).toBe(true);
    expect(tunnel.status).not.toBe(200);
  });

  test('a client that goes away in the middle of its body leaves nothing behind', async () => {
    const before = runtime.calls.length;
    const sockets: Socket[] = [];
    for (let i = 0; i < 20; i++) {
      const socket = connect(node.server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(crlf([...wake(), 'Content-Length: 100'], '{"payload":'), () => socket.destroy());
      sockets.push(socket);
    }
    await until(() => sockets.every((socket) => socket.destroyed));
    expect((await sendRaw(node.server.port, crlf(['GET /api/v1/processes HTTP/1.1', host(), auth()]))).status).toBe(
      200,
    );
    expect(runtime.calls.slice(before).map(({ name }) => name)).toEqual(['listProcesses']);
    expect(node.faults).toEqual([]);
  });
});
