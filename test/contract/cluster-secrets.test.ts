import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClusterBook } from '../../src/main/cluster/cluster-book.ts';
import { openIdentity } from '../../src/main/cluster/identity/identity.ts';
import { makeOffer, openParcel, sealParcel } from '../../src/main/cluster/moving/secret-parcel.ts';
import { writeDatabaseSetting } from '../../src/main/cluster/postgres/database-setting.ts';
import { openSecretStore } from '../../src/main/store/secret-store.ts';
import { caught, caughtLater } from '../world/caught.ts';
import { pairOf } from '../world/linked-node.ts';
import { PostgresServer, postgresBin } from '../world/postgres-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { SharedNode } from '../world/shared-nodes.ts';
import { until } from '../world/until.ts';

interface Pair {
  a: SharedNode;
  b: SharedNode;
  /** All files in which anything of them is. */
  folders: string[];
}

async function started(nodes: readonly SharedNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()));
  for (const node of nodes) {
    await until(async () => {
      const { nodes: known } = await node.client.cluster({});
      return known.length === 2 && known.every(({ state }) => state === 'alive');
    }, 20_000);
  }
}

/** Two nodes that were paired: `a` is the hub, `b` a member. */
async function paired(): Promise<Pair> {
  const [a, b] = [new SharedNode(scratchFolder()), new SharedNode(scratchFolder())];
  onTestFinished(async () => {
    for (const node of [a, b]) await node.close();
  });
  await Promise.all([a.start(), b.start()]);
  const { cluster, port } = await a.client.createCluster({ name: 'home', port: 0 });
  const ids = [a.id, b.id] as const;
  await Promise.all([a.close(), b.close()]);
  const bookOf = (node: SharedNode) => new ClusterBook(join(node.folder, 'cluster.json'));
  bookOf(a).put(pairOf(ids[1], 'b', 'member'));
  bookOf(b).put(pairOf(ids[0], 'a', 'hub', [`127.0.0.1:${port}`]));
  bookOf(b).change({ cluster, port: 0 });
  await started([a, b]);
  return { a, b, folders: [a.folder, b.folder] };
}

/** Two nodes at one database, which are not paired. */
async function sharing(): Promise<Pair> {
  const server = await PostgresServer.open();
  onTestFinished(() => server.close());
  const [a, b] = [new SharedNode(scratchFolder()), new SharedNode(scratchFolder())];
  onTestFinished(async () => {
    for (const node of [a, b]) await node.close();
  });
  for (const { folder } of [a, b])
    writeDatabaseSetting(folder, { url: server.url(), state: 'in use', since: 0, problem: null });
  await started([a, b]);
  return { a, b, folders: [a.folder, b.folder, server.folder] };
}

/** What calls came in, by the key that they showed. */
async function door(): Promise<{ host: string; keys: string[] }> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    keys.push(String(request.headers['x-key']));
    response.end('ok');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}

/** What lies in the vault of a node for the agent: names with versions. */
function vaultOf({ folder }: SharedNode): [string, number][] {
  const store = openSecretStore(join(folder, 'secrets.db'));
  try {
    return store.all('caller').map(({ name, version }) => [name, version]);
  } finally {
    store.close();
  }
}

const caller = (host: string) => ({
  version: '1.0',
  name: 'caller',
  model: 'script',
  script: `export default async function run(event, agent) {
    await agent.tool('http_fetch', { url: 'http://${host}/', headers: { 'x-key': 'secret://API_KEY' } });
    return 'called';
  }`,
  tools: { http_fetch: { allow_hosts: [host] } },
});

function filesWith(folder: string, bytes: Buffer): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.map((one) => join(one.parentPath, one.name)).filter((file) => readFileSync(file).includes(bytes));
}

const kinds = { 'are paired': paired, ...(postgresBin ? { 'share a database': sharing } : {}) };

describe.each(Object.entries(kinds))('between nodes that %s', (_, open) => {
  test('the secrets an agent names go along with it, and are in no file but sealed in vaults', async () => {
    const { a, b, folders } = await open();
    const { host, keys } = await door();
    const value = `hush-${randomUUID()}`;
    await a.client.createProcess({ manifest: caller(host) });
    await a.client.startProcess({ name: 'caller' });
    await a.client.setSecret({ name: 'caller', secret: 'API_KEY', value });
    await a.client.setSecret({ name: 'caller', secret: 'OTHER', value: 'not-named-anywhere' });
    await until(async () => (await a.client.placement({ name: 'caller' })).nodes.length === 2);
    const { nodes } = await a.client.placement({ name: 'caller' });
    expect(nodes.map(({ reasons }) => reasons)).toEqual([[], []]);
    await a.client.moveProcess({ name: 'caller', node: b.id });
    await b.client.wakeProcess({ name: 'caller', payload: {} });
    await until(() => keys.length === 1, 20_000);
    expect(keys).toEqual([value]);
    const { items } = await b.client.listSecrets({ name: 'caller' });
    expect(items).toMatchObject([{ name: 'API_KEY', source: 'api', version: 1 }]);
    await b.client.moveProcess({ name: 'caller', node: a.id });
    await a.client.wakeProcess({ name: 'caller', payload: {} });
    await until(() => keys.length === 2, 20_000);
    expect(keys).toEqual([value, value]);
    // What it does not name stays where it was set.
    const left = (await a.client.listSecrets({ name: 'caller' })).items.map(({ name }) => name);
    expect(left).toEqual(['API_KEY', 'OTHER']);
    for (const node of [a, b]) await node.close();
    for (const folder of folders) {
      for (const form of ['utf8', 'base64', 'hex'] as const) {
        const text = Buffer.from(value).toString(form);
        expect(filesWith(folder, Buffer.from(text)), `${form} in ${folder}`).toEqual([]);
      }
    }
    // The same look finds what is not kept secret.
    expect(folders.flatMap((folder) => filesWith(folder, Buffer.from('secret://API_KEY'))).length).toBeGreaterThan(0);
  }, 90_000);
});

describe.each(Object.entries(kinds))('between nodes that %s', (kind, open) => {
  test('an agent that is taken over has the secrets it names, with their newest values', async () => {
    const { a, b } = await open();
    const { host, keys } = await door();
    const plain = { ...caller(host), placement: { failover: 'auto' as const } };
    const both = { ...plain, script: plain.script.replace("'secret://API_KEY'", "'secret://API_KEY secret://OTHER'") };
    await a.client.createProcess({ manifest: both });
    await a.client.startProcess({ name: 'caller' });
    for (const secret of ['API_KEY', 'OTHER']) await a.client.setSecret({ name: 'caller', secret, value: 'first' });
    await until(() => vaultOf(b).length === 2, 30_000);
    await a.client.setSecret({ name: 'caller', secret: 'API_KEY', value: 'second' });
    await a.client.updateProcess({ name: 'caller', manifest: JSON.stringify(plain) });
    await until(() => isDeepStrictEqual(vaultOf(b), [['API_KEY', 2]]), 30_000);
    await until(async () => {
      const { copySeq, ownerSeq } = await b.client.takeOver({ name: 'caller' });
      // At a database the journal is the owner's own.
      return kind === 'share a database' || (ownerSeq !== null && copySeq >= ownerSeq);
    }, 30_000);
    await b.client.takeOver({ name: 'caller', confirm: true });
    await until(() => b.has('caller'), 20_000);
    await b.client.wakeProcess({ name: 'caller', payload: {} });
    await until(() => keys.length === 1, 20_000);
    expect(keys).toEqual(['second']);
  }, 120_000);
});

test('a secret that may not go along has the move refused before anything is stopped, by its name', async () => {
  const { a, b } = await paired();
  await a.client.createProcess({ manifest: caller('127.0.0.1:1') });
  await a.client.startProcess({ name: 'caller' });
  await a.client.setSecret({ name: 'caller', secret: 'API_KEY', value: 'hush-hush' });
  await a.client.setPeerRole({ node: b.id, role: 'operate' });
  const refused = await caughtLater(a.client.moveProcess({ name: 'caller', node: b.id }));
  expect(refused.code).toBe('PLACEMENT_REFUSED');
  expect(refused.message).toContain('needs the secret API_KEY of "caller"');
  expect((await a.client.getProcess({ name: 'caller' })).state).toBe('running');
  expect((await a.client.listSecrets({ name: 'caller' })).items).toHaveLength(1);
}, 60_000);

describe('a parcel of secrets', () => {
  const target = () => {
    const to = openIdentity(scratchFolder());
    return { to, label: { process: 'p', from: 'a', to: to.node } };
  };

  test('opens for the node that offered the key, and what it was sealed for', () => {
    const { to, label } = target();
    const { privateKey, offer } = makeOffer(to, label);
    const parcel = sealParcel(offer, label, 'hush');
    expect(JSON.stringify(parcel)).not.toContain('hush');
    expect(openParcel(privateKey, label, parcel)).toBe('hush');
    expect(caught(() => openParcel(privateKey, { ...label, process: 'q' }, parcel)).code).toBe('REQUEST_INVALID');
    expect(caught(() => openParcel(makeOffer(to, label).privateKey, label, parcel)).code).toBe('REQUEST_INVALID');
  });

  test('is sealed for nobody else: not for another node, not for an offer of another move', () => {
    const { to, label } = target();
    const stranger = openIdentity(scratchFolder());
    const refuses = (offer: Parameters<typeof sealParcel>[0]) =>
      expect(caught(() => sealParcel(offer, label, 'hush')).code).toBe('PEER_REFUSED');
    refuses(makeOffer(stranger, label).offer);
    refuses(makeOffer(to, { ...label, process: 'q' }).offer);
    const mixed = { ...(makeOffer(stranger, label).offer as object), node: to.publicKey.toString('base64') };
    refuses(mixed);
  });
});
