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

/** Schedules of one second on the clock of the system, each firing durable. What they cost and how late is in `bench/cron.ts`. */
const schedules = Number(process.env['SCHEDULES'] ?? 1_000);
const seconds = Number(process.env['SECONDS'] ?? 60);
const perProcess = 20;

test(`G14: ${schedules} schedules of one second fire in each of ${seconds} seconds, once`, async () => {
  const database = openDatabase(join(home(), 'runtime.db'), runtimeMigrations);
  const runtime = new AgentRuntime({ journal: new SqliteJournal(database, new ReadModels(database)), database });
  onTestFinished(() => runtime.close());
  const triggers = Array.from({ length: perProcess }, (_, index) => ({
    type: 'cron' as const,
    id: `tick${index}`,
    cronExpression: '* * * * * *',
    overlap: 'queue_all' as const,
    // A machine that stands still for seconds makes them late, not fewer.
    catchUp: 'all' as const,
    catchUpMax: 1_000,
  }));
  const processes = await Promise.all(
    Array.from({ length: schedules / perProcess }, (_, index) =>
      runtime.register({ name: `p${index}`, config: { ...script('return null'), triggers } }),
    ),
  );
  // What fires is kept and waits: this is about firing, not about what scripts do then.
  for (const process of processes) {
    await process.start();
    await process.suspend();
  }
  const begun = Date.now();
  const last = begun + seconds * 1_000;
  const newest = () =>
    Math.min(...processes.flatMap(({ snapshot }) => triggers.map(({ id }) => snapshot.instants.get(id) ?? 0)));
  await until(() => newest() >= last, seconds * 1_000 + 60_000);
  const late: number[] = [];
  for (const { snapshot } of processes) {
    const fired = Map.groupBy(snapshot.queue.values(), ({ trigger }) => trigger);
    expect(fired.size).toBe(perProcess);
    for (const [trigger, events] of fired) {
      const instants = events.map(({ payload }) => Date.parse((payload as { scheduled_time: string }).scheduled_time));
      const due = Array.from({ length: instants.length }, (_, n) => (instants[0] ?? 0) + n * 1_000);
      expect(instants, `${snapshot.process} ${trigger}`).toEqual(due);
      expect(instants[0]).toBeLessThanOrEqual(begun + 1_000);
      expect(instants.length).toBeGreaterThanOrEqual(seconds);
      for (const { metadata } of events) late.push(Number(metadata['lateness_ms']));
    }
  }
  late.sort((a, b) => a - b);
  console.log(
    `${late.length} firings, late p50 ${late[late.length >> 1]} ms, p99 ${late[Math.floor(late.length * 0.99)]} ms`,
  );
});
