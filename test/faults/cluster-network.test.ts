import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterView, DiscoveredNode } from '../../src/shared/views/cluster-views.ts';
import { takeIn } from '../world/cluster-cli.ts';
import { ClusterHosts } from '../world/cluster-hosts.ts';
import { noNamespaces } from '../world/namespaces.ts';
import { until } from '../world/until.ts';

const reason = noNamespaces();
if (reason) console.warn(`SKIPPED: three computers on one network, since ${reason}`);

/** Somebody else's program that looks for nodes, and shows all that they say of themselves. */
const looker = `
  import { Bonjour } from 'bonjour-service';
  const look = () => new Bonjour({ interface: '10.78.0.9', bind: '0.0.0.0' }).find({ type: 'agent-runtime' }, (found) =>
    console.log(JSON.stringify({ from: found.referer.address, port: found.port, txt: found.txt, text: JSON.stringify(found) })),
  );
  look();
`;

describe.skipIf(reason !== null)('three computers on one network', () => {
  let hosts: ClusterHosts;
  const host = (number: number) => hosts.hand(number);
  const id = (number: number) => hosts.id(number);
  const seen = (at: number, of: number) => hosts.seen(at, of);
  const state = async (at: number, of: number) => (await seen(at, of))?.state;

  beforeAll(async () => {
    hosts = await ClusterHosts.make(3);
  });
  afterAll(() => hosts?.close());

  test('a hub that says so is found by mDNS within two seconds, without a name', async () => {
    await host(1).run('cluster create Home --mdns');
    await until(async () => (await host(1).run<ClusterView>('cluster')).mdns.state === 'searching');
    // What is promised is about the network; the command line and what looks are programs that take a while to start.
    const before = Date.now();
    await host(2).run('cluster find');
    const asked = Date.now();
    const startMs = asked - before;
    await host(2).run('cluster look');
    const found = await until(async () => {
      const { items } = await host(2).run<{ items: DiscoveredNode[] }>('cluster find');
      return items.find(({ source }) => source === 'mdns');
    });
    expect(found).toMatchObject({ address: '10.77.0.1:7421', node: null, name: null });
    expect(found.seenAt - asked).toBeLessThan(2_000 + 2 * startMs);
  });

  test('a node on two networks is found on both, by its address there and under no name of its own', async () => {
    const far = await hosts.network.secondNetwork(1, '10.78.0.1', '10.78.0.9');
    const [program = '', ...rest] = [...far, process.execPath, '--input-type=module', '-e', looker];
    const child = spawn(program, rest, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    await until(() => said.includes('\n'), 30_000);
    child.kill('SIGKILL');
    const found = JSON.parse(said.split('\n')[0] ?? '') as { from: string; port: number; txt: object; text: string };
    expect(found).toMatchObject({
      from: '10.78.0.1',
      port: 7421,
      txt: { v: '1', t: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(Object.keys(found.txt)).toEqual(['v', 't']);
    for (const secret of [hostname(), 'Home', id(1)]) expect(found.text).not.toContain(secret);
  });

  test('two more are taken in, and each knows the others', async () => {
    await takeIn(host(1), host(2), '10.77.0.1', '--mdns');
    await takeIn(host(1), host(3), '10.77.0.1', '--mdns');
    for (const at of [1, 2, 3] as const)
      for (const of of [1, 2, 3] as const)
        if (at !== of) await until(async () => (await state(at, of)) === 'alive', 30_000);
    expect(await seen(2, 3)).toMatchObject({ introduced: true, address: '10.77.0.3:7421' });
    const { items } = await host(3).run<{ items: DiscoveredNode[] }>('cluster find');
    await until(() => items.length > 0);
    await until(async () => {
      const known = await host(3).run<{ items: DiscoveredNode[] }>('cluster find');
      return known.items.filter(({ source, node }) => source === 'mdns' && node !== null).length === 2;
    }, 30_000);
  });

  test('a node that goes to another address is met there again', async () => {
    await hosts.network.move(2, '10.77.0.2', '10.77.0.22');
    await until(async () => (await seen(1, 2))?.address === '10.77.0.22:7421', 60_000);
    await until(async () => (await state(1, 2)) === 'alive' && (await state(3, 2)) === 'alive', 90_000);
    expect(await host(3).run(`node --node ${id(2)}`)).toMatchObject({ id: id(2) });
    expect(await host(2).run(`node --node ${id(3)}`)).toMatchObject({ id: id(3) });
  });

  test('a node whose cable is pulled is suspect to the others, and alive when it is back', async () => {
    await hosts.network.link(3, 'down');
    await until(async () => (await state(1, 3)) !== 'alive' && (await state(2, 3)) !== 'alive', 60_000);
    expect(await state(1, 2)).toBe('alive');
    await hosts.network.link(3, 'up');
    await until(async () => (await state(1, 3)) === 'alive' && (await state(2, 3)) === 'alive', 120_000);
  });

  test('a network without multicast does a node no harm', async () => {
    await hosts.network.withoutMulticast();
    const begun = Date.now();
    await until(async () => {
      const { items } = await host(3).run<{ items: DiscoveredNode[] }>('cluster find');
      return items.every(({ source, seenAt }) => source !== 'mdns' || seenAt < begun);
    }, 60_000);
    expect(await host(1).run(`node --node ${id(3)}`)).toMatchObject({ id: id(3) });
    expect(hosts.isUp(3)).toBe(true);
    expect(await state(1, 3)).toBe('alive');
  });

  test('without multicast too, a node that goes to another address is met there again: it calls those it knows', async () => {
    await hosts.network.move(2, '10.77.0.22', '10.77.0.2');
    await until(async () => (await seen(1, 2))?.address === '10.77.0.2:7421', 90_000);
    await until(async () => (await state(1, 2)) === 'alive' && (await state(3, 2)) === 'alive', 90_000);
  });

  test('a node without any address lives on, and is met again when it has one', async () => {
    await hosts.network.withoutAddress(3, '10.77.0.3');
    await until(async () => (await state(1, 3)) !== 'alive', 60_000);
    expect(await host(3).run(`node`)).toMatchObject({ id: id(3) });
    await hosts.network.withAddress(3, '10.77.0.3');
    await until(async () => (await state(1, 3)) === 'alive' && (await state(2, 3)) === 'alive', 120_000);
    expect(hosts.isUp(3)).toBe(true);
  });
});
