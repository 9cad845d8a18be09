import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterView } from '../../src/shared/cluster-views.ts';
import type { BranchView, MovedView, PlacementView, ShippingView } from '../../src/shared/crossing-views.ts';
import { byHandThere, type NodeByHand, takeIn } from '../world/cluster-cli.ts';
import { Namespaces, noNamespaces } from '../world/namespaces.ts';
import { type NodeChild, startNode } from '../world/node-child.ts';
import { until } from '../world/until.ts';

const reason = noNamespaces();
if (reason) console.warn(`SKIPPED: agents that move between computers, since ${reason}`);
const cutMs = Number(process.env['CUT_MS'] ?? 300_000);

const counter = (name: string, more = '') => `name: ${name}
model: script
${more}
script: |
  export default async function run(event, agent) {
    await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.n ?? event.payload.data.n]);
  }
`;
const listening = 'triggers:\n  - type: event\n    event_type: told\n';

/** The story of a cluster that people were promised, with real programs on a real network. */
describe.skipIf(reason !== null)('agents on three computers', () => {
  let network: Namespaces;
  let hosts: NodeByHand[] = [];
  const children: NodeChild[] = [];
  const folders: string[] = [];
  const ids: string[] = [];
  const host = (number: number): NodeByHand => hosts[number - 1] as NodeByHand;
  const id = (number: number): string => ids[number - 1] as string;
  const names = async (number: number) =>
    (await host(number).run<{ items: { name: string }[] }>('ps')).items.map(({ name }) => name);
  const heard = async (number: number, name: string): Promise<number[]> => {
    const items = await host(number).run<{ key: string; value: number[] }[]>(`context get ${name}`);
    return items.find(({ key }) => key === 'heard')?.value ?? [];
  };
  const wake = (number: number, name: string, n: number) => host(number).run(`wake ${name} --payload {"n":${n}}`);
  const create = async (number: number, manifest: string) => {
    const path = join(folders[number - 1] as string, 'made.agent');
    writeFileSync(path, manifest);
    await host(number).run(`load ${path} --start`);
  };

  beforeAll(async () => {
    network = await Namespaces.make(4);
    for (let at = 0; at < 4; at++) folders.push(mkdtempSync(join(tmpdir(), 'agent-runtime-')));
    hosts = folders.map((folder, at) => byHandThere(folder, network.prefixOf(at + 1)));
    for (const [at, folder] of folders.entries()) {
      children.push(await startNode(folder, { prefix: network.prefixOf(at + 1) }));
      ids.push((await (hosts[at] as NodeByHand).run<{ id: string }>('node')).id);
    }
  });
  afterAll(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await network?.remove();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  test('three of them become a cluster; the fourth is paired with nobody', async () => {
    await host(1).run('cluster create Home');
    await takeIn(host(1), host(2), '10.77.0.1');
    await takeIn(host(1), host(3), '10.77.0.1');
    for (const at of [1, 2, 3])
      await until(async () => {
        const { nodes } = await host(at).run<ClusterView>('cluster');
        return nodes.filter(({ state }) => state === 'alive').length === 3;
      }, 60_000);
  });

  test('an agent is moved with all it has, within two seconds', async () => {
    await create(2, counter('mover', 'placement:\n  failover: auto'));
    for (const n of [1, 2, 3]) await wake(2, 'mover', n);
    await until(async () => (await heard(2, 'mover')).length === 3, 30_000);
    const moved = await host(2).run<MovedView>(`move mover ${id(3)}`);
    expect(moved).toMatchObject({ process: 'mover', from: id(2), to: id(3) });
    expect(moved.gapMs).toBeLessThanOrEqual(2_000);
    expect(await names(2)).not.toContain('mover');
    expect(await heard(3, 'mover')).toEqual([1, 2, 3]);
    await wake(3, 'mover', 4);
    await until(async () => (await heard(3, 'mover')).length === 4, 30_000);
  });

  test('its node is killed and it runs elsewhere within 20 seconds; the old node yields when it is back', async () => {
    const lag = () => host(3).run<ShippingView>('cluster shipping');
    await until(async () => (await lag()).copies.every(({ entries, standby }) => standby && entries === 0), 60_000);
    await children[2]?.kill('SIGKILL');
    const killedAt = Date.now();
    const heir = await until(async () => {
      for (const at of [1, 2]) if ((await names(at)).includes('mover')) return at;
      return 0;
    }, 40_000);
    console.info(`taken over after ${Date.now() - killedAt} ms, the command line that looked included`);
    expect(Date.now() - killedAt).toBeLessThanOrEqual(20_000 + 3_000);
    expect(await heard(heir, 'mover')).toEqual([1, 2, 3, 4]);
    await wake(heir, 'mover', 5);
    await until(async () => (await heard(heir, 'mover')).length === 5, 30_000);
    children[2] = await startNode(folders[2] as string, { prefix: network.prefixOf(3) });
    await until(async () => {
      const { nodes } = await host(3).run<ClusterView>('cluster');
      return nodes.filter(({ state }) => state === 'alive').length === 3;
    }, 60_000);
    expect(await names(3)).not.toContain('mover');
    expect((await host(3).run<{ items: BranchView[] }>('branches')).items).toEqual([]);
    expect(await host(heir).run<PlacementView>('placement mover')).toMatchObject({ node: id(heir) });
  });

  test(`events cross a cut of ${cutMs / 1_000} s once each, and a node that is not paired gets nothing`, async () => {
    await create(2, counter('near-ear', listening));
    await create(3, counter('far-ear', listening));
    await create(4, counter('strange-ear', listening));
    const tell = (n: number) => host(2).run(`call publishEvent {"type":"told","data":{"n":${n}}}`);
    await tell(1);
    await until(async () => (await heard(3, 'far-ear')).length === 1, 30_000);
    await network.link(3, 'down');
    for (const n of [2, 3, 4]) await tell(n);
    const healsAt = Date.now() + cutMs;
    await until(() => Date.now() >= healsAt, cutMs + 60_000);
    expect(await heard(3, 'far-ear')).toEqual([1]);
    await network.link(3, 'up');
    await until(async () => (await heard(3, 'far-ear')).length >= 4, 120_000);
    await tell(5);
    await until(async () => (await heard(3, 'far-ear')).length >= 5, 60_000);
    expect(await heard(3, 'far-ear')).toEqual([1, 2, 3, 4, 5]);
    expect(await heard(2, 'near-ear')).toEqual([1, 2, 3, 4, 5]);
    expect(await heard(4, 'strange-ear')).toEqual([]);
  });
});
