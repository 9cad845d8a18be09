import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { InboxItemView, RunView } from '../../src/shared/views/views.ts';
import { cli } from '../world/cli.ts';
import { home } from '../world/home.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { allEvents } from '../world/node-lists.ts';
import { until } from '../world/until.ts';

/** Calls that were cut off, and questions that wait, through two kills; people then decide over each, from two sides. */
const many = Number(process.env['RUNS'] ?? 100);
/** As many runs as one process works on at a time. */
const atOnce = 20;

test(`G8: ${many} calls in doubt and ${many} questions outlive kills, and each is settled once, from the API or the CLI`, async () => {
  const outside = await startSilent();
  const folder = home();
  let node: NodeChild = await startNode(folder);
  onTestFinished(() => node.kill());
  const payers = Array.from({ length: many / atOnce }, (_, index) => `payer${index}`);
  const manifests = [
    ...payers.map((name) => ({
      version: '1.0',
      name,
      model: 'script',
      concurrency: atOnce,
      tools: { http_fetch: { allow_hosts: [outside.host] } },
      script: `export default async function run(event, agent) {
        const answer = await agent.tool('http_fetch', { url: 'http://${outside.host}/', method: 'POST', body: '${name}/' + event.payload.n });
        return answer.paid ?? 'again';
      }`,
    })),
    {
      version: '1.0',
      name: 'asker',
      model: 'script',
      script: `export default async function run(event, agent) { return agent.ask('question ' + event.payload.n) }`,
    },
  ];
  for (const manifest of manifests)
    expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  for (let n = 0; n < many; n++) {
    for (const name of [payers[n % payers.length], 'asker']) {
      const woken = await node.call(
        'POST',
        `/processes/${name}/wake`,
        { payload: { n } },
        { 'idempotency-key': `k${n}` },
      );
      expect(woken.status).toBe(202);
    }
  }
  await until(() => outside.seen.length === many, 60_000);
  await until(async () => (await inboxOf(node)).length === many, 60_000);
  for (let kill = 0; kill < 2; kill++) {
    await node.kill('SIGKILL');
    node = await startNode(folder);
    await until(async () => (await inboxOf(node)).length === 2 * many, 60_000);
  }
  expect(outside.seen.length, 'nothing was called again unasked').toBe(many);

  outside.answers();
  const expected = new Map<string, unknown>();
  for (const [index, item] of (await inboxOf(node)).entries()) {
    const { answer, output } = answerTo(item);
    expected.set(item.run, output);
    if (index % 2 === 0) {
      expect((await node.call('POST', `/inbox/${item.id}/answer`, { answer })).status).toBe(200);
      expect((await node.call('POST', `/inbox/${item.id}/answer`, { answer })).status).toBe(404);
    } else {
      const argv = ['answer', item.id, JSON.stringify(answer), '--data-dir', folder];
      expect(await cli(argv)).toMatchObject({ code: 0 });
      expect(await cli(argv)).toMatchObject({ code: 1, err: expect.stringContaining('INBOX_ITEM_NOT_FOUND') });
    }
  }
  await until(async () => [...(await allEvents(node)).values()].every(({ state }) => state === 'done'), 120_000);
  expect(await inboxOf(node)).toEqual([]);
  expect(expected.size).toBe(2 * many);
  for (const [id, output] of expected) {
    const { body } = await node.call('GET', `/runs/${id}`);
    expect(body as RunView, id).toMatchObject({ state: 'done', output });
  }
  const times = Map.groupBy(outside.seen, (what) => what);
  expect(times.size).toBe(many);
  const again = [...times.values()].filter((calls) => calls.length === 2);
  expect(again.length).toBe([...expected.values()].filter((output) => output === 'again').length);
  expect(outside.seen.length).toBe(many + again.length);
});

/** Half of the calls in doubt are said to have happened, with what they gave; the others are to be made again. */
function answerTo({ kind, about, question }: InboxItemView): { answer: unknown; output: unknown } {
  if (kind === 'question') return { answer: `an answer to ${question}`, output: `an answer to ${question}` };
  const what = String((about['args'] as { body: string }).body);
  if (Number(what.split('/')[1]) % 2 === 0) return { answer: { verdict: 'run_again' }, output: 'again' };
  return { answer: { verdict: 'happened', result: { paid: what } }, output: what };
}

async function inboxOf(node: NodeChild): Promise<InboxItemView[]> {
  return ((await node.call('GET', '/inbox?state=open&limit=500')).body as { items: InboxItemView[] }).items;
}

/** A server that takes every call and lets nobody know, until `answers`. */
async function startSilent(): Promise<{ host: string; seen: string[]; answers(): void }> {
  const seen: string[] = [];
  let isSilent = true;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(body);
      if (!isSilent) response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answers() {
      isSilent = false;
    },
  };
}
