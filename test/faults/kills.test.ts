import { expect, onTestFinished, test } from 'vitest';
import type { InboxItemView } from '../../src/shared/views/views.ts';
import { draws } from '../world/draws.ts';
import { type Effect, startLedger } from '../world/effect-ledger.ts';
import { home } from '../world/home.ts';
import { calls, says } from '../world/model-replies.ts';
import { startModelServer } from '../world/model-server.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { allEvents, journalOf } from '../world/node-lists.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

/**
 * kill -9 at random moments while agents work and events keep coming. An outside ledger counts every effect. Afterwards:
 * every acknowledged event has ended as done, no effect that cannot be repeated took place twice, no finished step was
 * made again, and no model answer was paid for again once its result was in the journal.
 */
const kills = Number(process.env['KILLS'] ?? 25);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

const scriptAgent = (name: string, host: string) => ({
  version: '1.0',
  name,
  model: 'script',
  tools: { http_fetch: { allow_hosts: [host] } },
  script: `export default async function run(event, agent) {
    const before = await agent.tool('http_fetch', { url: 'http://${host}/look' });
    await agent.tool('http_fetch', { url: 'http://${host}/act', method: 'POST', body: JSON.stringify({ what: '${name}/' + event.payload.n }) });
    await agent.context.set('sum', (agent.context.get('sum') ?? 0) + event.payload.n);
    await agent.emit('acted', { n: event.payload.n });
    return before.status;
  }`,
});

const modelAgent = (name: string, host: string, baseUrl: string) => ({
  version: '1.0',
  name,
  model: { id: 'openai-compatible:test', base_url: baseUrl },
  instructions: `Act on ${host} as ${name}.`,
  tools: { http_fetch: { allow_hosts: [host] } },
});

test(`G2: ${kills} kills at random moments lose nothing and repeat nothing (SEED=${seed})`, async () => {
  const random = draws(seed);
  const ledger = await startLedger();
  const requests: { key: string; at: number }[] = [];
  const models = await startModelServer({ latencyMs: 5 });
  onTestFinished(() => models.close());
  models.reply((request) => {
    requests.push({ key: String(request.headers['idempotency-key']), at: Date.now() });
    if (request.toolAnswers.length > 0) return says('done');
    const n = /"n":\s*(\d+)/.exec(request.lastUserText)?.[1];
    const name = /as (\w+)\./.exec(String(request.messages[0]?.['content']))?.[1];
    return calls('http_fetch', {
      url: `http://${ledger.host}/act`,
      method: 'POST',
      body: JSON.stringify({ what: `${name}/${n}` }),
    });
  });
  const folder = home();
  const names = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? `script${index}` : `model${index}`));
  let node: NodeChild = await startNode(folder);
  onTestFinished(() => node.kill());
  for (const name of names) {
    const manifest = name.startsWith('script')
      ? scriptAgent(name, ledger.host)
      : modelAgent(name, ledger.host, models.url);
    expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBe(201);
  }

  const acknowledged = new Map<string, string>();
  let sent = 0;
  let stopped = false;
  const senders = names.map(async (name, index) => {
    while (!stopped) {
      const n = ++sent;
      try {
        const reply = await node.call(
          'POST',
          `/processes/${name}/wake`,
          { payload: { n } },
          { 'idempotency-key': `k${n}` },
        );
        if (reply.status === 202) acknowledged.set((reply.body as { eventId: string }).eventId, `${name}/${n}`);
      } catch {
        // No answer: whether it was stored is not known, and nothing is claimed of it.
      }
      await randomMoment(20 + 10 * index);
    }
  });
  for (let kill = 0; kill < kills; kill++) {
    await randomMoment(random.int(5, 300));
    await node.kill('SIGKILL');
    node = await startNode(folder);
  }
  stopped = true;
  await Promise.all(senders);

  await until(async () => {
    await resolveDoubts(node, ledger.effects);
    const open = await node.call('GET', '/trigger-events?state=waiting,delayed,running,parked&limit=500');
    return (open.body as { items: unknown[] }).items.length === 0;
  }, 120_000);

  const ended = await allEvents(node);
  const otherwise = [...ended.values()]
    .filter(({ state }) => state !== 'done')
    .map(({ process, state, reason }) => `${process} ${state}: ${reason}`);
  expect(otherwise).toEqual([]);
  for (const [id, what] of acknowledged) expect(ended.get(id)?.state, `event ${id} (${what})`).toBe('done');

  const times = Map.groupBy(ledger.effects, ({ what }) => what);
  for (const [what, effects] of times) expect(effects.length, `${what} took place`).toBe(1);
  expect(times.size).toBe(ended.size);

  let paidAgain = 0;
  for (const name of names) {
    const entries = await journalOf(node, name);
    const finished = new Map<string, number>();
    const intents = new Map<string, string>();
    for (const { kind, body, at } of entries) {
      const id = `${String(body['run'])}/${String(body['step'])}`;
      if (kind === 'step.intended') {
        expect(finished.has(id), `step ${id} was begun again after it had ended`).toBe(false);
        intents.set(id, String(body['callKey']));
      }
      if (kind === 'step.ended') finished.set(id, at);
    }
    for (const [id, key] of intents) {
      const asked = requests.filter((request) => request.key === key);
      paidAgain += Math.max(0, asked.length - 1);
      for (const { at } of asked)
        expect(at, `${id} was asked again after its answer was kept`).toBeLessThanOrEqual((finished.get(id) ?? 0) + 5);
    }
    const verified = (await node.call('POST', `/processes/${name}/journal/verify`, {})).body as {
      ok: boolean;
      problem: string | null;
    };
    expect(verified).toMatchObject({ ok: true, problem: null });
  }
  expect(paidAgain).toBeLessThanOrEqual(kills * 4);
  const rebuilt = (await node.call('POST', '/node/rebuild', {})).body as { equal: boolean; differences: string[] };
  expect(rebuilt).toMatchObject({ equal: true, differences: [] });
  console.log(
    `${kills} kills, seed ${seed}: ${acknowledged.size} acknowledged, ${ended.size} stored, ${ledger.effects.length} effects, ${paidAgain} model calls in flight asked again`,
  );
});

/** Does what a person would: looks into the ledger and says whether the call in doubt took place. */
async function resolveDoubts(node: NodeChild, effects: readonly Effect[]): Promise<void> {
  const { items } = (await node.call('GET', '/inbox?limit=500')).body as { items: InboxItemView[] };
  for (const item of items) {
    const args = item.about['args'] as { body: string };
    const { what } = JSON.parse(args.body) as { what: string };
    const happened = effects.some((effect) => effect.what === what);
    const answer = happened ? { verdict: 'happened', result: { status: 200 } } : { verdict: 'run_again' };
    await node.call('POST', `/inbox/${item.id}/answer`, { answer });
  }
}
