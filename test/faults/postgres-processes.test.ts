import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { script, wake } from '../world/make.ts';
import { drained, entriesOf, kept } from '../world/outcomes.ts';
import { makeDatabasesOn, PostgresServer, postgresBin } from '../world/postgres-server.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const rounds = Number(process.env['PG_FAULTS'] ?? 6);
const expects = ['could not be written', 'could not be delivered yet', 'cannot be reached'];
const counting = script(`
  const { n } = await agent.tool('put', { what: event.payload.n });
  await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);
  return n`);

describe.skipIf(!postgresBin)('processes whose journals are on a PostgreSQL server that comes and goes', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.open();
    makeDatabasesOn(server);
  });
  afterAll(() => server?.close());

  test('halt while it is away and go on by themselves: nothing accepted is lost, nothing is done twice', async () => {
    const chance = draws();
    await using world = await createWorld({ journal: 'postgres', sandbox, expects });
    const names = ['a', 'b', 'c'];
    const processes = await Promise.all(names.map((name) => world.started(name, counting)));
    const accepted = new Map<string, number[]>(names.map((name) => [name, []]));
    let isOver = false;
    let refused = 0;
    const waking = processes.map(async (process) => {
      for (let n = 1; !isOver; n++) {
        await wake(process, { n }).then(
          () => accepted.get(process.name)?.push(n),
          () => refused++,
        );
        await randomMoment(20);
      }
    });
    for (let round = 0; round < rounds; round++) {
      await randomMoment(chance.int(200, 1_500));
      if (chance.chance(0.5)) await server.kill();
      else await server.stop();
      await randomMoment(chance.int(0, 1_500));
      await server.start();
      await until(() => processes.every(({ halted }) => halted === null), 20_000);
    }
    isOver = true;
    await Promise.all(waking);
    const resumed: number[] = [];
    for (const process of processes) {
      await drained(process);
      const here = accepted.get(process.name);
      expect(kept(process, 'seen'), `${chance.label}, ${process.name}`).toEqual(here);
      const entries = await entriesOf(world, process);
      resumed.push(entries.filter(({ kind }) => kind === 'journal.resumed').length);
    }
    const all = [...accepted.values()].flat().sort((a, b) => a - b);
    const done = (world.ledger.done('put') as number[]).toSorted((a, b) => a - b);
    console.log(`${chance.label}: ${rounds} restarts, ${all.length} accepted, ${refused} refused, resumed ${resumed}`);
    expect(done, chance.label).toEqual(all);
    expect(all.length).toBeGreaterThan(rounds);
  });
});
