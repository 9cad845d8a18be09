import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { type ServedNode, servedNode } from '../../world/served-node.ts';
import { until } from '../../world/until.ts';

const names = new Set<string>();
let held = Promise.withResolvers<void>();
const runtime = recordedRuntime({
  listProcesses: () => ({ items: [], next: null }),
  node: async () => {
    await held.promise;
    return {};
  },
  createProcess: ({ manifest }: { manifest: string }) => {
    if (names.has(manifest)) throw new RuntimeError('NAME_TAKEN', `There is a process "${manifest}" already.`);
    names.add(manifest);
    return { name: manifest };
  },
});
let node: ServedNode;
let sockets: Socket[] = [];
beforeEach(async () => {
  held = Promise.withResolvers<void>();
  node = await servedNode({ api: runtime.api });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  held.resolve();
  await node.close();
});

/** A socket that says this much and no more. */
function slow(text: string): { socket: Socket; answer: () => string } {
  const socket = connect(node.server.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  if (text) socket.write(text);
  sockets.push(socket);
  return { socket, answer: () => answer };
}

function ask(path = '/processes', { agent, token = node.token }: { agent?: Agent | false; token?: string } = {}) {
  const began = performance.now();
  return new Promise<{ status: number; tookMs: number }>((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    const sent = request(
      `${node.url}/api/v1${path}`,
      { headers, ...(agent === undefined ? {} : { agent }) },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, tookMs: performance.now() - began }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** How many wrong tokens the node has refused by now, in its own words. */
async function refusals(): Promise<number> {
  const answer = await fetch(`${node.url}/metrics`, { headers: { Authorization: `Bearer ${node.token}` } });
  return Number(/refusals_total\{code="RATE_LIMITED"\} (\d+)/.exec(await answer.text())?.[1] ?? 0);
}

/** Bytes that are in use after the garbage has been collected. */
function kept(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const p99 = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

test.each([
  ['say nothing', ''],
  ['send headers without end', 'GET / HTTP/1.1\r\nX-A: '],
])('600 sockets that %s do not keep others out', async (_case, text) => {
  const slowOnes = Array.from({ length: 600 }, () => slow(text));
  await until(() => slowOnes.every(({ socket }) => socket.readyState === 'open' || socket.destroyed));
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    const { status, tookMs } = await ask('/processes', { agent: false });
    expect(status).toBe(200);
    times.push(tookMs);
  }
  expect(p99(times)).toBeLessThan(2_000);
  await until(() => slowOnes.filter(({ answer }) => answer().startsWith('HTTP/1.1 408')).length >= 88, 10_000);
});

test('a thousand creates of one name at once make one process', async () => {
  const headers = { Authorization: `Bearer ${node.token}`, 'Content-Type': 'application/json' };
  const agent = new Agent({ maxSockets: 1_000 });
  const statuses = await Promise.all(
    Array.from(
      { length: 1_000 },
      () =>
        new Promise<number>((resolve, reject) => {
          const sent = request(`${node.url}/api/v1/processes`, { method: 'POST', headers, agent }, (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          });
          sent.on('error', reject);
          sent.end('{"manifest":"name: one"}');
        }),
    ),
  );
  agent.destroy();
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(999);
});

test('more connections at work than there is room for wait their turn', async () => {
  const agent = new Agent({ maxSockets: 700 });
  const working = Array.from({ length: 600 }, () => ask('/node', { agent }));
  await until(() => runtime.calls.filter(({ name }) => name === 'node').length >= 512);
  held.resolve();
  const answers = await Promise.all(working);
  agent.destroy();
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('who guesses tokens by the thousand does not slow down who has one', { timeout: 30_000 }, async () => {
  for (let i = 0; i < 200; i++) await ask();
  const before = kept();
  const program = join(import.meta.dirname, '../../world/token-guesser.ts');
  const guesser = spawn(process.execPath, [program, String(node.server.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await until(async () => (await refusals()) > 500);
    const times: number[] = [];
    while ((await refusals()) < 20_000) {
      const { status, tookMs } = await ask();
      expect(status).toBe(200);
      times.push(tookMs);
    }
    guesser.stdin.end();
    const statuses = JSON.parse(await text(guesser.stdout)) as Record<string, number>;
    expect(Object.keys(statuses)).toEqual(['401', '429']);
    expect(statuses['401']).toBeLessThanOrEqual(10);
    expect(p99(times)).toBeLessThan(2_000);
    expect(kept() - before).toBeLessThan(10 * 1024 * 1024);
  } finally {
    guesser.kill();
  }
});

test('closing answers what is being worked on, and refuses what comes after', async () => {
  const working = ask('/node');
  await until(() => runtime.calls.at(-1)?.name === 'node');
  const closed = node.server.close();
  held.resolve();
  expect((await working).status).toBe(200);
  await closed;
  await expect(ask('/processes', { agent: false })).rejects.toThrow('ECONNREFUSED');
});

test('both addresses of this computer are answered on one port', async () => {
  const six = await fetch(`http://[::1]:${node.server.port}/api/v1/health`).catch(() => null);
  const four = await fetch(`${node.url}/api/v1/health`);
  expect(four.status).toBe(501);
  if (networkInterfaces()['lo']?.some(({ family }) => family === 'IPv6')) expect(six?.status).toBe(501);
});

test('a port that another program has is refused by name', async () => {
  await expect(servedNode({}, { port: node.server.port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
});
