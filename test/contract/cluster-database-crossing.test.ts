import { describe, expect, onTestFinished, test } from 'vitest';
import { writeDatabaseSetting } from '../../src/main/cluster/postgres/database-setting.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { leasesRunOut, PostgresServer, postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { SharedNode } from '../world/shared-nodes.ts';
import { until } from '../world/until.ts';

const script = (
  name: string,
  lines: string,
  triggers: JsonObject[] = [],
  more: JsonObject = {},
): JsonObject & { name: string } => ({
  version: '1.0',
  name,
  model: 'script',
  triggers,
  script: `export default async function run(event, agent) { ${lines} }`,
  ...more,
});

/** Tells everyone the number that it is woken with. */
const teller = (failover = 'manual') =>
  script('teller', `await agent.emit('told', { n: event.payload.n }); return event.payload.n;`, [], {
    placement: { failover },
  });

/** Keeps the numbers that were told. */
const ear = (name: string, failover = 'manual') =>
  script(
    name,
    `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.data.n]);`,
    [{ type: 'event', event_type: 'told' }],
    { placement: { failover } },
  );

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function heard(node: SharedNode, name: string): Promise<number[]> {
  const { items } = await node.client.getContext({ name });
  return (items.find(({ key }) => key === 'heard')?.value as number[] | undefined) ?? [];
}

/** Nodes at a database, each started, that know of each other. */
async function nodesAt(url: string, count: number): Promise<SharedNode[]> {
  const nodes = upTo(count).map(() => new SharedNode(folderAt(url)));
  onTestFinished(async () => {
    for (const node of nodes) await node.close();
  });
  await Promise.all(nodes.map((node) => node.start()));
  for (const node of nodes) await until(async () => (await aliveAt(node)) === count, 20_000);
  return nodes;
}

/** The data folder of a node whose journals are in the database. */
function folderAt(url: string): string {
  const folder = scratchFolder();
  writeDatabaseSetting(folder, { url, state: 'in use', since: 0, problem: null });
  return folder;
}

async function aliveAt(node: SharedNode): Promise<number> {
  return (await node.client.cluster({})).nodes.filter(({ state }) => state === 'alive').length;
}

const pair = async () => (await nodesAt(await postgresDatabase(scratchFolder()), 2)) as [SharedNode, SharedNode];

async function make(node: SharedNode, manifest: JsonObject & { name: string }): Promise<void> {
  await node.client.createProcess({ manifest });
  await node.client.startProcess({ name: manifest.name });
}

const wake = (node: SharedNode, n: number) => node.client.wakeProcess({ name: 'teller', payload: { n } });

describe.skipIf(!postgresBin)('between nodes that share a database', () => {
  test('events reach those who listen on another node once and in order, from agents and people', async () => {
    const [a, b] = await pair();
    await make(a, teller());
    await make(b, ear('ear'));
    for (const n of upTo(20)) await wake(a, n);
    await until(async () => (await heard(b, 'ear')).length >= 20, 20_000);
    await a.client.publishEvent({ type: 'told', data: { n: 21 } });
    await until(async () => (await heard(b, 'ear')).length >= 21, 20_000);
    expect(await heard(b, 'ear')).toEqual(upTo(21));
  }, 60_000);

  test('messages go to one process each, and their ends come back', async () => {
    const [a, b] = await pair();
    const worker = (name: string) =>
      script(
        name,
        `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.content.n]);`,
        [{ type: 'message', topic: 'jobs' }],
      );
    await make(a, worker('worker-a'));
    await make(b, worker('worker-b'));
    for (const n of upTo(12)) await a.client.sendMessage({ topic: 'jobs', content: { n } });
    await a.client.sendMessage({ topic: 'other', content: { n: 13 }, to: 'worker-b' });
    await until(async () => (await a.client.listMessages({ state: 'consumed' })).items.length === 13, 20_000);
    const [byA, byB] = [await heard(a, 'worker-a'), await heard(b, 'worker-b')];
    expect([...byA, ...byB].toSorted((x, y) => x - y)).toEqual(upTo(13));
    expect(byB).toContain(13);
  }, 60_000);

  test('a webhook at the wrong node is judged by the owner, and is stored and brought while that is away', async () => {
    const [a, b] = await pair();
    const keeps = `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.n]);`;
    await make(b, script('hooked', keeps, [{ type: 'webhook', webhook_path: '/in' }]));
    const post = (n: number, path = 'in') =>
      fetch(`${a.url}/hooks/hooked/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': String(n) },
        body: JSON.stringify({ n }),
      });
    await until(async () => (await a.client.listProcesses({ nodes: 'all' })).items.length === 1, 20_000);
    const first = await post(1);
    expect([first.status, await first.json()]).toMatchObject([202, { status: 'accepted' }]);
    expect((await post(2, 'nowhere')).status).toBe(404);
    await b.close();
    const stored = await post(3);
    expect([stored.status, await stored.json()]).toMatchObject([202, { status: 'stored' }]);
    await a.close();
    await a.start();
    await b.start();
    await until(async () => (await heard(b, 'hooked')).length === 2, 30_000);
    expect(await heard(b, 'hooked')).toEqual([1, 3]);
    // The word that it arrived may come after it.
    await until(async () => (await a.client.shipping({})).hooks === 0, 20_000);
  }, 90_000);

  test('every operation works on every node, and lists span all', async () => {
    const [a, b] = await pair();
    await make(a, teller());
    await make(b, ear('ear'));
    const { items } = await a.client.listProcesses({ nodes: 'all' });
    expect(items.map(({ name, node }) => [name, node])).toEqual([
      ['teller', a.id],
      ['ear', b.id],
    ]);
    // One that lives on the other node is found there.
    expect(await a.client.getProcess({ name: 'ear' })).toMatchObject({ name: 'ear', state: 'running' });
    await expect(a.client.createProcess({ manifest: ear('ear') })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  }, 60_000);

  test('what another node lacks is said with reasons, and refused before anything is stopped', async () => {
    const [a, b] = await pair();
    await make(a, { ...teller(), placement: { labels: ['gpu'], paths: ['/nowhere'] } } as never);
    const { nodes } = await a.client.placement({ name: 'teller' });
    expect(nodes.find(({ node }) => node === b.id)?.reasons).toEqual(['needs the label gpu', 'needs /nowhere']);
    const refused = a.client.moveProcess({ name: 'teller', node: b.id });
    await expect(refused).rejects.toMatchObject({ code: 'PLACEMENT_REFUSED' });
    expect((await a.client.getProcess({ name: 'teller' })).state).toBe('running');
    const drained = await a.client.drainNode({});
    expect(drained).toMatchObject({ moved: [], stayed: [{ process: 'teller' }] });
    expect(drained.stayed[0]?.reason).toContain('needs the label gpu');
  }, 60_000);

  test('an agent that moves misses nothing and hears nothing twice, whether it tells or listens', async () => {
    const [a, b] = await pair();
    await make(a, teller());
    await make(b, ear('ear'));
    let [home, other] = [a, b];
    let earHome = b;
    for (const round of [0, 1, 2, 3]) {
      for (const n of [1, 2, 3]) await wake(home, 3 * round + n);
      if (round % 2 === 0) {
        await home.client.moveProcess({ name: 'teller', node: other.id });
        [home, other] = [other, home];
      } else {
        const to = earHome === b ? a : b;
        await earHome.client.moveProcess({ name: 'ear', node: to.id });
        earHome = to;
      }
    }
    await until(async () => (await heard(earHome, 'ear')).length >= 12, 30_000);
    expect(await heard(earHome, 'ear')).toEqual(upTo(12));
  }, 90_000);

  test('events cross after the database was away, once each and in order', async () => {
    const server = await PostgresServer.open();
    onTestFinished(() => server.close());
    const [a, b] = (await nodesAt(server.url(), 2)) as [SharedNode, SharedNode];
    await make(a, teller());
    await make(b, ear('ear'));
    let told = 0;
    for (const _ of [1, 2, 3]) {
      for (const __ of [1, 2, 3]) await wake(a, ++told);
      await server.kill();
      await server.start();
      await until(() => wake(a, told + 1), 30_000);
      told++;
    }
    await until(async () => (await heard(b, 'ear')).length >= told, 30_000);
    expect(await heard(b, 'ear')).toEqual(upTo(told));
  }, 120_000);

  test('what was told while the listener was off reaches it, also where its node takes over the one that told it', async () => {
    const url = await postgresDatabase(scratchFolder());
    const [a, b] = (await nodesAt(url, 2)) as [SharedNode, SharedNode];
    const { id } = a;
    await make(a, teller('auto'));
    await make(b, ear('ear'));
    await wake(a, 1);
    await until(async () => (await heard(b, 'ear')).length === 1, 20_000);
    await b.close();
    for (const n of [2, 3]) await wake(a, n);
    await until(async () => (await a.client.listRuns({ process: 'teller', state: 'done' })).items.length === 3, 20_000);
    await a.close();
    await leasesRunOut(url, id);
    await b.start();
    await until(() => b.has('teller'), 60_000);
    await until(async () => (await heard(b, 'ear')).length === 3, 20_000);
    expect(await heard(b, 'ear')).toEqual(upTo(3));
  }, 120_000);

  test('a node that is closed gives what may go on elsewhere to one that can have it, at once', async () => {
    const [a, b] = await pair();
    await make(a, teller('auto'));
    await make(a, ear('ear'));
    await until(async () => (await b.client.listProcesses({ nodes: 'all' })).items.length === 2, 20_000);
    await a.close();
    expect(b.has('teller')).toBe(true);
    // Nobody else may have what stays where it is until a person says so.
    expect(b.has('ear')).toBe(false);
    await a.start();
    expect([a.has('ear'), a.has('teller')]).toEqual([true, false]);
    await b.close();
    // One that has ended is nobody's choice, so nobody who ends waits for its word.
    const { nodes } = await a.client.placement({ name: 'ear' });
    expect(nodes.map(({ node }) => node)).toEqual([a.id]);
  }, 60_000);

  test('nodes are evened out by hand, wherever that is said', async () => {
    const [a, b] = await pair();
    for (const name of ['p1', 'p2', 'p3', 'p4']) await make(a, ear(name));
    await until(async () => (await b.client.planRebalance({})).moves.length > 0, 20_000);
    const { moves } = await b.client.rebalance({});
    expect(moves).toMatchObject([{ from: a.id, to: b.id }]);
    await until(() => b.has(moves[0]?.process ?? ''), 20_000);
    expect((await b.client.rebalance({})).reason).toContain('less than a minute ago');
  }, 60_000);

  test('an agent that was deleted gives its name back to all nodes', async () => {
    const [a, b] = await pair();
    await make(a, teller());
    await a.client.deleteProcess({ name: 'teller' });
    await until(async () => (await b.client.listLeases({})).items.length === 0, 20_000);
  }, 60_000);
});

describe.skipIf(!postgresBin)('nodes that are killed beside a shared database', () => {
  test('events that were told before reach those who listen, wherever both live then', async () => {
    const url = await postgresDatabase(scratchFolder());
    const start = async (folder: string) => {
      const node = await startNode(folder);
      onTestFinished(() => node.kill());
      return node;
    };
    const folders = [1, 2, 3].map(() => folderAt(url));
    const [a, b, c] = (await Promise.all(folders.map(start))) as [NodeChild, NodeChild, NodeChild];
    const made = async (node: NodeChild, manifest: object) => {
      expect((await node.call('POST', '/processes', { manifest, start: true })).status).toBeLessThan(300);
    };
    const heardAt = async (node: NodeChild) => {
      const { status, body } = await node.call('GET', '/processes/ear/context');
      const { items } = body as { items?: { key: string; value: number[] }[] };
      return status === 200 ? (items?.find(({ key }) => key === 'heard')?.value ?? []) : [];
    };
    const tell = async (node: NodeChild, n: number) =>
      (await node.call('POST', '/processes/teller/wake', { payload: { n } })).status === 202;
    await made(a, teller('auto'));
    await made(b, ear('ear', 'auto'));
    for (const n of upTo(5)) expect(await tell(a, n)).toBe(true);
    await until(async () => (await heardAt(b)).length === 5, 20_000);
    // Acknowledged, and told to nobody or to some: both nodes are gone at once.
    b.process.kill('SIGSTOP');
    for (const n of [6, 7, 8]) expect(await tell(a, n)).toBe(true);
    await Promise.all([a.kill(), b.kill()]);
    await leasesRunOut(url, a.node, b.node);
    await until(async () => (await heardAt(c)).length === 8, 60_000);
    expect(await tell(c, 9)).toBe(true);
    await until(async () => (await heardAt(c)).length === 9, 20_000);
    await Promise.all([start(folders[0] ?? ''), start(folders[1] ?? '')]);
    expect(await tell(c, 10)).toBe(true);
    await until(async () => (await heardAt(c)).length === 10, 20_000);
    expect(await heardAt(c)).toEqual(upTo(10));
  }, 180_000);
});
