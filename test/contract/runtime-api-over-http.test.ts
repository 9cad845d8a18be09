import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type OperationName, operations } from '../../src/shared/api.ts';
import { requestOf } from '../../src/shared/request-of.ts';
import { recordedRuntime } from '../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../world/served-node.ts';

const names = Object.keys(operations) as OperationName[];
const guarded = names.filter((name) => name !== 'health');

interface FieldSchema {
  type?: string;
  pattern?: string;
  enum?: unknown[];
  minimum?: number;
}

/** An input each operation takes, made from its schema: what is required, and nothing else. */
function inputOf(name: OperationName): Record<string, unknown> {
  const { properties = {}, required = [] } = z.toJSONSchema(operations[name].input, {
    io: 'input',
    unrepresentable: 'any',
  });
  return Object.fromEntries(required.map((field) => [field, valueFor(properties[field] as FieldSchema)]));
}

function valueFor({ type, pattern, enum: choices, minimum = 0 }: FieldSchema): unknown {
  if (choices) return choices[0];
  if (pattern) return ['a', '1'].find((text) => new RegExp(pattern).test(text));
  if (type === 'integer' || type === 'number') return Math.max(minimum, 1);
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  return type === 'object' ? {} : 'a';
}

const runtime = recordedRuntime(Object.fromEntries(names.map((name) => [name, () => ({ answered: name })])));
let node: ServedNode;
beforeAll(async () => {
  node = await servedNode({ api: runtime.api });
});
afterAll(() => node.close());
beforeEach(() => {
  runtime.calls.length = 0;
});

interface Change {
  token?: string | null;
  headers?: Record<string, string>;
  body?: string;
  method?: string;
  query?: string;
}

function ask(name: OperationName, { token = node.token, headers = {}, body, method, query = '' }: Change = {}) {
  const made = requestOf(name, inputOf(name));
  const path = query === '' ? made.path : `${made.path}${made.path.includes('?') ? '&' : '?'}${query}`;
  const sentBody = body ?? (made.body && JSON.stringify(made.body));
  const type: Record<string, string> = sentBody === undefined ? {} : { 'Content-Type': 'application/json' };
  const authorization: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const options = { method: method ?? made.method, headers: { ...type, ...authorization, ...headers } };
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(`${node.url}/api/v1${path}`, options, (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text ? JSON.parse(text) : {} });
        });
      });
      sent.on('error', reject);
      if (options.method === 'OPTIONS') sent.end();
      else sent.end(sentBody);
    },
  );
}

async function expectRefused(name: OperationName, change: Change, status: number, code: string): Promise<void> {
  const answer = await ask(name, change);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(Object.keys(answer.headers).filter((header) => header.startsWith('access-control'))).toEqual([]);
  expect(runtime.calls).toEqual([]);
}

describe('every operation of the table', () => {
  test.each(names)('%s answers over HTTP with its status', async (name) => {
    const { status, body, headers } = await ask(name);
    expect([status, body]).toEqual([operations[name].status, { answered: name }]);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const parsed = operations[name].input.parse(inputOf(name));
    expect(runtime.calls).toEqual([{ name, input: parsed, by: name === 'health' ? 'anyone' : 'api:token' }]);
  });

  test.each(guarded)('%s refuses who brings no token', (name) =>
    expectRefused(name, { token: null }, 401, 'TOKEN_MISSING'),
  );

  test.each(names)('%s refuses a foreign Host', (name) =>
    expectRefused(name, { headers: { Host: 'evil.com' } }, 421, 'HOST_NOT_ALLOWED'),
  );

  test.each(names)('%s refuses a foreign Origin', (name) =>
    expectRefused(name, { headers: { Origin: 'https://evil.com' } }, 403, 'ORIGIN_NOT_ALLOWED'),
  );

  test.each(names)('%s refuses a request that another site has begun', (name) =>
    expectRefused(name, { headers: { 'Sec-Fetch-Site': 'cross-site' } }, 403, 'ORIGIN_NOT_ALLOWED'),
  );

  test.each(names)('%s refuses a preflight', (name) =>
    expectRefused(name, { method: 'OPTIONS' }, 403, 'ORIGIN_NOT_ALLOWED'),
  );

  test.each(names)('%s refuses a field it does not have', (name) => {
    const takesBody = requestOf(name, inputOf(name)).body !== undefined;
    const change = takesBody ? { body: JSON.stringify({ ...inputOf(name), nonsense: 1 }) } : { query: 'nonsense=1' };
    return expectRefused(name, change, 422, 'UNKNOWN_FIELD');
  });
});

const withBody = names.filter((name) => requestOf(name, inputOf(name)).body !== undefined);

describe('every operation that takes a body', () => {
  test.each(withBody)('%s refuses one that is not JSON by its type', (name) =>
    expectRefused(name, { headers: { 'Content-Type': 'text/plain' }, body: '{}' }, 415, 'CONTENT_TYPE'),
  );

  test.each(withBody)('%s refuses one that is not JSON by its text', (name) =>
    expectRefused(name, { body: '{"a":}' }, 400, 'JSON_INVALID'),
  );

  test.each(withBody)('%s refuses one over 1 MB', (name) =>
    expectRefused(name, { body: ' '.repeat(1024 * 1024 + 1) }, 413, 'BODY_TOO_LARGE'),
  );
});

const scopes = { read: 0, operate: 1, admin: 2 } as const;

describe('every operation asks for its scope', () => {
  test.each(guarded)('%s', async (name) => {
    for (const scope of ['read', 'operate', 'admin'] as const) {
      node.tokens.revoke(scope);
      const token = node.tokens.create(scope, scope, null);
      runtime.calls.length = 0;
      if (scopes[scope] < scopes[operations[name].scope]) await expectRefused(name, { token }, 403, 'SCOPE_REQUIRED');
      else expect((await ask(name, { token })).status).toBe(operations[name].status);
    }
  });
});

describe('what stands beside the operations is guarded as well', () => {
  const beside = [
    ['GET', '/api/v1/notices'],
    ['GET', '/api/v1/metrics'],
    ['GET', '/metrics'],
    ['DELETE', '/api/v1/session'],
    ['POST', '/api/v1/session/codes'],
    ['GET', '/api/v1/nowhere'],
    ['GET', '/api'],
  ] as const;

  const status = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const sent = request(node.url + path, { method, headers }, (answer) => {
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });

  test.each(beside)('%s %s', async (method, path) => {
    const Authorization = `Bearer ${node.token}`;
    expect(await status(method, path, {})).toBe(401);
    expect(await status(method, path, { Authorization, Host: 'evil.com' })).toBe(421);
    expect(await status(method, path, { Authorization, Origin: 'https://evil.com' })).toBe(403);
  });

  test.each(['/', '/hooks/a/b', '/api/v1/session'])('%s refuses a foreign Host and Origin', async (path) => {
    expect(await status('POST', path, { Host: 'evil.com' })).toBe(421);
    expect(await status('POST', path, { Origin: 'https://evil.com' })).toBe(403);
    expect(await status('GET', path, { 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  });
});
