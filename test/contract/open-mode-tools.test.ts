import { expect, test } from 'vitest';
import type { AgentRuntime } from '../../src/main/runtime/agent-runtime.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { triggersIn } from '../../src/shared/self-change.ts';
import { wake } from '../world/make.ts';
import { type Call, did, type Got, openAgent } from '../world/open-agent.ts';
import { bodiesOf, drained } from '../world/outcomes.ts';
import { createWorld, type World } from '../world/world.ts';

interface Story {
  config?: ProcessConfigInput;
  /** Done in runs of their own before the story begins. */
  prepared?: Call[];
  calls: Call[];
  /** What the calls gave. */
  got(got: Got[]): void;
  /** What holds afterwards, in this program and in the next. */
  holds(world: World, runtime: AgentRuntime): Promise<void> | void;
}

const present = (runtime: AgentRuntime) => runtime.get('p').snapshot;
const manifest = (runtime: AgentRuntime) => present(runtime).definition?.manifest ?? {};
const doubling: Call = [
  'create_tool',
  {
    tool_name: 'double_it',
    tool_description: 'Doubles a number.',
    parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    javascript_code: 'export default async function run({ n }) { return { doubled: `${n * 2}` }; }',
  },
];

const stories: Record<string, Story> = {
  modify_instructions: {
    config: { instructions: 'Be brief.' },
    calls: [['modify_instructions', { new_instructions: 'Be brief, and say when you are not sure.' }]],
    got: ([first]) => expect(first).toMatchObject({ done: 'it rewrote its instructions' }),
    holds(_world, runtime) {
      expect(runtime.get('p').ability.config.instructions).toBe('Be brief, and say when you are not sure.');
      expect(present(runtime).versions.map(({ by, reason }) => [by.slice(0, 4), reason])).toEqual([
        ['user', 'created'],
        ['run:', 'it rewrote its instructions'],
      ]);
    },
  },
  create_tool: {
    calls: [doubling, ['double_it', { n: 4 }]],
    // The running one is pinned to its definition.
    got: ([first, second]) => {
      expect(first).toMatchObject({ done: 'it made the tool double_it' });
      expect(second).toMatchObject({ code: 'TOOL_UNKNOWN' });
    },
    async holds(world, runtime) {
      const [made, wrong] = await did(world, runtime.get('p'), [
        ['double_it', { n: 21 }],
        ['double_it', { n: 'x' }],
      ]);
      expect(made).toEqual({ doubled: '42' });
      expect(wrong).toMatchObject({ code: 'TOOL_ARGS_INVALID' });
    },
  },
  connect_mcp_server: {
    config: { openMode: { allowedMcpUrls: ['https://tools.example.com/mcp'] } },
    calls: [['connect_mcp_server', { server_name: 'shop', url: 'https://TOOLS.example.com:443/mcp/' }]],
    got: ([first]) => expect(first).toMatchObject({ done: 'it connected the server shop' }),
    holds(_world, runtime) {
      expect(manifest(runtime)['servers']).toEqual({ shop: { url: 'https://TOOLS.example.com:443/mcp/' } });
      expect(runtime.get('p').ability.config.servers['shop']?.url).toContain('example.com');
    },
  },
  add_trigger: {
    calls: [['add_trigger', { trigger_type: 'event', event_type: 'orders.late', custom_config: { id: 'late' } }]],
    got: ([first]) => expect(first).toMatchObject({ trigger_id: 'late' }),
    async holds(_world, runtime) {
      const process = runtime.get('p');
      expect(process.triggers.map(({ id }) => id)).toEqual(['late']);
      const { accepted } = process.snapshot.counts;
      await runtime.publish('orders.late', { id: 7 });
      await drained(process);
      expect(process.snapshot.counts.accepted).toBe(accepted + 1);
    },
  },
  remove_trigger: {
    config: { triggers: [{ type: 'event', id: 'mine', eventType: 'x.y' }] },
    prepared: [['add_trigger', { trigger_type: 'event', event_type: 'orders.late', custom_config: { id: 'late' } }]],
    calls: [
      ['remove_trigger', { trigger_id: 'late' }],
      ['remove_trigger', { trigger_id: 'mine' }],
      ['remove_trigger', { trigger_id: 'late' }],
    ],
    got: (got) => expect(got.map(({ code = 'ok' }) => code)).toEqual(['ok', 'POLICY_REFUSED', 'TRIGGER_NOT_FOUND']),
    holds(_world, runtime) {
      expect(triggersIn(manifest(runtime)).map(({ id }) => id)).toEqual(['mine']);
      expect(runtime.get('p').triggers.map(({ id }) => id)).toEqual(['mine']);
    },
  },
  spawn_process: {
    config: { openMode: { allowProcessSpawn: true }, budget: { maxToolCallsPerRun: 50 } },
    calls: [
      [
        'spawn_process',
        {
          process_name: 'helper',
          instructions: 'Count.',
          model: 'script',
          script:
            'export default async function run(event, agent) { await agent.context.set("n", 1); return "counted"; }',
          triggers: [{ trigger_type: 'event', event_type: 'count.now' }],
        },
      ],
    ],
    got: ([first]) => expect(first).toMatchObject({ process_name: 'helper' }),
    async holds(world, runtime) {
      const child = await world.until(() => runtime.list().find(({ name }) => name === 'helper'));
      await world.until(() => child.state === 'running');
      expect(child.ability.config.budget?.maxToolCallsPerRun).toBe(50);
      expect(await bodiesOf(world, child, 'process.created')).toHaveLength(1);
      expect(child.snapshot.parent).toMatchObject({ process: 'p' });
      const { done } = child.snapshot.counts;
      await runtime.publish('count.now', {});
      await world.until(() => child.snapshot.counts.done === done + 1);
    },
  },
  list_processes: {
    config: { openMode: { allowProcessSpawn: true } },
    prepared: [
      [
        'spawn_process',
        { process_name: 'helper', instructions: 'Wait.', script: 'export default async function run() { return 1 }' },
      ],
    ],
    calls: [['list_processes']],
    got: ([first]) => expect(first).toMatchObject({ processes: [{ name: 'helper', model: 'script', runs: 0 }] }),
    holds(_world, runtime) {
      expect(runtime.list().map(({ name }) => name)).toEqual(['helper', 'p']);
    },
  },
  store_memory: {
    calls: [['store_memory', { content: 'The db restarts with `pg_ctl`.', tags: ['runbook'] }]],
    got: ([first]) => expect(first).toMatchObject({ memory_id: expect.stringMatching(/^mem_/) }),
    async holds(world, runtime) {
      const found = await world.until(async () => {
        const all = await runtime.get('p').memory.search('restart the db', 5, [], new AbortController().signal);
        return all.length > 0 ? all : undefined;
      });
      expect(found.map(({ content }) => content)).toEqual(['The db restarts with `pg_ctl`.']);
    },
  },
  search_memory: {
    prepared: [['store_memory', { content: 'Invoices are sent on Mondays.' }]],
    calls: [['search_memory', { query: 'invoices', limit: 3 }]],
    got: ([first]) => expect(first).toMatchObject({ memories: [{ content: 'Invoices are sent on Mondays.' }] }),
    holds: () => {},
  },
  forget_memory: {
    calls: [['store_memory', { content: 'Wrong.' }]],
    got: () => {},
    async holds(world, runtime) {
      const process = runtime.get('p');
      const [found] = await did(world, process, [['search_memory', { query: 'wrong' }]]);
      const [first] = (found?.['memories'] ?? []) as { memory_id: string }[];
      if (!first) return;
      await did(world, process, [['forget_memory', { memory_id: first.memory_id }]]);
      const [left] = await did(world, process, [['search_memory', { query: 'wrong' }]]);
      expect(left).toMatchObject({ memories: [] });
    },
  },
  list_capabilities: {
    config: { openMode: { locked: ['triggers'], allowToolCreation: false } },
    calls: [['list_capabilities']],
    got: ([first]) =>
      expect(first).toMatchObject({
        process: 'p',
        version: 1,
        open_mode: { create_tools: false, locked: ['triggers'], added_triggers: { have: 0, most: 10 } },
      }),
    holds: () => {},
  },
  get_secret: {
    config: { secrets: { secrets: { api_key: '${TEST_KEY}' } } },
    calls: [
      ['get_secret', { name: 'api_key' }],
      ['get_secret', { name: 'other' }],
    ],
    got: ([first, second]) => {
      expect(first).toMatchObject({ handle: 'secret://api_key' });
      expect(second).toMatchObject({ code: 'SECRET_NOT_FOUND' });
    },
    async holds(world, runtime) {
      const entries = await world.journal.read('p');
      expect(entries.length).toBeGreaterThan(3);
      expect(JSON.stringify(entries)).not.toContain('hush-hush-value');
      expect(
        runtime
          .get('p')
          .secrets.list()
          .map(({ name }) => name),
      ).toEqual(['api_key']);
    },
  },
  check_budget: {
    config: { budget: { maxToolCallsPerRun: 9 } },
    calls: [['check_budget']],
    got: ([first]) =>
      expect(first).toMatchObject({
        limits: [{ limit: 'max_tool_calls_per_run', scope: 'run', cap: 9, unit: 'tool calls' }],
      }),
    holds: () => {},
  },
  check_mission: {
    config: {
      mission: { objective: 'Find the leak.', successCheck: 'export default async function run() { return false }' },
    },
    calls: [['check_mission']],
    got: ([first]) => expect(first).toMatchObject({ objective: 'Find the leak.', state: 'active' }),
    holds: () => {},
  },
};

test.each(Object.entries(stories))(
  '%s holds over a kill before the run has settled, and over a restart',
  async (_name, story) => {
    const cut = { at: 'settle-run', when: 'before' as const, times: 0 };
    await using world = await createWorld({ journal: 'sqlite', env: { TEST_KEY: 'hush-hush-value' }, cut });
    const { process } = await openAgent(world, story.config);
    for (const call of story.prepared ?? []) await did(world, process, [call]);
    await world.until(() => process.snapshot.outbox.size + process.snapshot.memoryOutbox.size === 0);
    cut.times = 1;
    const { eventId } = await wake(process, { calls: story.calls } as never);
    await world.until(() => !world.power.isOn);
    await world.restart('killed');
    const runtime = await world.runtime();
    const again = runtime.get('p');
    await drained(again);
    const settled = await bodiesOf(world, again, 'run.settled');
    story.got((settled.find(({ event }) => event === eventId)?.output ?? []) as unknown as Got[]);
    await story.holds(world, runtime);
    await world.restart('closed');
    await story.holds(world, await world.runtime());
  },
);

test.each([
  { at: 'create-process', when: 'before' },
  { at: 'create-process', when: 'after' },
  { at: 'note-delivery', when: 'before' },
  { at: 'note-delivery', when: 'after' },
] as const)('an agent that another creates is born once, also where the power goes $when $at', async (place) => {
  const cut = { ...place, times: 0 };
  await using world = await createWorld({ journal: 'sqlite', cut });
  const { process } = await openAgent(world, { openMode: { allowProcessSpawn: true } });
  cut.times = 1;
  const args = {
    process_name: 'helper',
    instructions: 'x',
    script: 'export default async function run() { return 1 }',
  };
  await wake(process, { calls: [['spawn_process', args]] } as never);
  await world.until(() => !world.power.isOn);
  await world.restart('killed');
  const runtime = await world.runtime();
  const child = await world.until(() => runtime.list().find(({ name }) => name === 'helper'));
  await world.until(() => child.state === 'running' && runtime.get('p').snapshot.outbox.size === 0);
  expect(await bodiesOf(world, child, 'process.created')).toHaveLength(1);
  expect(await bodiesOf(world, runtime.get('p'), 'governance.noted')).toEqual([]);
});
