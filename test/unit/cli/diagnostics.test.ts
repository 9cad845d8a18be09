import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { InboxItemView, RunBrief } from '../../../src/shared/views/views.ts';
import { cli } from '../../world/cli.ts';
import { encoded } from '../../world/encodings.ts';
import { home } from '../../world/home.ts';
import { startNode } from '../../world/node-child.ts';
import { until } from '../../world/until.ts';

/** Reads what `zipFile` writes, by its directory at the end. */
function unzipped(path: string): Record<string, string> {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const files: Record<string, string> = {};
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const head = zip.readUInt32LE(at + 42);
    const from = head + 30 + zip.readUInt16LE(head + 26);
    files[name] = inflateRawSync(zip.subarray(from, from + zip.readUInt32LE(at + 20))).toString('utf8');
    at += 46 + nameLength;
  }
  return files;
}

const canary = (name: string) => `canary-${name}-0123456789abcdef`;

test('the bundle of a node at work tells how it fares, and holds none of its secrets in any form', async () => {
  const folder = home();
  const env = { MY_API_KEY: canary('env') };
  const node = await startNode(folder, { env });
  onTestFinished(() => node.kill());
  const manifest = `
version: "1.0"
name: leaky
model: script
tools: { http_fetch: { allow_hosts: ["127.0.0.1:9"] } }
secrets: { secrets: { vault: "${canary('vault')}" } }
script: |
  export default async function run(event, agent) {
    agent.log('payload', event.payload);
    throw new Error('it broke on ' + event.payload);
  }
`;
  expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  await node.call('POST', '/processes/leaky/wake', { payload: canary('vault') });
  await until(async () =>
    ((await node.call('GET', '/runs?process=leaky')).body as { items: RunBrief[] }).items.some((run) => run.error),
  );
  // What somebody's program wrote into the log without knowing better.
  const line = (text: string) => `${JSON.stringify({ level: 50, msg: text })}\n`;
  const others = {
    header: `Authorization: Bearer ${canary('bearer')}`,
    github: `ghp_${'c'.repeat(30)}`,
    url: `https://ada:${canary('url')}@example.com/x`,
    query: `GET /x?api_key=${canary('query')}&y=1`,
    slack: 'xoxb-123456789012-canary',
    base64: `key is ${encoded(env.MY_API_KEY, 'base64')}`,
    hex: `key is ${encoded(env.MY_API_KEY, 'hex')}`,
    own: `token ${node.token}`,
    place: `in ${folder}/runtime.db`,
  };
  writeFileSync(join(folder, 'logs', 'runtime.log.1'), Object.values(others).map(line).join(''));
  mkdirSync(join(folder, 'desktop'), { recursive: true });
  writeFileSync(
    join(folder, 'desktop', 'desktop.json'),
    JSON.stringify({ keepRunning: true, updateFeed: `https://me:${canary('feed')}@updates.example/` }),
  );

  const path = join(folder, '..', `${folder.split('/').at(-1)}.zip`);
  const { code, out } = await cli(['diagnostics', path, '--data-dir', folder, '--json'], { env, home: folder });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ path, node: true });
  const files = unzipped(path);
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining([
      'README.txt',
      'about.json',
      'node.json',
      'doctor.json',
      'processes.json',
      'logs/runtime.log',
    ]),
  );
  expect(JSON.parse(files['doctor.json'] ?? '').checks.length).toBeGreaterThan(2);
  expect(JSON.parse(files['processes.json'] ?? '')).toMatchObject([{ name: 'leaky', model: 'script' }]);
  expect(JSON.parse(files['settings.json'] ?? '')).toMatchObject({ keepRunning: true });
  const all = Object.values(files).join('\n');
  expect(all).toContain('[secret:MY_API_KEY]');
  for (const form of ['raw', 'base64', 'base64url', 'hex', 'url', 'json', 'html'] as const)
    for (const value of [canary('env'), canary('vault'), node.token]) expect(all).not.toContain(encoded(value, form));
  for (const name of ['bearer', 'url', 'query', 'feed']) expect(all).not.toContain(canary(name));
  expect(all).not.toMatch(/c{30}|xoxb-1/);
  expect(all).not.toContain(folder);
  // What is in the bundle and what is not must be told apart by somebody who reads it.
  expect(files['README.txt']).toContain('Not in here: tokens, keys, secrets');
});

test('without a node it says so, and writes what there is', async () => {
  const folder = home();
  const path = join(folder, 'bundle.zip');
  const { code, out } = await cli(['diagnostics', path, '--data-dir', join(folder, 'none'), '--json'], { home: '/h' });
  expect([code, JSON.parse(out).node]).toEqual([0, false]);
  expect(JSON.parse(unzipped(path)['node.json'] ?? '')).toEqual({ unknown: 'no node answered' });
});

test('approve, deny, budget and secrets do what the window does', async () => {
  const folder = home();
  const node = await startNode(folder);
  onTestFinished(() => node.kill());
  const at = ['--data-dir', folder];
  const manifest = `
version: "1.0"
name: careful
model: script
budget: { max_tool_calls_per_day: 5 }
approvals: { tools: [store_memory] }
script: |
  export default async function run(event, agent) {
    try { await agent.memory.store('seen'); return 'stored'; } catch (failure) { return failure.code + ' ' + failure.message; }
  }
`;
  expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  const wakeAndAnswer = async (command: string[]) => {
    const { eventId } = (await node.call('POST', '/processes/careful/wake', {})).body as { eventId: string };
    const item = await until(async () => {
      const { items } = (await node.call('GET', '/inbox')).body as { items: InboxItemView[] };
      return items[0];
    });
    expect((await cli([...command, item.id, ...at])).code).toBe(0);
    return until(async () => {
      const { items } = (await node.call('GET', '/runs?process=careful')).body as { items: RunBrief[] };
      return items.find((run) => run.eventId === eventId && run.state === 'done')?.output;
    });
  };
  expect(await wakeAndAnswer(['approve'])).toBe('stored');
  expect(await wakeAndAnswer(['deny', '--reason', 'not today'])).toContain('not today');

  expect((await cli(['budget', 'careful', ...at])).out).toMatch(/max_tool_calls_per_day +day/);
  expect((await cli(['budget', 'top-up', 'careful', 'max_tool_calls_per_day', '7', ...at])).out).toMatch(/12/);
  expect((await cli(['budget', 'top-up', 'careful', 'max_tool_calls_per_day', 'much', ...at])).code).toBe(2);
  const set = await cli(['secrets', 'set', 'careful', 'key', ...at], { input: `${canary('set')}\n` });
  expect([set.code, set.out]).toEqual([0, 'key is set']);
  expect((await cli(['secrets', 'list', 'careful', ...at])).out).toMatch(/^key/m);
  expect((await cli(['secrets', 'set', 'careful', 'key', ...at], { input: '\n' })).code).toBe(2);
  expect((await cli(['secrets', 'delete', 'careful', 'key', ...at])).code).toBe(0);
});
