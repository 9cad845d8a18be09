import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../src/main/journal/tables/read-models.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { home } from '../world/home.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';

/** What events cost is in `bench/events.ts`; here they are counted, through programs that begin anew. */
const events = Number(process.env['EVENTS'] ?? 100_000);
const subscribers = 10;
const publishers = ['ada', 'bob', 'eve'];
/** As many as fit into a queue. */
const wave = 5_000;

test(`G19: ${events} events reach ${subscribers} subscribers once, in the order of each publisher, through restarts`, async () => {
  const folder = home();
  const open = () => {
    const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
    return new AgentRuntime({ journal: new SqliteJournal(database, new ReadModels(database)), database });
  };
  let runtime = open();
  onTestFinished(() => runtime.close());
  for (let index = 0; index < subscribers; index++) {
    const triggers = [{ type: 'event' as const, eventType: index % 2 ? 'orders.*' : 'orders.paid' }];
    const process = await runtime.register({ name: `p${index}`, config: { ...script('return null'), triggers } });
    await process.start();
    await process.suspend();
  }
  let waves = 0;
  for (let sent = 0; sent < events; sent += wave) {
    const many = Math.min(wave, events - sent);
    const published = Array.from({ length: many }, (_, index) =>
      runtime.publish('orders.paid', sent + index, publishers[index % publishers.length]),
    );
    await Promise.all(published);
    // Closed as soon as all is published: what has not been delivered is the next program's to deliver.
    if (++waves % 4 === 1) {
      await runtime.close();
      runtime = open();
      await runtime.open();
    }
    await until(() => runtime.list().every(({ snapshot }) => snapshot.queue.size >= many), 120_000);
    for (const { snapshot, journaled } of runtime.list()) {
      const heard = new Map<string, number[]>(publishers.map((name) => [name, []]));
      for (const { payload } of snapshot.queue.values()) {
        const { source, data } = payload as { source: string; data: number };
        heard.get(source)?.push(data);
      }
      for (const [index, name] of publishers.entries()) {
        const meant = Array.from({ length: many }, (_, n) => n).filter((n) => n % publishers.length === index);
        expect(heard.get(name), `${snapshot.process} of ${name}`).toEqual(meant.map((n) => sent + n));
      }
      const ended = [...snapshot.queue.keys()].map((id) => ({
        kind: 'event.ended' as const,
        body: { id, outcome: 'cancelled' as const, reason: 'counted', by: 'test' },
      }));
      await journaled.append('end-events', ended);
    }
  }
  for (const { snapshot } of runtime.list()) expect(snapshot.counts.accepted).toBe(events);
});
