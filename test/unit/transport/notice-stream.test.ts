import { type IncomingMessage, request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/main/transport/http-client.ts';
import { NoticeStreams } from '../../../src/main/transport/notices/notice-stream.ts';
import type { RuntimeNotice } from '../../../src/shared/notices.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { RecordedNotices } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';
import { until } from '../../world/until.ts';

let notices: RecordedNotices;
let node: ServedNode;
beforeEach(async () => {
  notices = new RecordedNotices('boot1', 100);
  node = await servedNode({ notices });
});
afterEach(() => node.close());

async function open(headers: Record<string, string> = {}, token = node.token) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(
    `${node.url}/api/v1/notices`,
    { headers: { Authorization: `Bearer ${token}`, ...headers }, agent: false },
    resolve,
  );
  sent.on('error', reject);
  sent.end();
  const response = await promise;
  const stream = { response, text: '', closed: false };
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    stream.text += chunk;
  });
  response.on('error', () => {});
  response.on('close', () => {
    stream.closed = true;
  });
  return stream;
}

const ids = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
const kinds = (text: string) => [...text.matchAll(/"kind":"([^"]+)"/g)].map(([, kind]) => kind);

describe('the stream', () => {
  test('gives each notice with an id to go on from', async () => {
    const stream = await open();
    expect(stream.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    await until(() => notices.watchers === 1);
    const notice = notices.publish({ kind: 'process.changed', process: 'a' });
    await until(() => stream.text.includes('id: '));
    expect(stream.text).toContain(`id: boot1:1\ndata: ${JSON.stringify(notice)}\n\n`);
    stream.response.destroy();
    await until(() => notices.watchers === 0);
  });

  test('goes on where the last id says, in order and without repeating', async () => {
    for (let i = 0; i < 5; i++) notices.publish({ kind: 'run.changed' });
    const stream = await open({ 'Last-Event-ID': 'boot1:3' });
    await until(() => notices.watchers === 1);
    notices.publish({ kind: 'run.changed' });
    await until(() => ids(stream.text).length === 3);
    expect(ids(stream.text)).toEqual(['boot1:4', 'boot1:5', 'boot1:6']);
  });

  test.each(['boot0:3', 'boot1:0'])('says that there is a gap when %s is not kept', async (id) => {
    for (let i = 0; i < 105; i++) notices.publish({ kind: 'run.changed' });
    const stream = await open({ 'Last-Event-ID': id });
    await until(() => stream.text.includes('notices.gap'));
    notices.publish({ kind: 'run.changed' });
    await until(() => kinds(stream.text).length === 2);
    expect(kinds(stream.text)).toEqual(['notices.gap', 'run.changed']);
  });

  test('refuses an id it never gave', async () => {
    expect((await open({ 'Last-Event-ID': 'nonsense' })).response.statusCode).toBe(422);
  });

  test('ends within a second when its token is revoked, and says why', async () => {
    const token = node.tokens.create('watcher', 'read', null);
    const stream = await open({}, token);
    const other = await open();
    await until(() => notices.watchers === 2);
    const revoked = performance.now();
    node.tokens.revoke('watcher');
    await until(() => stream.closed);
    expect(performance.now() - revoked).toBeLessThan(10_000);
    expect(stream.text).toContain('event: closed\ndata: {"code":"TOKEN_INVALID"');
    expect(other.closed).toBe(false);
    expect((await open({}, token)).response.statusCode).toBe(401);
  });

  test('says that the node closes', async () => {
    const stream = await open();
    await until(() => notices.watchers === 1);
    await node.server.close();
    await until(() => stream.closed);
    expect(stream.text).toContain('"code":"NODE_CLOSING"');
  });

  test('cuts a client that does not read, and lets it go on where it was', async () => {
    const socket = connectSocket(node.server.port, '127.0.0.1');
    socket.write(
      `GET /api/v1/notices HTTP/1.1\r\nHost: 127.0.0.1:${node.server.port}\r\nAuthorization: Bearer ${node.token}\r\n\r\n`,
    );
    socket.pause();
    const reader = await open();
    await until(() => notices.watchers === 2);
    let published = 0;
    await until(() => {
      for (let i = 0; i < 500; i++, published++) notices.publish({ kind: 'step.text', text: 'x'.repeat(1_000) });
      return notices.watchers === 1;
    });
    await until(() => ids(reader.text).length === published);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.resume();
    await until(() => socket.destroyed || text.includes('STREAM_NOT_READ'));
    const last = ids(text.slice(0, text.lastIndexOf('\n\n'))).at(-1) ?? 'boot1:0';
    expect(Number(last.split(':')[1])).toBeLessThan(published);
    socket.destroy();
    expect((await open({ 'Last-Event-ID': last })).response.statusCode).toBe(200);
  });
});

test('a quiet stream shows every 15 s that it is alive', async () => {
  const clock = new HandClock();
  const streams = new NoticeStreams(clock);
  const written: string[] = [];
  const response = {
    writeHead: () => {},
    write: (text: string) => written.push(text),
    once: () => {},
    writableLength: 0,
    writableEnded: false,
  };
  streams.serve(response as never, new RecordedNotices(), null, () => true);
  await clock.advance(14_000);
  expect(written).toEqual(['retry: 1000\n\n']);
  await clock.advance(32_000);
  expect(written.slice(1)).toEqual(Array(3).fill(': alive\n\n'));
});

describe('a client that watches', () => {
  test('misses nothing and gets nothing twice over a lost connection', async () => {
    const seen: RuntimeNotice[] = [];
    const states: string[] = [];
    const client = connect(node.url, node.token);
    const unwatch = client.watch(
      null,
      (notice) => seen.push(notice),
      ({ state }) => states.push(state),
    );
    await until(() => notices.watchers === 1);
    notices.publish({ kind: 'run.changed' });
    await until(() => seen.length === 1);
    const { port } = node.server;
    await node.server.close();
    await until(() => states.includes('lost'));
    notices.publish({ kind: 'run.changed' });
    const again = await servedNode({ notices }, { port, dataDir: node.dataDir });
    await until(() => seen.length === 2);
    notices.publish({ kind: 'run.changed' });
    await until(() => seen.length === 3);
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(states).toEqual(['connected', 'lost', 'connected']);
    unwatch();
    client.close();
    await until(() => notices.watchers === 0);
    await again.close();
  });

  test('is told when its token has ended, and stops', async () => {
    const token = node.tokens.create('watcher', 'read', null);
    const states: string[] = [];
    const client = connect(node.url, token);
    client.watch(
      null,
      () => {},
      ({ state }) => states.push(state),
    );
    await until(() => states.includes('connected'));
    node.tokens.revoke('watcher');
    await until(() => states.includes('refused'));
    expect(states).toEqual(['connected', 'refused']);
    client.close();
  });
});
