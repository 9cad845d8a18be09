import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverLimits } from '../../../src/main/transport/http/listener.ts';
import { sendRaw } from '../../world/raw-http.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

const headersMs = 1_000;

let node: ServedNode;
beforeAll(async () => {
  node = await servedNode({}, { headersMs });
});
afterAll(() => node.close());

test('headers that do not end are answered with 408 when their time is over, which is 10 s', async () => {
  const began = performance.now();
  const answer = await sendRaw(node.server.port, 'GET / HTTP/1.1\r\nX-A: ', { withinMs: 13_000, untilClosed: true });
  expect([answer.status, answer.closed]).toEqual([408, true]);
  expect((JSON.parse(answer.body) as { code: string }).code).toBe('REQUEST_TIMED_OUT');
  expect(performance.now() - began).toBeGreaterThan(headersMs - 500);
  expect(serverLimits.headersTimeout).toBe(10_000);
});
