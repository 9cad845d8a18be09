import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deferred } from '../../../src/main/lib/deferred.ts';
import { type HandRuntime, handRuntime } from '../../world/hand-runtime.ts';
import { says } from '../../world/model-replies.ts';
import { type ModelServer, startModelServer } from '../../world/model-server.ts';
import { until } from '../../world/until.ts';

/** Lets the agent sleep until the number in its event is another than the one it saw last. */
const onChange = `export default async function run(event, agent) {
  const seen = await agent.context.get('seen');
  if (event.payload.data.n === seen) return false;
  await agent.context.set('seen', event.payload.data.n);
  return true;
}`;

interface World {
  node: HandRuntime;
  model: ModelServer;
  /** Publishes the event that the gate looks at, and gives the run that came of it when it has ended. */
  tell(n: number): Promise<Awaited<ReturnType<HandRuntime['api']['getRun']>>>;
}

async function gated(wakeGate = onChange, more: object = {}): Promise<World> {
  const node = await handRuntime();
  const model = await startModelServer();
  onTestFinished(() => model.close());
  await node.api.createProcess({
    manifest: {
      version: '1.0',
      name: 'watcher',
      model: { id: 'openai-compatible:test', base_url: model.url },
      triggers: [{ id: 'numbers', type: 'event', event_type: 'number', wake_gate: wakeGate }],
      ...more,
    } as never,
    start: true,
  });
  let told = 0;
  return {
    node,
    model,
    async tell(n) {
      await node.api.publishEvent({ type: 'number', data: { n } });
      told++;
      const ended = async () =>
        (await node.api.listRuns({ process: 'watcher' })).items.filter(({ endedAt }) => endedAt !== null);
      await until(async () => (await ended()).length === told);
      return node.api.getRun({ id: (await ended())[0]?.id as string });
    },
  };
}

/** A page that agents may fetch, and how often they did. */
async function pageServer(open: Promise<void> = Promise.resolve()) {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls++;
    void open.then(() => response.end('a page'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/`, allowed: { http_fetch: { allow_hosts: [host] } }, calls: () => calls };
}

const settledOf = async ({ node }: World) =>
  (await node.api.readJournal({ name: 'watcher', kind: 'run.settled' })).items.map(({ body }) => body) as {
    idle?: true;
  }[];

describe('a wake gate', () => {
  test('asks no model where it finds nothing to do, and wakes the agent where it does', async () => {
    const world = await gated();
    world.model.reply((request) => ({ text: `reply ${request.n}` }));
    expect(await world.tell(1)).toMatchObject({ state: 'done', output: 'reply 1' });
    expect(await world.tell(1)).toMatchObject({ state: 'done', idle: true, output: null, usage: { modelCalls: 0 } });
    expect(await world.tell(2)).toMatchObject({ state: 'done', output: 'reply 2' });
    expect(world.model.chatCount).toBe(2);
    expect((await settledOf(world)).map(({ idle }) => idle ?? false)).toEqual([false, true, false]);
  });

  test('is told of runs that found nothing to do, without a look into the journal, also after a rebuild', async () => {
    const { node, tell } = await gated();
    for (const n of [1, 1, 2]) await tell(n);
    const reads = vi.spyOn(node.runtime.journal, 'read');
    const idle = async () =>
      (await node.api.recentRuns({ processes: 'watcher' })).items[0]?.runs.map((run) => run.idle);
    expect(await idle()).toEqual([false, true, false]);
    expect(reads).not.toHaveBeenCalled();
    expect(await node.api.rebuildReadModels({})).toMatchObject({ equal: true });
    expect(await idle()).toEqual([false, true, false]);
  });

  test('leaves nothing in the conversation, the mission and the runs of the day', async () => {
    const world = await gated(onChange, {
      budget: { enabled: true, max_runs_per_day: 2 },
      mission: { enabled: true, objective: 'Watch.', eval_every: 100 },
    });
    for (const n of [1, 1, 1, 1, 2]) await world.tell(n);
    expect((await world.node.api.getConversation({ name: 'watcher' })).items).toHaveLength(4);
    expect(await world.node.api.getMission({ name: 'watcher' })).toMatchObject({ invocations: 2 });
    const { limits } = await world.node.api.getBudget({ name: 'watcher' });
    expect(limits.find(({ limit }) => limit === 'maxRunsPerDay')).toMatchObject({ used: 2 });
    expect(world.model.chatCount).toBe(2);
  });

  test('shows the agent what it wrote to the context', async () => {
    const world = await gated();
    await world.tell(7);
    expect(JSON.stringify(world.model.chats[0]?.body)).toContain('seen: 7');
  });

  test('lets through what a person wrote', async () => {
    const world = await gated('export default async () => false');
    await world.tell(1);
    await world.node.api.sendToProcess({ name: 'watcher', type: 'directive', content: 'Look closer.' });
    await world.tell(1);
    expect(world.model.chatCount).toBe(1);
    expect(JSON.stringify(world.model.chats[0]?.body)).toContain('Look closer.');
  });

  test('is answered from the journal when the node was killed while the agent thought', async () => {
    const page = await pageServer();
    const { node, model } = await gated(
      `export default async (event, agent) => (await agent.tool('http_fetch', { url: '${page.url}' })).status === 200`,
      { tools: page.allowed },
    );
    model.reply(({ n }) => (n === 1 ? says('never heard', { delayMs: 60_000 }) : says('at last')));
    await node.api.publishEvent({ type: 'number', data: { n: 1 } });
    await until(() => model.chats.length === 1);
    const again = await node.kill();
    const run = await until(async () => {
      const [newest] = (await again.api.listRuns({ process: 'watcher' })).items;
      return newest?.state === 'done' && newest;
    });
    expect(run).toMatchObject({ output: 'at last' });
    expect(page.calls()).toBe(1);
  });

  test('looks again where others changed what it wrote meanwhile, and calls nothing twice', async () => {
    const open = deferred();
    const page = await pageServer(open.promise);
    const counts = `export default async function run(event, agent) {
      const n = (await agent.context.get('n')) ?? 0;
      await agent.context.set('n', n + 1);
      await agent.tool('http_fetch', { url: '${page.url}' });
      return n > 5;
    }`;
    const world = await gated(counts, { tools: page.allowed });
    world.model.reply(says('more than five'));
    const told = world.tell(1);
    await until(() => page.calls() === 1);
    await world.node.api.setContext({ name: 'watcher', key: 'n', value: 10 });
    open.resolve();
    expect(await told).toMatchObject({ state: 'done', output: 'more than five' });
    expect((await world.node.api.getContext({ name: 'watcher' })).items[0]).toMatchObject({ key: 'n', value: 11 });
    expect(page.calls()).toBe(1);
  });

  test('is not asked when the agent is woken by hand', async () => {
    const { node, model } = await gated('export default async () => false');
    await node.api.wakeProcess({ name: 'watcher', payload: {} });
    await until(() => model.chatCount === 1);
  });

  test('that fails fails the run, with its error', async () => {
    const world = await gated('export default async () => { throw new Error("no network") }', {
      trigger_delivery: { max_retries: 0 },
    });
    expect(await world.tell(1)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('no network') },
    });
    expect(world.model.chatCount).toBe(0);
  });

  test('that is no script is refused when the agent is made, by the name of its trigger', async () => {
    await expect(gated('export default async function (')).rejects.toMatchObject({
      code: 'SCRIPT_INVALID',
      message: expect.stringContaining('trigger numbers'),
    });
  });
});
