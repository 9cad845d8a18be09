import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/main/transport/http-client.ts';
import type { RuntimeNotice } from '../../src/shared/notices.ts';
import type { ClusterView } from '../../src/shared/views/cluster-views.ts';
import { cli } from '../world/cli.ts';
import { byHand, type NodeByHand, takeIn } from '../world/cluster-cli.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

const script = (text: string) => `name: ${text}
model: script
script: |
  export default async function run(event, agent) {
    await agent.context.set('seen', event.payload);
    return 'done by ${text}';
  }
`;

let nas: NodeByHand;
let laptop: NodeByHand;
/** In no cluster at first. */
let phone: NodeByHand;
let children: NodeChild[] = [];
let ids: { nas: string; laptop: string; phone: string };
const folders: string[] = [];

/** Three programs for the whole story: to start one takes longer than any of its chapters. */
beforeAll(async () => {
  for (let at = 0; at < 3; at++) folders.push(mkdtempSync(join(tmpdir(), 'agent-runtime-')));
  const nodes = folders.map(byHand) as [NodeByHand, NodeByHand, NodeByHand];
  [nas, laptop, phone] = nodes;
  children = await Promise.all(folders.map((folder) => startNode(folder)));
  const [one, two, three] = await Promise.all(nodes.map((node) => node.run<{ id: string }>('node')));
  ids = { nas: one?.id ?? '', laptop: two?.id ?? '', phone: three?.id ?? '' };
  await nas.run('cluster create Home --port 0 --node-name nas');
  await takeIn(nas, laptop, '127.0.0.1', '--port 0 --node-name laptop');
  await bothAlive(laptop, ids.laptop);
}, 60_000);
afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

const clusterOf = (node: NodeByHand) => node.run<ClusterView>('cluster');
const stateOf = async (at: NodeByHand, node: string) =>
  (await clusterOf(at)).nodes.find((one) => one.node === node)?.state;
const bothAlive = (node: NodeByHand, id: string) =>
  until(async () => (await stateOf(nas, id)) === 'alive' && (await stateOf(node, ids.nas)) === 'alive', 20_000);
const at = (child: number, node?: string) =>
  connect(children[child]?.url ?? '', children[child]?.token ?? '', node === undefined ? {} : { node });

test('a node listens for nobody and keeps no file of a cluster before it is in one', async () => {
  expect(await clusterOf(phone)).toMatchObject({ cluster: null, port: null, nodes: [{ self: true }] });
  await expect(phone.run('cluster code')).rejects.toThrow('CLUSTER_OFF');
  expect(existsSync(join(phone.dataDir, 'cluster.json'))).toBe(false);
});

test('two nodes are paired by people who compare words, and each is worked from the other', async () => {
  expect(await clusterOf(nas)).toMatchObject({ cluster: { name: 'Home', hub: ids.nas } });
  expect((await clusterOf(laptop)).nodes).toMatchObject([
    { node: ids.laptop, self: true },
    { node: ids.nas, hub: true, role: 'hub', report: { processes: 0 } },
  ]);

  // Made, started and woken from the laptop; it lives on the other.
  const far = at(1, ids.nas);
  await far.createProcess({ manifest: script('far-away'), start: true });
  expect((await nas.run<{ items: { name: string }[] }>('ps')).items.map(({ name }) => name)).toEqual(['far-away']);
  expect((await laptop.run<{ items: object[] }>('ps')).items).toEqual([]);
  expect((await laptop.run<{ items: { name: string }[] }>('ps --node nas')).items).toHaveLength(1);

  // Without naming a node, it is found where it is.
  await laptop.run('wake far-away --payload {"n":7}');
  const done = await until(async () => {
    const runs = await laptop.run<{ items: { id: string; state: string; output: string }[] }>(
      'runs --process far-away --nodes all',
    );
    return runs.items.find(({ state }) => state === 'done');
  });
  expect(done.output).toBe('done by far-away');
  const found = await at(1).getRun({ id: done.id });
  expect(found).toMatchObject({ id: done.id, process: 'far-away' });

  // One list of both, and the same names twice are asked about.
  await at(1).createProcess({ manifest: script('here') });
  const all = await laptop.run<{ items: { name: string; node: string }[] }>('ps --nodes all');
  expect(all.items.map(({ name, node }) => [name, node]).toSorted()).toEqual([
    ['far-away', ids.nas],
    ['here', ids.laptop],
  ]);
  // Who acted stands in the journal there: the node that is proven, not what it says of itself.
  const { items } = await far.readJournal({ name: 'far-away', limit: 100 });
  expect(JSON.stringify(items)).toContain(`node:${ids.laptop}`);
  far.close();
}, 60_000);

test('notices of another node come through the one that is watched', async () => {
  const client = at(1, ids.nas);
  const heard: RuntimeNotice[] = [];
  const stop = client.watch(null, (notice) => heard.push(notice));
  await until(async () => {
    await at(0).publishEvent({ type: 'tick' });
    return heard.some(({ kind, text }) => kind === 'bus.published' && text === 'tick');
  });
  const seqs = heard.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  stop();
  client.close();
});

test('a role is as far as a peer gets, and nobody is asked from afar whom a node trusts', async () => {
  const far = at(1, ids.nas);
  await expect(far.openPairing({})).rejects.toMatchObject({ code: 'PEER_REFUSED' });
  await nas.run(`cluster role ${ids.laptop} observe`);
  expect((await far.listProcesses({})).items).toHaveLength(1);
  await expect(far.stopAll({})).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
  await nas.run(`cluster role ${ids.laptop} operate`);
  await far.stopAll({});
  await expect(far.createProcess({ manifest: script('x') })).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
  await nas.run(`cluster role ${ids.laptop} member`);
  far.close();
});

test('a third node that the hub takes in is known to the second, and revoked there as well', async () => {
  await takeIn(nas, phone);
  await until(
    async () => (await stateOf(laptop, ids.phone)) === 'alive' && (await stateOf(phone, ids.laptop)) === 'alive',
    20_000,
  );
  const known = (await clusterOf(laptop)).nodes.find(({ node }) => node === ids.phone);
  expect(known).toMatchObject({ introduced: true, role: 'member' });
  await phone.run(`ps --node ${ids.laptop}`);
  await nas.run(`cluster remove ${ids.phone}`);
  const begun = performance.now();
  await until(async () => (await clusterOf(laptop)).nodes.every(({ node }) => node !== ids.phone));
  expect(performance.now() - begun).toBeLessThan(2_000);
  await expect(phone.run(`ps --node ${ids.laptop}`)).rejects.toThrow('PEER_REFUSED');
}, 60_000);

test('pairs outlive the programs; a node that ends in order sleeps, and one that is killed is missed', async () => {
  const [, second] = children;
  await second?.kill('SIGTERM');
  await until(async () => (await stateOf(nas, ids.laptop)) === 'asleep');
  children[1] = await startNode(laptop.dataDir);
  await until(async () => (await stateOf(nas, ids.laptop)) === 'alive');
  await children[1]?.kill('SIGKILL');
  await until(async () => (await stateOf(nas, ids.laptop)) === 'suspect', 20_000);
  children[1] = await startNode(laptop.dataDir);
  await until(async () => (await stateOf(nas, ids.laptop)) === 'alive', 20_000);
  expect((await clusterOf(nas)).nodes.map(({ problem }) => problem)).toEqual([null, null]);
}, 60_000);

test('a node that is taken out is refused within two seconds, and one that leaves is forgotten', async () => {
  await nas.run(`cluster remove ${ids.laptop}`);
  const begun = performance.now();
  await until(async () =>
    (await cli(['ps', '--node', ids.nas, '--data-dir', laptop.dataDir])).err.includes('PEER_REFUSED'),
  );
  expect(performance.now() - begun).toBeLessThan(2_000);
  await laptop.run('cluster leave');
  expect(await clusterOf(laptop)).toMatchObject({ cluster: null, port: null });
  await takeIn(nas, laptop);
  await bothAlive(laptop, ids.laptop);
  await laptop.run('cluster leave');
  await until(async () => (await clusterOf(nas)).nodes.length === 1);

  await takeIn(nas, laptop);
  await bothAlive(laptop, ids.laptop);
  await nas.run('cluster leave');
  await until(async () => (await clusterOf(laptop)).cluster === null);
}, 60_000);
