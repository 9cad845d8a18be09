import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ClusterBook } from '../../src/main/cluster/cluster-book.ts';
import { nodeIdOf } from '../../src/main/cluster/identity/node-id.ts';
import { caughtLater } from '../world/caught.ts';
import { type ClusterNode, ClusterWorld } from '../world/cluster.ts';
import { counter } from '../world/cluster-agents.ts';
import { pairOf } from '../world/linked-node.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { SharedNode } from '../world/shared-nodes.ts';
import { until } from '../world/until.ts';

test('an agent for which the hub has no place is refused by name, on every node, until another is gone', async () => {
  const world = new ClusterWorld({ limits: { nodes: 8, processes: 2 } });
  const [a, b] = (await world.startAll('a', 'b')) as [ClusterNode, ClusterNode];
  await a.api.createProcess({ manifest: counter('one'), start: true });
  await b.api.createProcess({ manifest: counter('two'), start: true });
  await until(async () => (await world.leases.list()).leases.length === 2);
  for (const node of [a, b]) {
    const refused = await caughtLater(node.api.createProcess({ manifest: counter('three') }));
    expect(refused).toMatchObject({ code: 'CLUSTER_FULL', details: { name: 'three', limit: 2 } });
    expect((await node.api.listProcesses({})).items.map(({ name }) => name)).not.toContain('three');
  }
  await a.api.deleteProcess({ name: 'one' });
  await until(() => b.api.createProcess({ manifest: counter('three') }));
});

test('a hub takes seven others that own agents, and any number that only look on', async () => {
  const node = new SharedNode(scratchFolder());
  onTestFinished(() => node.close());
  await node.start();
  await node.client.createCluster({ name: 'home', port: 0 });
  await node.client.openPairing({});
  await node.close();
  const book = new ClusterBook(join(node.folder, 'cluster.json'));
  for (const name of ['2', '3', '4', '5', '6', '7', '8']) book.put(pairOf(someNode(name), name));
  book.put(pairOf(someNode('onlooker'), 'onlooker', 'observe'));
  await node.start();
  expect((await caughtLater(node.client.openPairing({}))).code).toBe('CLUSTER_FULL');
  expect((await caughtLater(node.client.setPeerRole({ node: 'onlooker', role: 'member' }))).code).toBe('CLUSTER_FULL');
  await node.client.setPeerRole({ node: '8', role: 'observe' });
  await node.client.openPairing({});
});

const someNode = (name: string) => nodeIdOf(Buffer.from(name));
