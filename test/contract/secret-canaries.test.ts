import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Node } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { encoded, forms } from '../world/encodings.ts';
import { script } from '../world/make.ts';
import { says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { drained } from '../world/outcomes.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const secrets = Array.from({ length: 20 }, (_, n): [string, string] => [
  `key_${n}`,
  n % 2 ? randomBytes(20).toString('base64') : `"q<u&o>t'e ${randomBytes(9).toString('hex')}`,
]);
const leaks = secrets.flatMap(([, value]) => forms.map((form) => encoded(value, form)));

/** A server that says back what it was told, and every secret in every encoding. */
async function leaky(): Promise<{ host: string; got: string[] }> {
  const got: string[] = [];
  const server = createServer((request, response) => {
    got.push(String(request.headers['x-keys']));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ leaks }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

/** Everything that goes out over the stream of notices, from now on. */
async function listening(node: Node, token: string): Promise<() => string> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const response = await fetch(`${node.url}/api/v1/notices`, { headers, signal: stop.signal });
  let heard = '';
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) heard += decoder.decode(chunk as Uint8Array, { stream: true });
  })().catch(() => {});
  return () => heard;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !/^(lock|token|secret\.key|secrets\.db.*)$/.test(basename(path)));
}

const asJson = (text: string) => JSON.stringify(text).slice(1, -1);
const hitsIn = (text: string) => leaks.filter((leak) => text.includes(leak) || text.includes(asJson(leak)));

test('twenty secrets in eight encodings are found in no file, no answer, no stream and no prompt of a node', async () => {
  const dataDir = join(scratchFolder(), 'data');
  const node = await openNode({ dataDir, port: 0, logLevel: 'debug' });
  onTestFinished(() => node.close().catch(() => {}));
  const token = readFileSync(node.tokenFile, 'utf8').trim();
  const heard = await listening(node, token);
  const { host, got } = await leaky();
  const models = await startModelServer();
  onTestFinished(() => models.close());
  const told = leaks.join(' ');
  models.reply(says(`The keys are ${told}`));

  const agent = script(`
    const headers = { 'x-keys': ${JSON.stringify(secrets.map(([name]) => `secret://${name}`).join(' '))} };
    const { body } = await agent.tool('http_fetch', { url: 'http://${host}/', headers });
    await agent.context.set('kept', body);
    await agent.emit('told', { body, payload: event.payload });
    await agent.send('inbox', { body });
    await agent.memory.store('the keys: ' + JSON.stringify(body).slice(0, 15000));
    await agent.log(JSON.stringify(body));
    if (event.payload.fail) throw new Error(JSON.stringify(body));
    return body;`);
  const leaking = await node.runtime.register({
    name: 'leaking',
    config: {
      ...agent,
      tools: { http_fetch: { allow_hosts: [host] } },
      triggerDelivery: { maxRetries: 0 },
      triggers: [{ type: 'event', id: 'self', eventType: 'shouted' }],
    },
  });
  const thinking = await node.runtime.register({
    name: 'thinking',
    config: {
      model: { id: 'openai-compatible:test', baseUrl: models.url },
      instructions: 'Say what you know.',
      memory: { autoStore: true },
    },
  });
  for (const process of [leaking, thinking])
    for (const [name, value] of secrets) await process.secrets.set(name, value, { source: 'api' });
  await Promise.all([leaking.start(), thinking.start()]);

  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return answer.text();
  };
  const answers = [
    await ask('POST', '/processes/leaking/wake', { payload: { leaks } }),
    await ask('POST', '/processes/leaking/wake', { payload: { fail: true } }),
    await ask('POST', '/processes/thinking/wake', { payload: { leaks: told } }),
    await ask('POST', '/events', { type: 'shouted', data: { leaks } }),
    await ask('POST', '/messages', { topic: 'for.nobody', content: { leaks } }),
  ];
  await drained(leaking);
  await drained(thinking);
  await until(() => leaking.snapshot.counts.done + leaking.snapshot.counts.dead >= 3);
  expect(got[0]?.split(' ').length).toBeGreaterThanOrEqual(20);
  await until(() => heard().includes('step.text'));

  const ids = JSON.parse(await ask('GET', '/runs')) as { items: { id: string }[] };
  const places = ['leaking', 'thinking'].flatMap((name) =>
    [
      '',
      '/context',
      '/conversation',
      '/memory',
      '/journal?limit=500',
      '/versions',
      '/secrets',
      '/secrets/access-log',
    ].map((part) => `/processes/${name}${part}`),
  );
  const general = ['/processes', '/runs', '/events', '/messages', '/trigger-events', '/inbox', '/node', '/node/doctor'];
  for (const path of [...places, ...general, ...ids.items.map(({ id }) => `/runs/${id}`)])
    answers.push(await ask('GET', path));
  answers.push(await ask('POST', '/node/backup', {}));
  await leaking.journaled.checkpoint();
  const liveFiles = filesIn(dataDir);
  expect(liveFiles.some((path) => path.endsWith('-wal'))).toBe(true);
  expect(liveFiles.some((path) => path.includes('backups'))).toBe(true);

  const texts: [string, string][] = [
    ['answers', answers.join('\n')],
    ['notices', heard()],
    ['prompts', JSON.stringify(models.chats.map(({ body }) => body))],
    ...liveFiles.flatMap((path): [string, string][] => [
      [path, readFileSync(path).toString('latin1')],
      [path, readFileSync(path).toString('utf8')],
    ]),
  ];
  await node.close();
  for (const path of filesIn(dataDir)) texts.push([path, readFileSync(path).toString('utf8')]);
  const found = texts.flatMap(([where, text]) => hitsIn(text).map((leak) => `${basename(where)}: ${leak}`));
  expect(found).toEqual([]);
  expect(heard()).toContain('[secret:key_19]');
  expect(answers.join('')).toContain('[secret:key_19]');
}, 120_000);
