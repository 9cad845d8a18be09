import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openNode } from '../../src/main/compose/open-node.ts';
import { clientOf } from '../../src/shared/api.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { draws } from '../world/draws.ts';
import { script, wake } from '../world/make.ts';
import { drained, entriesOf, kept } from '../world/outcomes.ts';
import { makeDatabasesOn, PostgresServer, postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { randomMoment } from '../world/random-moment.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
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
  // Also where a try ended while it was away.
  beforeEach(async () => {
    if (!server.isUp) await server.start();
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

  test('are let go in a moment though events keep coming, also when it is away, and go on with what waits', async () => {
    await using world = await createWorld({ journal: 'postgres', sandbox, expects });
    const accepted: number[] = [];
    for (const isAway of [false, true]) {
      const process = world.known('a') ? await world.takenUp('a') : await world.started('a', counting);
      let isOver = false;
      const waking = (async () => {
        for (let n = accepted.length + 1; !isOver; n++)
          await wake(process, { n }, String(n)).then(
            () => accepted.push(n),
            () => {},
          );
      })();
      const before = accepted.length;
      await until(() => accepted.length > before + 20);
      if (isAway) await server.kill();
      try {
        const begun = performance.now();
        await process.close();
        // Nothing but the step under way is waited for; without the server, until patience with it ends.
        expect(performance.now() - begun).toBeLessThan(isAway ? 15_000 : 5_000);
      } finally {
        isOver = true;
        if (isAway) await server.start();
        await waking;
      }
    }
    const process = await world.takenUp('a');
    await drained(process);
    expect(kept(process, 'seen')).toEqual(expect.arrayContaining(accepted));
    const done = world.ledger.done('put') as number[];
    expect(new Set(done).size).toBe(done.length);
  });

  test('on a node: stop when it is away for longer than a lease lasts, and go on by themselves', async () => {
    const folder = scratchFolder();
    const url = await postgresDatabase(folder);
    const open = async () => {
      const node = await openNode({ dataDir: folder, port: 0, logLevel: 'error' });
      const client = clientOf(async (name, input) => {
        const answer = await node.call(name, input);
        if ('error' in answer) throw new RuntimeError(answer.error.code, answer.error.message, answer.error.details);
        return answer.value;
      });
      return { node, client };
    };
    const before = await open();
    const manifest = {
      version: '1.0',
      name: 'p',
      model: 'script',
      script: `export default async function run(event, agent) {
        await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);
        return 'seen';
      }`,
    };
    await before.client.createProcess({ manifest });
    await before.client.startProcess({ name: 'p' });
    await before.client.moveToDatabase({ url });
    await before.node.close();
    const { node, client } = await open();
    onTestFinished(() => node.close());
    const seen = async () => (await client.getContext({ name: 'p' })).items.find(({ key }) => key === 'seen')?.value;
    await client.wakeProcess({ name: 'p', payload: { n: 1 } });
    await until(async () => isDeepStrictEqual(await seen(), [1]));
    await server.kill();
    const refusal = client.wakeProcess({ name: 'p', payload: { n: 2 } });
    await expect(refusal).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    const { ownership } = node.runtime.parts;
    await until(() => !ownership.owns('p'), 15_000);
    await randomMoment(4_000);
    await server.start();
    const back = performance.now();
    await until(() => ownership.owns('p'), 10_000);
    await until(() => client.wakeProcess({ name: 'p', payload: { n: 3 }, idempotencyKey: 'third' }), 10_000);
    await until(async () => isDeepStrictEqual(await seen(), [1, 3]), 10_000);
    expect(performance.now() - back).toBeLessThan(10_000);
  });
});
