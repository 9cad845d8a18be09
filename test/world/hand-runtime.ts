import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../../src/main/journal/tables/read-models.ts';
import { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { clientOf, operations, type RuntimeClient } from '../../src/shared/api.ts';
import { HandClock } from './hand-clock.ts';
import { home } from './home.ts';

export interface HandRuntime {
  readonly runtime: AgentRuntime;
  readonly api: RuntimeClient;
  readonly clock: HandClock;
  /** The same data folder under a runtime that starts anew, after this one has closed in order. */
  restart(): Promise<HandRuntime>;
  /** The same, but this one never gets to say goodbye: what it has not written by now is lost. */
  kill(meanwhile?: () => void, away?: string): Promise<HandRuntime>;
}

/** A runtime on a real database, under a clock that a test turns. */
export async function handRuntime(clock = new HandClock(), folder = home(), away?: string): Promise<HandRuntime> {
  const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  const journal = new SqliteJournal(database, new ReadModels(database), clock);
  let alive = true;
  const runtime = new AgentRuntime({ journal, database, parts: { clock, log: () => {}, ...(away ? { away } : {}) } });
  onTestFinished(async () => {
    if (alive) await runtime.close();
  });
  await runtime.open();
  const table = runtimeApi(runtime, { url: () => null, dataDir: folder, desktop: false });
  const api = clientOf(async (name, input) => {
    const call = table[name] as (input: unknown, by: string) => Promise<unknown>;
    return call(operations[name].input.parse(input), 'user');
  });
  return {
    runtime,
    api,
    clock,
    async restart() {
      alive = false;
      await runtime.close();
      return handRuntime(clock, folder);
    },
    async kill(meanwhile, why) {
      alive = false;
      runtime.parts.alarm.close();
      database.close();
      await clock.settle();
      await runtime.parts.close();
      meanwhile?.();
      return handRuntime(clock, folder, why);
    },
  };
}
