import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WebhookRequest } from '../../../src/main/transport/http/served.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

const received: { process: string; path: string; request: WebhookRequest }[] = [];
let node: ServedNode;
beforeAll(async () => {
  node = await servedNode(
    {
      async webhook(process, path, request) {
        if (process === 'nobody') throw new RuntimeError('HOOK_NOT_FOUND', 'There is no process "nobody".');
        received.push({ process, path, request });
        return { status: 202, body: { eventId: 'evt_1' }, headers: { 'X-Challenge': 'abc' } };
      },
    },
    { hosts: ['hooks.example.org'] },
  );
});
afterAll(() => node.close());

function post(path: string, body: Buffer | string = '', { method = 'POST', headers = {} } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(node.url + path, { method, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(text) }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

test('a request reaches the trigger byte for byte, and its reply comes back', async () => {
  const body = Buffer.from([0, 255, 123, 10, 13]);
  const headers = { 'X-Hub-Signature-256': 'sha256=00', 'Content-Type': 'application/octet-stream' };
  const answer = await post('/hooks/incidents/pager/duty?a=1&b=%20', body, { headers });
  expect(answer).toMatchObject({ status: 202, body: { eventId: 'evt_1' }, headers: { 'x-challenge': 'abc' } });
  expect(received.at(-1)).toMatchObject({
    process: 'incidents',
    path: 'pager/duty',
    request: {
      method: 'POST',
      path: '/hooks/incidents/pager/duty',
      query: { a: '1', b: ' ' },
      headers: { 'x-hub-signature-256': 'sha256=00', 'content-type': 'application/octet-stream' },
      remoteAddress: '127.0.0.1',
    },
  });
  expect(received.at(-1)?.request.body.equals(body)).toBe(true);
});

test('a webhook without a path is called by the name of the process alone', async () => {
  for (const path of ['/hooks/incidents', '/hooks/incidents/']) {
    expect((await post(path)).status).toBe(202);
    expect(received.at(-1)).toMatchObject({ process: 'incidents', path: '' });
  }
});

test('the target is in the path alone, whatever the body says', async () => {
  await post('/hooks/incidents/x', '{"process":"other","name":"other"}');
  expect(received.at(-1)?.process).toBe('incidents');
});

test('5 MB are taken, a byte more is not', async () => {
  const most = 5 * 1024 * 1024;
  expect((await post('/hooks/incidents/x', Buffer.alloc(most))).status).toBe(202);
  const count = received.length;
  const answer = await post('/hooks/incidents/x', Buffer.alloc(most + 1));
  expect([answer.status, answer.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
  const chunked = { 'Transfer-Encoding': 'chunked' };
  expect((await post('/hooks/incidents/x', Buffer.alloc(most + 1), { headers: chunked })).status).toBe(413);
  expect(received.length).toBe(count);
});

test('other methods, unknown hooks and none at all are told so', async () => {
  const get = await post('/hooks/incidents/x', '', { method: 'GET' });
  expect([get.status, get.headers['allow']]).toEqual([405, 'POST']);
  expect((await post('/hooks/nobody/x')).body['code']).toBe('HOOK_NOT_FOUND');
  expect((await post('/hooks/')).body['code']).toBe('HOOK_NOT_FOUND');
});

test('a page cannot call a webhook; a tunnel whose name was given can', async () => {
  const headers = { Origin: 'https://evil.com', 'Content-Type': 'text/plain' };
  expect((await post('/hooks/incidents/x', '{}', { headers })).status).toBe(403);
  expect((await post('/hooks/incidents/x', '{}', { headers: { Host: 'hooks.example.org' } })).status).toBe(202);
  expect((await post('/hooks/incidents/x', '{}', { headers: { Host: 'other.example.org' } })).status).toBe(421);
});
