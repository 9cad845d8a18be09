import { parseArgs } from 'node:util';
import { OpenAI } from 'openai';
import { connectModel } from '../src/main/agent/models/connect-model.ts';
import type { ModelMessage, ToolSchema } from '../src/main/agent/models/model.ts';
import { modelServerProcess } from './model-server-process.ts';

/**
 * What asking a model costs on our side: a run of two calls (the model asks for a tool, then answers) against a local
 * server in its own process. The floor is the bare openai client over the global fetch, in the same run and machine, so
 * the ratios hold where absolute figures do not. `--json` prints one line for the table of results.
 */
const messages: ModelMessage[] = [
  { role: 'system', content: 'You are a careful agent. Use the tools you are given. '.repeat(10) },
  { role: 'user', content: 'call add {"a":2,"b":3}' },
];
const tools: ToolSchema[] = [
  {
    name: 'add',
    description: 'Adds two numbers.',
    parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  },
];

type Run = () => Promise<void>;

function ourRun(baseUrl: string, stream: boolean): Run {
  const model = connectModel('openai:bench', { baseUrl, env: {}, stream });
  const { signal } = new AbortController();
  return async () => {
    const first = await model.ask({ messages, tools, signal });
    const [call] = first.toolCalls;
    if (call?.name !== 'add') throw new Error(`expected a call of add, got ${JSON.stringify(first)}`);
    const history: ModelMessage[] = [
      ...messages,
      { role: 'assistant', content: first.text, toolCalls: first.toolCalls },
      { role: 'tool', toolCallId: call.id, content: '5' },
    ];
    const last = await model.ask({ messages: history, tools, signal });
    if (last.text !== 'echo: 5') throw new Error(`expected the echo, got ${last.text}`);
  };
}

type Message = OpenAI.ChatCompletionMessageParam;

function bareRun(baseURL: string, stream: boolean): Run {
  const client = new OpenAI({ baseURL, apiKey: 'bench', maxRetries: 0 });
  const offered = tools.map((tool): OpenAI.ChatCompletionTool => ({ type: 'function', function: { ...tool } }));
  const ask = async (
    asked: Message[],
  ): Promise<{ content: string; calls: OpenAI.ChatCompletionMessageFunctionToolCall[] }> => {
    const body = { model: 'bench', messages: asked, tools: offered };
    if (stream)
      return collected(
        await client.chat.completions.create({ ...body, stream, stream_options: { include_usage: true } }),
      );
    const message = (await client.chat.completions.create(body)).choices[0]?.message;
    const calls = (message?.tool_calls ?? []) as OpenAI.ChatCompletionMessageFunctionToolCall[];
    return { content: message?.content ?? '', calls };
  };
  return async () => {
    const first = await ask(messages as Message[]);
    const id = first.calls[0]?.id ?? '';
    const assistant: Message = { role: 'assistant', content: null, tool_calls: first.calls };
    const last = await ask([...(messages as Message[]), assistant, { role: 'tool', tool_call_id: id, content: '5' }]);
    if (last.content !== 'echo: 5') throw new Error(`expected the echo, got ${last.content}`);
  };
}

async function collected(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  let content = '';
  const calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
  for await (const { choices } of chunks) {
    const delta = choices[0]?.delta;
    content += delta?.content ?? '';
    for (const piece of delta?.tool_calls ?? []) {
      const call = (calls[piece.index] ??= {
        id: piece.id ?? '',
        type: 'function',
        function: { name: '', arguments: '' },
      });
      call.function.name += piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
    }
  }
  return { content, calls };
}

interface Measured {
  runsPerSecond: number;
  cpuMs: number;
  p50Ms: number;
}

async function measure(run: Run, atOnce: number, forMs: number): Promise<Measured> {
  const took: number[] = [];
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const worker = async () => {
    while (performance.now() - begin < forMs) {
      const from = performance.now();
      await run();
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const ms = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  const p50Ms = took.sort((a, b) => a - b)[took.length >> 1] ?? 0;
  return { runsPerSecond: (took.length * 1_000) / ms, cpuMs: (user + system) / 1_000 / took.length, p50Ms };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

function summary(rounds: Measured[]): Measured {
  const of = (pick: (one: Measured) => number) => median(rounds.map(pick));
  return { runsPerSecond: of((r) => r.runsPerSecond), cpuMs: of((r) => r.cpuMs), p50Ms: of((r) => r.p50Ms) };
}

/** Both ways in turn, three rounds each, so that what else the machine does hits both. */
async function compare(url: string, stream: boolean, atOnce: number): Promise<{ ours: Measured; bare: Measured }> {
  const ours = ourRun(url, stream);
  const bare = bareRun(url, stream);
  const rounds: { ours: Measured[]; bare: Measured[] } = { ours: [], bare: [] };
  await measure(ours, atOnce, 500);
  await measure(bare, atOnce, 500);
  for (let round = 0; round < 3; round++) {
    rounds.ours.push(await measure(ours, atOnce, 1_000));
    rounds.bare.push(await measure(bare, atOnce, 1_000));
  }
  return { ours: summary(rounds.ours), bare: summary(rounds.bare) };
}

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const server = await modelServerProcess();
const results: Record<string, { ours: Measured; bare: Measured }> = {};
for (const stream of [false, true]) {
  for (const atOnce of [1, 32]) {
    const name = `${stream ? 'streamed' : 'plain'}, ${atOnce} at a time`;
    const { ours, bare } = await compare(server.url, stream, atOnce);
    results[name] = { ours, bare };
    if (values.json) continue;
    const line = (who: string, { runsPerSecond, cpuMs, p50Ms }: Measured) =>
      `  ${who.padEnd(12)} ${runsPerSecond.toFixed(0).padStart(6)} runs/s   p50 ${p50Ms.toFixed(2)} ms   CPU ${cpuMs.toFixed(3)} ms a run`;
    console.log(`${name}\n${line('ours', ours)}\n${line('bare openai', bare)}`);
    console.log(
      `  ratio        ${(ours.runsPerSecond / bare.runsPerSecond).toFixed(2)}× the runs, ${(ours.cpuMs / bare.cpuMs).toFixed(2)}× the CPU`,
    );
  }
}
if (values.json) console.log(JSON.stringify({ bench: 'model-call', results }));
await server.stop();
