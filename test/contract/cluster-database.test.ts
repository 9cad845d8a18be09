import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Node } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { clientOf, type RuntimeClient } from '../../src/shared/api.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

interface Started {
  node: Node;
  client: RuntimeClient;
  close(): Promise<void>;
}

async function started(dataDir: string, journal: 'sqlite' | 'jsonl' = 'sqlite'): Promise<Started> {
  const node = await openNode({ dataDir, port: 0, journal, logLevel: 'error' });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await node.close();
    isOpen = false;
  };
  onTestFinished(close);
  const client = clientOf(async (name, input) => {
    const answer = await node.call(name, input);
    if ('error' in answer) throw new RuntimeError(answer.error.code, answer.error.message, answer.error.details);
    return answer.value;
  });
  return { node, client, close };
}

const counting = (name: string, failover = 'manual') => ({
  version: '1.0',
  name,
  model: 'script',
  script: `export default async function run(event, agent) {
    await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);
    return 'seen ' + event.payload.n;
  }`,
  placement: { failover },
});

async function create(client: RuntimeClient, name: string, failover?: string): Promise<void> {
  await client.createProcess({ manifest: counting(name, failover) });
  await client.startProcess({ name });
}

async function wake(client: RuntimeClient, name: string, n: number): Promise<void> {
  await client.wakeProcess({ name, payload: { n } });
  await until(async () => (await seen(client, name)).includes(n));
}

async function seen(client: RuntimeClient, name: string): Promise<unknown[]> {
  const { items } = await client.getContext({ name });
  return (items.find(({ key }) => key === 'seen')?.value as unknown[]) ?? [];
}

describe.skipIf(!postgresBin)('a node that moves to a shared database', () => {
  test.each(['sqlite', 'jsonl'] as const)('takes all it has along from %s, and goes on there', async (kind) => {
    const [folder, url] = [scratchFolder(), await postgresDatabase(scratchFolder())];
    const before = await started(folder, kind);
    await create(before.client, 'counter');
    await create(before.client, 'idle');
    await wake(before.client, 'counter', 1);
    const moved = await before.client.moveToDatabase({ url });
    expect(moved).toMatchObject({ streams: 3, restartNeeded: true });
    expect(await before.client.clusterDatabase({})).toMatchObject({ engine: kind, state: 'staged', problem: null });
    expect(statSync(join(folder, 'database.json')).mode & 0o077, 'it may hold a password').toBe(0);
    await wake(before.client, 'counter', 2);
    const runsBefore = (await before.client.listRuns({ process: 'counter' })).items;
    await before.close();

    for (const n of [3, 4]) {
      const after = await started(folder, kind);
      expect(await after.client.clusterDatabase({})).toMatchObject({
        engine: 'postgres',
        state: 'in use',
        limits: { nodes: null },
      });
      expect((await after.client.listProcesses({})).items.map(({ name, state }) => [name, state])).toEqual([
        ['counter', 'running'],
        ['idle', 'running'],
      ]);
      await wake(after.client, 'counter', n);
      expect(await seen(after.client, 'counter')).toEqual(Array.from({ length: n }, (_, index) => index + 1));
      const runs = (await after.client.listRuns({ process: 'counter' })).items;
      expect(runs).toHaveLength(n);
      expect(runs.slice(-2)).toEqual(runsBefore);
      expect(await after.client.verifyJournal({ name: 'counter' })).toMatchObject({ ok: true });
      const { checks } = await after.client.doctor({});
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(await after.client.rebuildReadModels({})).toMatchObject({ equal: true });
      await expect(after.client.backup({})).rejects.toMatchObject({ message: expect.stringContaining('pg_dump') });
      await after.close();
    }
  });

  test('goes on with what it had when the database is away, and says so', async () => {
    const [folder, url] = [scratchFolder(), await postgresDatabase(scratchFolder())];
    const before = await started(folder);
    await create(before.client, 'counter');
    await before.client.moveToDatabase({ url });
    await before.close();
    const postgres = await Postgres.open(url);
    await postgres.query('ALTER TABLE streams RENAME TO elsewhere');
    const after = await started(folder);
    expect(await after.client.clusterDatabase({})).toMatchObject({ engine: 'sqlite', state: 'staged' });
    expect((await after.client.clusterDatabase({})).problem).toContain('streams');
    await wake(after.client, 'counter', 1);
    await after.close();
    await postgres.query('ALTER TABLE elsewhere RENAME TO streams');
    await postgres.close();
    const again = await started(folder);
    expect(await again.client.clusterDatabase({})).toMatchObject({ engine: 'postgres', problem: null });
    expect(await seen(again.client, 'counter')).toEqual([1]);
  });

  test('refuses an address that is none, a server that is away, and a name that has another past there', async () => {
    const [folder, url] = [scratchFolder(), await postgresDatabase(scratchFolder())];
    const { client } = await started(folder);
    await expect(client.moveToDatabase({ url: 'mysql://x/y' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(client.moveToDatabase({ url: 'postgres://agent@127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
    const other = await started(scratchFolder());
    for (const one of [client, other.client]) await create(one, 'same');
    await other.client.moveToDatabase({ url });
    await expect(client.moveToDatabase({ url })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(await client.clusterDatabase({})).toMatchObject({ state: 'own' });
  });

  test('leaves to another node what that has, and takes it up when that ends', async () => {
    const url = await postgresDatabase(scratchFolder());
    const folders = [scratchFolder(), scratchFolder()] as const;
    for (const [index, folder] of folders.entries()) {
      const own = await started(folder);
      await create(own.client, `auto-${index}`, 'auto');
      await create(own.client, `manual-${index}`);
      await own.client.moveToDatabase({ url });
      await own.close();
    }
    const [a, b] = [await started(folders[0]), await started(folders[1])];
    const names = async ({ client }: Started) => (await client.listProcesses({})).items.map(({ name }) => name);
    expect([await names(a), await names(b)]).toEqual([
      ['auto-0', 'manual-0'],
      ['auto-1', 'manual-1'],
    ]);
    await wake(a.client, 'auto-0', 1);
    // The policy of a definition is told with a renewal.
    const postgres = await Postgres.open(url);
    onTestFinished(() => postgres.close());
    await until(async () => {
      const found = await postgres.query("SELECT FROM leases WHERE process = 'auto-0' AND failover = 'auto'");
      return found.length > 0;
    }, 15_000);
    // Who ends in order gives away what goes on elsewhere by itself.
    await a.close();
    await until(async () => (await names(b)).includes('auto-0'));
    await wake(b.client, 'auto-0', 2);
    expect(await seen(b.client, 'auto-0')).toEqual([1, 2]);
    expect((await b.client.listRuns({ process: 'auto-0' })).items, 'also what ran there').toHaveLength(2);
    expect(await names(b)).toEqual(['auto-0', 'auto-1', 'manual-1']);
    const back = await started(folders[0]);
    expect(await names(back)).toEqual(['manual-0']);
    await wake(back.client, 'manual-0', 5);
  });

  test('gives a process to another node and back, and takes one that a person takes', async () => {
    const url = await postgresDatabase(scratchFolder());
    const folders = [scratchFolder(), scratchFolder()] as const;
    for (const [index, folder] of folders.entries()) {
      const own = await started(folder);
      await create(own.client, `p${index}`);
      await own.client.moveToDatabase({ url });
      await own.close();
    }
    const [a, b] = [await started(folders[0]), await started(folders[1])];
    const [here, there] = [a.node.runtime.nodeId, b.node.runtime.nodeId];
    for (let n = 1; n <= 4; n += 2) {
      await wake(a.client, 'p0', n);
      expect(await a.client.moveProcess({ name: 'p0', node: there })).toMatchObject({ from: here, to: there });
      await until(() => b.client.getProcess({ name: 'p0' }));
      await wake(b.client, 'p0', n + 1);
      await b.client.moveProcess({ name: 'p0', node: here });
      await until(() => a.client.getProcess({ name: 'p0' }));
    }
    expect(await seen(a.client, 'p0')).toEqual([1, 2, 3, 4]);
    await expect(a.client.moveProcess({ name: 'p0', node: 'nobody' })).rejects.toMatchObject({ code: 'PEER_UNKNOWN' });
    const outlook = await b.client.takeOver({ name: 'p0' });
    expect(outlook).toMatchObject({ owner: here, newEpoch: null });
    const taken = await b.client.takeOver({ name: 'p0', confirm: true });
    expect(taken.newEpoch).toBe(outlook.epoch + 1);
    await wake(b.client, 'p0', 5);
    expect(await seen(b.client, 'p0')).toEqual([1, 2, 3, 4, 5]);
    await until(async () => (await a.client.listProcesses({})).items.length === 0, 15_000);
    expect(await b.client.verifyJournal({ name: 'p0' })).toMatchObject({ ok: true });
  });
});
