import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gauge, renderMetrics } from '../../../src/main/transport/diagnostics/metrics.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';

let folder: string;
let node: ServedNode;
const runtime = recordedRuntime({ listProcesses: () => ({ items: [], next: null }) });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-runtime-window-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Agent Runtime</title>');
  await writeFile(join(folder, 'assets/app-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'assets/app-1a2b.js.map'), '{}');
  await writeFile(join(folder, 'a b.txt'), 'text');
  node = await servedNode(
    { api: runtime.api, metrics: () => renderMetrics([gauge('agent_runtime_processes', 'Processes.', 3)]) },
    { windowDir: folder },
  );
});
afterAll(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}) {
  return new Promise<{ status: number; headers: Record<string, string>; body: string }>((resolve, reject) => {
    const { port } = node.server;
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers as Record<string, string>, body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the window', () => {
  test('comes with a policy that lets it load from nowhere else', async () => {
    const { status, headers, body } = await ask('/');
    expect([status, body]).toEqual([200, '<!doctype html><title>Agent Runtime</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  });

  test('is cached where its name says what is in it', async () => {
    const { headers } = await ask('/assets/app-1a2b.js');
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask('/a%20b.txt')).body).toBe('text');
  });

  test.each([
    '/../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../index.html',
    '/assets/..%5c..%5cindex.html',
    '/assets/app-1a2b.js.map',
    '/assets/',
    '/assets',
    '/index.html/',
    '/constructor',
    '/__proto__',
    '//etc/passwd',
  ])('%s does not exist', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test('can only be read', async () => {
    const { status, headers } = await ask('/', { method: 'POST' });
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect((await ask('/', { method: 'HEAD' })).body).toBe('');
  });
});

const json = { 'Content-Type': 'application/json' };
const login = (code: unknown) =>
  ask('/api/v1/session', { method: 'POST', headers: json, body: JSON.stringify({ code }) });
const codeOf = (url: string) => new URL(url).hash.slice('#code='.length);

describe('a browser', () => {
  test('gets in with the code in the fragment of the printed address, once', async () => {
    const url = node.server.loginUrl();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=[A-Za-z0-9_-]{43}$/);
    const { status, body, headers } = await login(codeOf(url));
    expect(status).toBe(201);
    expect(headers['set-cookie']).toBeUndefined();
    const { token } = JSON.parse(body) as { token: string };
    const Authorization = `Bearer ${token}`;
    expect((await ask('/api/v1/processes', { headers: { Authorization } })).status).toBe(200);
    expect(runtime.calls.at(-1)?.by).toBe('window');
    const again = await login(codeOf(url));
    expect([again.status, JSON.parse(again.body).code]).toEqual([401, 'LOGIN_CODE_INVALID']);
    expect((await ask('/api/v1/session', { method: 'DELETE', headers: { Authorization } })).status).toBe(200);
    expect((await ask('/api/v1/processes', { headers: { Authorization } })).status).toBe(401);
  });

  test('gets another address by a token that may do everything', async () => {
    const ask2 = (token: string) =>
      ask('/api/v1/session/codes', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
    const { status, body } = await ask2(node.token);
    expect(status).toBe(201);
    expect((await login(codeOf(JSON.parse(body).url))).status).toBe(201);
    expect((await ask2(node.tokens.create('reader', 'read', null))).status).toBe(403);
  });

  test.each([undefined, 1, null, {}])('does not get in with %j', async (code) => {
    expect((await login(code)).status).toBe(422);
  });

  test('may guess codes ten times a minute; who has a code gets in all the same', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await login(`guess${i}`)).status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    expect(statuses.at(-1)).toBe(429);
    expect((await login(codeOf(node.server.loginUrl()))).status).toBe(201);
  });
});

test('the metrics are text that Prometheus reads, with those of the door itself', async () => {
  for (const path of ['/metrics', '/api/v1/metrics']) {
    const { status, headers, body } = await ask(path, { headers: { Authorization: `Bearer ${node.token}` } });
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain(
      '# HELP agent_runtime_processes Processes.\n# TYPE agent_runtime_processes gauge\nagent_runtime_processes 3\n',
    );
    expect(body).toMatch(/agent_runtime_http_answers_total\{status="200"\} \d+/);
    expect(body).toMatch(/agent_runtime_http_connections \d+/);
  }
});

test('labels of metrics are escaped, and numbers written as the format has them', () => {
  const samples = [
    { labels: { name: 'a"b\\c\nd' }, value: 1.5 },
    { labels: { name: 'inf' }, value: Number.POSITIVE_INFINITY },
    { labels: { name: 'nan' }, value: Number.NaN },
  ];
  expect(renderMetrics([{ name: 'm', help: 'two\nlines', type: 'counter', samples }])).toBe(
    '# HELP m two\\nlines\n# TYPE m counter\nm{name="a\\"b\\\\c\\nd"} 1.5\nm{name="inf"} +Inf\nm{name="nan"} NaN\n',
  );
});
