import { describe, expect, onTestFinished, test } from 'vitest';
import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { verifyChain } from '../../src/main/journal/replay.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { draws } from '../world/draws.ts';
import { makeDatabasesOn, PostgresServer, postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { randomMoment } from '../world/random-moment.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { noting, SharedNode } from '../world/shared-nodes.ts';
import { until } from '../world/until.ts';

const rounds = Number(process.env['PG_FAULTS'] ?? 3);

describe.skipIf(!postgresBin)('three nodes that share a database', () => {
  test('do everything once while processes move, nodes restart, and the server is killed again and again', async () => {
    const chance = draws();
    const server = await PostgresServer.open();
    onTestFinished(() => server.close());
    makeDatabasesOn(server);
    const url = await postgresDatabase(scratchFolder());
    const nodes = [1, 2, 3].map(() => new SharedNode(scratchFolder()));
    onTestFinished(async () => {
      for (const node of nodes) await node.close();
    });
    const names: string[] = [];
    for (const [index, node] of nodes.entries()) {
      await node.start();
      for (const letter of ['x', 'y', 'z']) {
        const name = `p${index}-${letter}`;
        names.push(name);
        await node.client.createProcess({ manifest: noting(name) });
        await node.client.startProcess({ name });
      }
      await node.client.moveToDatabase({ url });
      await node.close();
    }
    for (const node of nodes) await node.start();
    const told = new Map(names.map((name) => [name, 0]));
    let isOver = false;
    const waking = names.map(async (name) => {
      for (let n = 1; !isOver; n++) {
        // Until somebody says yes; with the same key it is the same event, whoever is asked.
        await until(async () => {
          const home = nodes.find((node) => node.has(name));
          return home?.client.wakeProcess({ name, payload: { n }, idempotencyKey: String(n) });
        }, 90_000);
        told.set(name, n);
        await randomMoment(50);
      }
    });
    await until(() => [...told.values()].every((n) => n >= 2), 60_000);
    let moves = 0;
    for (let round = 0; round < rounds; round++) {
      for (let move = 0; move < 2; move++) {
        await randomMoment(chance.int(100, 800));
        const [name, to] = [chance.one(names), chance.one(nodes)];
        const from = nodes.find((node) => node.has(name));
        if (!from || from === to || !to.isUp) continue;
        await from.client.moveProcess({ name, node: to.id }).then(
          () => moves++,
          () => {},
        );
      }
      if (chance.chance(0.7)) await server.kill();
      else await server.stop();
      await randomMoment(chance.int(0, 1_500));
      await server.start();
      if (!chance.chance(0.4)) continue;
      const node = chance.one(nodes);
      await node.close();
      await node.start();
    }
    isOver = true;
    await Promise.all(waking);
    const postgres = await Postgres.open(url);
    onTestFinished(() => postgres.close());
    const journal = await PostgresJournal.open(postgres, { node: 'auditor' });
    let last = 0;
    for (const name of names) {
      const expected = Array.from({ length: told.get(name) ?? 0 }, (_, index) => index + 1);
      const seen = async () => {
        const home = nodes.find((node) => node.has(name));
        const { items } = (await home?.client.getContext({ name })) ?? { items: [] };
        return (items.find(({ key }) => key === 'seen')?.value as number[] | undefined) ?? [];
      };
      await until(async () => (await seen()).length >= expected.length, 60_000);
      const entries = await journal.read(name);
      // Others go first while a run that failed waits for its next try.
      const isInOrder = !entries.some(({ kind }) => kind === 'run.retrying');
      const noted = isInOrder ? await seen() : (await seen()).toSorted((a, b) => a - b);
      expect(noted, `${chance.label}, ${name}`).toEqual(expected);
      expect(await verifyChain(journal, name), `${chance.label}, ${name}`).toMatchObject({ ok: true });
      const epochs = entries.map(({ epoch }) => epoch);
      expect(epochs, 'no owner writes after the next one').toEqual(epochs.toSorted((a, b) => a - b));
      last = Math.max(last, ...epochs);
    }
    const total = [...told.values()].reduce((sum, n) => sum + n, 0);
    console.log(`${chance.label}: ${rounds} restarts, ${moves} moves, ${total} events, up to epoch ${last}`);
    expect(await journal.check()).toEqual([]);
  });
});
