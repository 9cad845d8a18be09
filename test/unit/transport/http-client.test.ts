import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/main/transport/http-client.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

const runtime = recordedRuntime({
  getProcess: ({ name }: { name: string }) => {
    throw new RuntimeError('PROCESS_NOT_FOUND', `There is no process called "${name}".`, { name, nearest: ['a'] });
  },
  setContext: (input: { name: string; key: string; value: unknown }) => ({ ...input, version: 1 }),
  readJournal: (input: object) => ({ items: [], next: null, input }),
  node: () => {
    throw new TypeError('a bug');
  },
});
let node: ServedNode;
beforeAll(async () => {
  node = await servedNode({ api: runtime.api });
});
afterAll(() => node.close());

describe('a runtime on the other end of HTTP', () => {
  test('answers like one in this process', async () => {
    const client = connect(node.url, node.token);
    const value = { text: 'ä€🎈', list: [1, null, { deep: true }] };
    expect(await client.setContext({ name: 'a', key: 'a/b c?d=%e', value })).toMatchObject({
      key: 'a/b c?d=%e',
      value,
    });
    client.close();
  });

  test('takes numbers in queries for numbers, and leaves out what is not given', async () => {
    const client = connect(node.url, node.token);
    await client.readJournal({ name: 'a', after: 5, kind: undefined as never });
    expect(runtime.calls.at(-1)?.input).toEqual({ name: 'a', after: 5, order: 'asc', limit: 100 });
    client.close();
  });

  test('fails as it failed there, with code, words and details', async () => {
    const client = connect(node.url, node.token);
    await expect(client.getProcess({ name: 'nobody' })).rejects.toMatchObject({
      name: 'RuntimeError',
      code: 'PROCESS_NOT_FOUND',
      message: 'There is no process called "nobody".',
      details: { name: 'nobody', nearest: ['a'] },
    });
    await expect(client.node({})).rejects.toMatchObject({ code: 'INTERNAL', details: { errorId: expect.any(String) } });
    client.close();
  });

  test('that is not there is NODE_UNREACHABLE', async () => {
    const client = connect('http://127.0.0.1:1', 'x');
    await expect(client.health({})).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    client.close();
  });

  test('that is something else is told so', async () => {
    const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const client = connect(`http://127.0.0.1:${(other.address() as AddressInfo).port}`, 'x');
    await expect(client.health({})).rejects.toThrow('no Agent Runtime');
    client.close();
    other.close();
  });

  test('that says nothing is given up after the time allowed', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const client = connect(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, 'x', { timeoutMs: 50 });
    await expect(client.health({})).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    client.close();
    silent.closeAllConnections();
    silent.close();
  });
});
