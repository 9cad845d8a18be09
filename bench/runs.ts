import { join } from 'node:path';
import OpenAI from 'openai';
import { SqliteJournal } from '../src/main/journal/sqlite-journal.ts';
import { ReadModels } from '../src/main/journal/tables/read-models.ts';
import { AgentProcess } from '../src/main/processes/agent-process.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import { benchFolder } from './child.ts';
import { modelServerProcess } from './model-server-process.ts';

/**
 * One run of an agent with a model: message, a tool call, its answer, the final text. Durable at every step, against a
 * bare loop over the `openai` client in the same run. Run: node bench/runs.ts
 */
const runs = Number(process.env['RUNS'] ?? 400);

async function bare(url: string, count: number, parallel: number): Promise<number> {
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
  const tools = [
    {
      type: 'function' as const,
      function: { name: 'get_context', description: 'reads', parameters: { type: 'object', properties: {} } },
    },
  ];
  const one = async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'You help.' },
      { role: 'user', content: 'call get_context {}' },
    ];
    const first = await client.chat.completions.create({ model: 'm', messages, tools });
    const message = first.choices[0]?.message;
    if (!message?.tool_calls?.[0]) throw new Error('no tool call');
    messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '{}' });
    await client.chat.completions.create({ model: 'm', messages, tools });
  };
  return perSecond(count, parallel, one);
}

async function ours(url: string, count: number, parallel: number): Promise<{ rate: number; cpuMs: number }> {
  const folder = benchFolder();
  const database = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  const journal = new SqliteJournal(database, new ReadModels(database));
  const agent = new AgentProcess({
    name: 'bench',
    journal,
    config: {
      model: { id: 'openai-compatible:m', baseUrl: url },
      instructions: 'You help.',
      concurrency: parallel === 1 ? 1 : 32,
      tools: { set_context: false, delete_context: false, emit_event: false, send_message: false },
      context: { conversationHistory: false },
    },
  });
  await agent.start();
  const waiting: (() => void)[] = [];
  journal.onDurable((entries) => {
    for (const { kind, body } of entries) {
      if (kind !== 'run.settled') continue;
      if (body.outcome !== 'done') throw new Error(JSON.stringify(body.error));
      waiting.shift()?.();
    }
  });
  let key = 0;
  const one = async () => {
    const done = new Promise<void>((resolve) => waiting.push(resolve));
    await agent.wake({
      trigger: 'manual',
      kind: 'manual',
      dedupeKey: `k${key++}`,
      payload: 'call get_context {}',
      metadata: {},
      taint: [],
    });
    await done;
  };
  await perSecond(50, parallel, one);
  const before = process.cpuUsage();
  const rate = await perSecond(count, parallel, one);
  const { user, system } = process.cpuUsage(before);
  await agent.close();
  await journal.close();
  database.close();
  return { rate, cpuMs: (user + system) / 1000 / count };
}

async function perSecond(count: number, parallel: number, one: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (left-- > 0) await one();
    }),
  );
  return (count * 1000) / (performance.now() - begun);
}

const server = await modelServerProcess();
for (const parallel of [1, 32]) {
  await bare(server.url, 50, parallel);
  const floor = await bare(server.url, runs, parallel);
  const { rate, cpuMs } = await ours(server.url, parallel === 1 ? runs : runs * 4, parallel);
  console.log(
    `${String(parallel).padStart(2)} at a time: ours ${rate.toFixed(0)} runs/s (${cpuMs.toFixed(2)} ms CPU a run), bare openai client ${floor.toFixed(0)}, ratio ${(rate / floor).toFixed(2)}`,
  );
}
await server.stop();
