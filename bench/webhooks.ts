import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { benchFolder, startChild } from './child.ts';

/**
 * A webhook until its 202, which says that it is stored for good, and until its run is recorded as done. Against a bare
 * HTTP server that stores each body in SQLite, once with a sync each and once in groups, in the same run.
 * Run: node bench/webhooks.ts (after npm run build)
 */
const entry = fileURLToPath(new URL('../out/main/headless.js', import.meta.url));
// A queue takes 10,000 events, and what is stored here is not worked on.
const count = Number(process.env['COUNT'] ?? 6_000);
const body = JSON.stringify({
  order: 7,
  customer: 'ada',
  lines: Array.from({ length: 5 }, (_, n) => ({ sku: n, amount: 2 })),
});

interface Load {
  perSecond: number;
  p50: number;
  p99: number;
}

async function load(
  url: string,
  parallel: number,
  total: number,
  headers: () => Record<string, string>,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const took: number[] = [];
  let left = total;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const begun = performance.now();
      const options = { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers() } };
      const sent = request(url, options, (answer) => {
        answer.resume().on('end', () => {
          took.push(performance.now() - begun);
          if (answer.statusCode === 202) resolve();
          else reject(new Error(`${url} answered ${answer.statusCode}`));
        });
      });
      sent.on('error', reject).end(body);
    });
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (left-- > 0) await one();
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(took.length * share)] as number;
  return { perSecond: total / seconds, p50: at(0.5), p99: at(0.99) };
}

/** A server that does nothing but keep what it is sent. */
async function bare(folder: string, grouped: boolean): Promise<{ url: string; close(): void }> {
  const db = new Database(join(folder, grouped ? 'grouped.db' : 'each.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE hook (id INTEGER PRIMARY KEY, body TEXT) STRICT');
  const insert = db.prepare('INSERT INTO hook (body) VALUES (?)');
  const insertAll = db.transaction((bodies: string[]) => bodies.map((text) => insert.run(text)));
  let waiting: { text: string; done: () => void }[] = [];
  const store = (text: string, done: () => void) => {
    if (!grouped) {
      insert.run(text);
      return done();
    }
    if (waiting.push({ text, done }) > 1) return;
    setImmediate(() => {
      const group = waiting;
      waiting = [];
      insertAll(group.map((one) => one.text));
      for (const one of group) one.done();
    });
  };
  const server = createServer((incoming, answer) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (part) => (text += part));
    incoming.on('end', () => store(text, () => answer.writeHead(202).end('{}')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    close() {
      server.closeAllConnections();
      server.close();
      db.close();
    },
  };
}

const show = (what: string, { perSecond, p50, p99 }: Load) =>
  console.log(`${what}: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);

const folder = benchFolder();
for (const grouped of [false, true]) {
  const server = await bare(folder, grouped);
  await load(server.url, 64, count / 10, () => ({}));
  show(
    `bare http and SQLite, ${grouped ? 'in groups' : 'a sync each'}, 64 at a time`,
    await load(server.url, 64, count, () => ({})),
  );
  server.close();
}

const node = await startChild([entry, '--data-dir', join(folder, 'node'), '--port', '0']);
const { url, tokenFile } = node.ready as { url: string; tokenFile: string };
const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
const call = async (method: string, path: string, input?: unknown) => {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization, ...(input === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
};
const manifest = (name: string) => ({
  version: '1.0',
  name,
  model: 'script',
  script: 'export default async function run(event, agent) { return event.payload.order }',
  triggers: [{ type: 'webhook', webhook_path: '/in', max_per_second: 100_000 }],
  concurrency: 8,
});
for (const name of ['stored', 'worked']) await call('POST', '/processes', { manifest: manifest(name) });
let sent = 0;
const delivery = () => ({ 'x-delivery-id': `d${++sent}` });
await load(`${url}/hooks/stored/in`, 64, count / 10, delivery);
show('stored, 64 at a time', await load(`${url}/hooks/stored/in`, 64, count, delivery));
show('stored, 1 at a time', await load(`${url}/hooks/stored/in`, 1, count / 10, delivery));

await call('POST', '/processes/worked/start', {});
const begun = performance.now();
await load(`${url}/hooks/worked/in`, 64, count / 2, delivery);
for (;;) {
  const { counts } = (await call('GET', '/processes/worked')) as { counts: { done: number } };
  if (counts.done >= count / 2) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(
  `stored, run by a script and recorded as done: ${((count / 2 / (performance.now() - begun)) * 1_000).toFixed(0)}/s`,
);
await node.kill();
