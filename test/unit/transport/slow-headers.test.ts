import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRaw } from '../../world/raw-http.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

let node: ServedNode;
beforeAll(async () => {
  node = await servedNode();
});
afterAll(() => node.close());

test('headers that do not end are answered with 408 after 10 s', async () => {
  const began = performance.now();
  const answer = await sendRaw(node.server.port, 'GET / HTTP/1.1\r\nX-A: ', { withinMs: 13_000, untilClosed: true });
  expect([answer.status, answer.closed]).toEqual([408, true]);
  expect((JSON.parse(answer.body) as { code: string }).code).toBe('REQUEST_TIMED_OUT');
  expect(performance.now() - began).toBeGreaterThan(9_500);
});
