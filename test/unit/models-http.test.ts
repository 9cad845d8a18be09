import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import { LeanHttp } from '../../src/main/agent/models/lean-fetch.ts';
import { ModelConnections } from '../../src/main/agent/models/openai-client.ts';
import { raw } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { question } from '../world/question.ts';
import { otherCertificate, testCertificate } from '../world/test-certificate.ts';
import { until } from '../world/until.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(server: Server, protocol = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listening(createServer(listener));

function http(options = {}): LeanHttp {
  const made = new LeanHttp(options);
  closing.push(() => made.close());
  return made;
}

const text = async (url: string, options = {}) => (await http(options).fetch(url, {})).text();

describe('bodies', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('in %s are read', async (encoding, compress) => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('ünzipped')),
    );
    expect(await text(url)).toBe('ünzipped');
  });

  test('that are bombs end at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
    const server = await startModelServer();
    closing.push(() => server.close());
    server.reply({ ...raw(bomb), headers: { 'content-encoding': 'gzip' } });
    const model = connectModel('openai:m', { baseUrl: server.url, env: {}, maxRetries: 0 });
    await expect(model.ask(question('x'))).rejects.toMatchObject({ code: 'MODEL_ANSWER_INVALID' });
  });

  test('whose compression is broken are no answer', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    );
    const model = connectModel('openai:m', { baseUrl: url, env: {}, maxRetries: 0 });
    await expect(model.ask(question('x'))).rejects.toMatchObject({ code: 'MODEL_ANSWER_INVALID' });
  });

  test('of errors are read as far as they say something', async () => {
    const url = await serve((_request, response) => response.writeHead(500).end('y'.repeat(10_000_000)));
    expect(await text(url)).toHaveLength(65_536);
  });

  test('are sent whole, with their length', async () => {
    const body = `{"text":"${'ü'.repeat(200_000)}"}`;
    const url = await serve(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      response.end(JSON.stringify([request.headers['content-length'], Buffer.concat(parts).toString() === body]));
    });
    const answer = await http().fetch(url, { method: 'POST', body });
    expect(JSON.parse(await answer.text())).toEqual([String(Buffer.byteLength(body)), true]);
  });
});

describe('connections', () => {
  test('are shared by all models that are given them, and one client by those of one address and key', async () => {
    const server = await startModelServer();
    closing.push(() => server.close());
    const connections = new ModelConnections();
    closing.push(() => connections.close());
    for (const id of ['openai:a', 'openai:b', 'groq:c']) {
      await connectModel(id, { baseUrl: server.url, apiKey: id, env: {}, connections }).ask(question('x'));
    }
    expect(new Set(server.requests.map((request) => request.connection)).size).toBe(1);
    expect(server.requests.map((request) => request.headers['authorization'])).toEqual(
      ['openai:a', 'openai:b', 'groq:c'].map((key) => `Bearer ${key}`),
    );
  });

  test('many at once do not wait for each other', async () => {
    const server = await startModelServer();
    closing.push(() => server.close());
    server.reply(() => ({ text: 'x', delayMs: 100 }));
    const model = connectModel('openai:m', { baseUrl: server.url, env: {} });
    const begin = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => model.ask(question('x'))));
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('that the server closed meanwhile are not held against the call', async () => {
    let served = 0;
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      let first = true;
      socket.on('data', () => {
        // The second request on a connection finds it reset, as after a server's own idle limit.
        if (!first) return void socket.resetAndDestroy();
        first = false;
        served++;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    const client = http();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const post = async () => (await client.fetch(url, { method: 'POST', body: '{}' })).text();
    expect([await post(), await post()]).toEqual(['ok', 'ok']);
    expect(served).toBe(2);
  });

  test('a new connection that breaks is not tried twice', async () => {
    let tries = 0;
    const url = await serve((request) => {
      tries++;
      request.socket.destroy();
    });
    await expect(text(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(tries).toBe(1);
  });

  test('stay open for the next call, and close when told', async () => {
    const server = await startModelServer();
    closing.push(() => server.close());
    const client = http();
    await (await client.fetch(`${server.url}/models`, {})).text();
    await until(() => server.connections === 1);
    client.close();
    await until(() => server.connections === 0);
  });

  test('that do not come up in time end the call', async () => {
    // Accepted by the kernel, never spoken to: TLS does not come up.
    const silent = createTcpServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closing.push(() => silent.close());
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    await expect(text(url, { connectTimeoutMs: 100 })).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' });
  });

  test('go through a proxy that the environment names, except on this machine', async () => {
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('by proxy');
    });
    const HTTP_PROXY = await listening(proxy);
    const direct = await serve((_request, response) => response.end('direct'));
    const env = { HTTP_PROXY };
    expect(await text('http://model.invalid/v1/x', { env })).toBe('by proxy');
    expect(await text(direct, { env })).toBe('direct');
    expect(seen).toEqual(['GET http://model.invalid/v1/x']);
  });
});

describe('TLS', () => {
  const secure = (certificate = testCertificate) => {
    const listener: RequestListener = (_request, response) =>
      response.end('{"choices":[{"message":{"content":"safe"}}]}');
    return listening(createTlsServer(certificate, listener), 'https');
  };

  test('a certificate nobody vouches for ends the call before anything is sent', async () => {
    const model = connectModel('openai:m', { baseUrl: await secure(), env: {}, maxRetries: 0 });
    await expect(model.ask(question('x'))).rejects.toMatchObject({
      code: 'MODEL_UNREACHABLE',
      message: expect.stringContaining('certificate'),
      details: { cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
  });

  test('a certificate that is trusted, for the name that was asked, is good', async () => {
    const connections = new ModelConnections({ ca: testCertificate.cert });
    closing.push(() => connections.close());
    const model = connectModel('openai:m', { baseUrl: await secure(), env: {}, connections });
    expect((await model.ask(question('x'))).text).toBe('safe');
    expect((await model.ask(question('x'))).text).toBe('safe');
  });

  test('a trusted certificate for another name is not', async () => {
    const url = await secure(otherCertificate);
    await expect(text(url, { ca: otherCertificate.cert })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });
});
