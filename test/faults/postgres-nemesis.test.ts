import { describe, expect, onTestFinished, test } from 'vitest';
import type { Draws } from '../world/draws.ts';
import { draws } from '../world/draws.ts';
import { LoopbackNodes } from '../world/loopback-nodes.ts';
import { NodeNemesis, type Strike } from '../world/node-nemesis.ts';
import { makeDatabasesOn, PostgresServer, postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { RestlessPostgres } from '../world/restless-postgres.ts';
import { scratchFolder } from '../world/scratch-folder.ts';

/** As `cluster-nemesis-real.test.ts`, where PostgreSQL decides who owns what and keeps the journals, and is restarted. */
const seconds = Number(process.env['NEMESIS_SECONDS'] ?? 60);
const restartEveryMs = 10_000;
const random = draws();

/** One fault, drawn: nodes that are killed, stand still, or are restarted in order. */
async function strike(nodes: LoopbackNodes, draw: Draws): Promise<Strike> {
  const node = draw.one(nodes.numbers);
  const lastsMs = draw.int(1_000, 20_000);
  const undo = () => nodes.restart(node);
  switch (draw.int(1, 3)) {
    case 1:
      await nodes.child(node).kill('SIGKILL');
      return { deed: `kill ${node}`, lastsMs, undo };
    case 2:
      await nodes.child(node).kill('SIGTERM');
      return { deed: `end ${node}`, lastsMs, undo };
    default: {
      const { process } = nodes.child(node);
      process.kill('SIGSTOP');
      return { deed: `pause ${node}`, lastsMs: 20_000, undo: async () => void process.kill('SIGCONT') };
    }
  }
}

describe.skipIf(!postgresBin)('three nodes with ten agents each that share a database', () => {
  test(`for ${seconds} s in which it is restarted every ten: no agent has two owners, nothing acknowledged is lost (${random.label})`, async () => {
    const server = await PostgresServer.open();
    onTestFinished(() => server.close());
    makeDatabasesOn(server);
    const url = await postgresDatabase(scratchFolder());
    const nodes = await LoopbackNodes.start([scratchFolder(), scratchFolder(), scratchFolder()]);
    onTestFinished(() => nodes.close());
    for (const node of nodes.numbers) {
      expect(await nodes.call(node, 'POST', '/cluster/database', { url }, { timeoutMs: 60_000 })).toMatchObject({
        status: 202,
      });
      await nodes.child(node).kill('SIGTERM');
      await nodes.restart(node);
    }
    let restless: RestlessPostgres | undefined;
    const restarts = draws(random.int(1, 2 ** 31));
    const nemesis = new NodeNemesis({
      outside: nodes,
      strike: (chance) => strike(nodes, chance),
      onBegin: () => (restless = new RestlessPostgres(server, restartEveryMs, restarts)),
      onHeal: async () => restless?.stop(),
      seconds,
      agents: 10,
      random,
    });
    const report = await nemesis.run();
    const { acknowledged, effects, takeOvers, healedAfterMs, deeds } = report;
    console.info(
      `${random.label}: ${restless?.restarts} restarts of the server, ${acknowledged} acknowledged, ${effects} effects, ${takeOvers} changes of owner, healed after ${healedAfterMs} ms; ${deeds.join(', ')}`,
    );
    expect(report).toMatchObject({ overlaps: [], lost: [], twice: [], branches: 0 });
    expect(acknowledged).toBeGreaterThan(0);
  });
});
