import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqliteJournal } from '../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../src/main/journal/tables/read-models.ts';
import { AgentRuntime } from '../src/main/runtime/agent-runtime.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import { benchFolder, startChild } from './child.ts';

/**
 * How long a killed node needs until everything runs again, and what it costs when idle: ready time (from the start of
 * the program to its ready line) and resident memory 5 s later, when it has given back what the start took. Run: node bench/recovery.ts (after npm run build)
 */
const entry = fileURLToPath(new URL('../out/main/headless.js', import.meta.url));

/** Options of Node itself to try it with, such as NODE_ARGS=--max-semi-space-size=4. */
const nodeOptions = (process.env['NODE_ARGS'] ?? '').split(' ').filter(Boolean);

async function fill(folder: string, processes: number, entries: number): Promise<void> {
  const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  const runtime = new AgentRuntime({ journal: new SqliteJournal(database, new ReadModels(database)), database });
  const agents = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      runtime.register({
        name: `agent${index}`,
        config: {
          model: 'openai-compatible:none',
          instructions: 'Wait.',
          triggers: [{ type: 'cron', cronExpression: '0 3 1 1 *' }],
        },
      }),
    ),
  );
  await Promise.all(agents.map((agent) => agent.start()));
  const each = Math.max(0, Math.floor((entries - processes * 4) / processes));
  for (let n = 0; n < each; n++)
    await Promise.all(
      agents.map((agent) => agent.steering.setContext(`key${n % 20}`, { n, text: 'x'.repeat(200) }, 'bench')),
    );
  // As after kill -9: nothing is released, no checkpoint is written at the end.
  await runtime.journal.close();
  database.close();
}

async function start(folder: string): Promise<{ readyMs: number; rssMb: number }> {
  const { pid, readyMs, kill } = await startChild([...nodeOptions, entry, '--data-dir', folder, '--port', '0']);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  await kill();
  return { readyMs, rssMb };
}

for (const [processes, entries] of [
  [0, 0],
  [1, 10_000],
  [50, 10_000],
  [1_000, 100_000],
] as const) {
  const folder = benchFolder();
  if (processes > 0) await fill(folder, processes, entries);
  const first = await start(folder);
  const second = await start(folder);
  console.log(
    `${processes} agents, ${entries} entries: ready ${first.readyMs.toFixed(0)} ms (again ${second.readyMs.toFixed(0)}), ${second.rssMb.toFixed(0)} MB idle`,
  );
}
// The runtimes that filled the folders were left as a kill leaves them, with all they wait for.
process.exit(0);
