import { describe, expect, onTestFinished, test } from 'vitest';
import { draws } from '../world/draws.ts';
import { PostgresServer, postgresBin } from '../world/postgres-server.ts';
import { PostgresWriter } from '../world/postgres-writer.ts';
import { randomMoment } from '../world/random-moment.ts';
import { until } from '../world/until.ts';

const rounds = Number(process.env['PG_FAULTS'] ?? 6);
const usualPatienceMs = 5_000;

describe.skipIf(!postgresBin)('a PostgreSQL server that comes and goes', () => {
  test.each([
    ['stays away shorter than nodes wait', 300, usualPatienceMs],
    ['stays away longer than nodes wait', 900, 200],
  ])(
    'loses nothing that was acknowledged and keeps nothing that was refused, when it %s',
    async (_, awayMs, patience) => {
      const chance = draws();
      const server = await PostgresServer.open();
      onTestFinished(() => server.close());
      const writers = [
        await PostgresWriter.open(server.url(), 'n1', patience),
        await PostgresWriter.open(server.url(), 'n2', patience),
      ];
      onTestFinished(async () => {
        for (const writer of writers) await writer.close();
      });
      const writing = Promise.all(writers.map((writer) => writer.write()));
      for (let round = 0; round < rounds; round++) {
        await randomMoment(chance.int(200, 900));
        const before = writers.map(({ acknowledged }) => acknowledged);
        if (chance.chance(0.5)) await server.kill();
        else await server.stop();
        await randomMoment(awayMs);
        await server.start();
        const back = performance.now();
        await until(() => writers.every(({ acknowledged }, index) => acknowledged > (before[index] as number)), 20_000);
        expect(performance.now() - back, `${chance.label}, round ${round}: works again`).toBeLessThan(5_000);
      }
      for (const writer of writers) writer.end();
      await writing;
      const reports = await Promise.all(writers.map((writer) => writer.report()));
      console.log(`${chance.label}: ${rounds} restarts, ${JSON.stringify(reports)}`);
      for (const { problems, acknowledged } of reports) {
        expect(problems, chance.label).toEqual([]);
        expect(acknowledged).toBeGreaterThan(rounds);
      }
    },
  );
});
