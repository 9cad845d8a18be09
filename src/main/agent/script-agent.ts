import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { Agent, AgentRun } from './agent.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

/**
 * An agent without a model: a script in the sandbox. Everything it does outside is a step of its run; taken up again
 * after a crash it is run from its top and given the recorded answers until it has caught up.
 */
export function scriptAgent(sandbox: Sandbox, code: string): Agent {
  return {
    async run(run) {
      const { id, type, trigger, payload, metadata, at } = run.event;
      return sandbox.run({
        code,
        event: { id, type, trigger, payload, metadata, at },
        context: Object.fromEntries(run.context),
        startedAt: run.startedAt,
        seed: run.seed,
        signal: run.signal,
        call: async (name, args) => ({ value: await perform(run, name, args), at: run.now() }),
      });
    },
    async close() {},
  };
}

/** One `agent.…` call of a script, as a step of its run. Names are those of the sandbox. */
async function perform(run: AgentRun, name: string, args: Json[]): Promise<Json> {
  const [first = null, second = null] = args;
  switch (name) {
    case 'tool': {
      const { content, isError } = await run.tool(text(name, first), second ?? {});
      if (isError)
        throw new RuntimeError(
          'TOOL_FAILED',
          `${first} reports: ${typeof content === 'string' ? content : JSON.stringify(content)}`,
          { content },
        );
      return content;
    }
    case 'context.set':
      return nothing(run.setContext(text(name, first), second));
    case 'context.delete':
      return nothing(run.deleteContext(text(name, first)));
    case 'emit':
      return nothing(run.emit(text(name, first), second));
    case 'send':
      return nothing(run.send(text(name, first), second));
    case 'ask':
      return run.ask(text(name, first));
    case 'sleep':
      return nothing(run.wait(duration(first)));
    case 'log':
      return nothing(run.log(args.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')));
    case 'memory.store':
    case 'memory.search':
    case 'memory.forget':
      return (await run.tool(`${name.slice(7)}_memory`, memoryArgs(name, args))).content;
    default:
      throw new RuntimeError('SCRIPT_FAILED', `agent.${name} does not exist.`);
  }
}

function memoryArgs(name: string, [first = null, second = null]: Json[]): Json {
  if (name === 'memory.store') return { content: first, ...(second === null ? {} : { tags: second }) };
  if (name === 'memory.search') return { query: first, ...(second === null ? {} : { limit: second }) };
  return { memory_id: first };
}

async function nothing(done: Promise<void>): Promise<null> {
  await done;
  return null;
}

function text(name: string, value: Json): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new RuntimeError(
    'SCRIPT_FAILED',
    `agent.${name} wants text as its first argument, not ${JSON.stringify(value)}.`,
  );
}

function duration(value: Json): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new RuntimeError('SCRIPT_FAILED', `agent.sleep wants milliseconds, not ${JSON.stringify(value)}.`);
}
