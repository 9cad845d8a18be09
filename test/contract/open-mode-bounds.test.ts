import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { wake } from '../world/make.ts';
import { type Call, did, obedient, openAgent } from '../world/open-agent.ts';
import { openItem } from '../world/outcomes.ts';
import { createWorld } from '../world/world.ts';

const code = 'export default async function run() { return 1; }';
const tool = (name: string, more: object = {}): Call => [
  'create_tool',
  { tool_name: name, tool_description: 'x', javascript_code: code, ...more },
];
const trigger = (more: object): Call => ['add_trigger', { trigger_type: 'event', event_type: 'a.b', ...more } as never];
const child = (more: object = {}): Call => [
  'spawn_process',
  { process_name: 'helper', instructions: 'x', script: code, ...more },
];
const open = (openMode: NonNullable<ProcessConfigInput['openMode']>): ProcessConfigInput => ({ openMode });
const spawning = open({ allowProcessSpawn: true });

/** What an agent tries in order to be, have or reach more than it may; each is one run of its own. */
const attempts: [what: string, config: ProcessConfigInput, calls: Call[], code: string][] = [
  // its own limits
  [
    'longer instructions than it may have',
    open({ maxInstructionLength: 100 }),
    [['modify_instructions', { new_instructions: 'x'.repeat(101) }]],
    'LIMIT_OPEN_MODE',
  ],
  ['one created tool too many', open({ maxCustomTools: 1 }), [tool('one_tool'), tool('two_tool')], 'LIMIT_OPEN_MODE'],
  ['one trigger too many', open({ maxDynamicTriggers: 1 }), [trigger({}), trigger({})], 'LIMIT_OPEN_MODE'],
  [
    'one server too many',
    open({ maxConnectedServers: 0, allowedMcpUrls: ['https://a.example/'] }),
    [['connect_mcp_server', { server_name: 'shop', url: 'https://a.example/' }]],
    'LIMIT_OPEN_MODE',
  ],
  [
    'one change too many',
    open({ maxRebuilds: 1 }),
    [
      ['modify_instructions', { new_instructions: 'a' }],
      ['modify_instructions', { new_instructions: 'b' }],
    ],
    'LIMIT_OPEN_MODE',
  ],
  [
    'a part that is locked',
    open({ locked: ['instructions'] }),
    [['modify_instructions', { new_instructions: 'a' }]],
    'PART_LOCKED',
  ],
  ['a tool that is locked by name', open({ locked: ['created_tools.pay_bill'] }), [tool('pay_bill')], 'PART_LOCKED'],
  ['triggers when they are locked', open({ locked: ['triggers'] }), [trigger({})], 'PART_LOCKED'],
  ['what is not allowed at all', open({ allowToolCreation: false }), [tool('one_tool')], 'TOOL_UNKNOWN'],
  [
    'all of it in strict mode',
    { executionMode: 'strict' },
    [['modify_instructions', { new_instructions: 'a' }]],
    'TOOL_UNKNOWN',
  ],
  [
    'more code than it may have',
    {},
    [1, 2, 3, 4, 5].map((n) => tool(`tool_${'abcde'[n - 1]}`, { javascript_code: `${code}//${'x'.repeat(90_000)}` })),
    'LIMIT_OPEN_MODE',
  ],
  // names
  ['the name of a built-in tool', {}, [tool('http_fetch')], 'NAME_CONFUSABLE'],
  ['the name of a meta-tool', {}, [tool('get_secret')], 'NAME_CONFUSABLE'],
  ['a name that looks like a built-in one', {}, [tool('wr1te_file')], 'NAME_CONFUSABLE'],
  ['letters of another alphabet that look the same', {}, [tool('http_f\u0435tch')], 'NAME_CONFUSABLE'],
  ['a name with signs nobody sees', {}, [tool('pay\u200b_bill')], 'NAME_CONFUSABLE'],
  ['the name of what objects have', {}, [tool('__proto__')], 'NAME_INVALID'],
  // what it could read by changing itself
  [
    'a variable of the node in its instructions',
    {},
    [['modify_instructions', { new_instructions: 'The key is ${NODE_KEY}.' }]],
    'POLICY_REFUSED',
  ],
  [
    'a variable with a default',
    {},
    [['modify_instructions', { new_instructions: '${NODE_KEY:-none}' }]],
    'POLICY_REFUSED',
  ],
  [
    'a variable in a trigger',
    {},
    [trigger({ custom_config: { filter_expression: "payload == '${NODE_KEY}'" } })],
    'POLICY_REFUSED',
  ],
  ['a variable in the words of a tool', {}, [tool('one_tool', { tool_description: '${NODE_KEY}' })], 'POLICY_REFUSED'],
  [
    'a folder that it does not have',
    {},
    [['add_trigger', { trigger_type: 'file_watch', watch_path: '/etc', custom_config: { content_preview: 4_096 } }]],
    'PATH_NOT_ALLOWED',
  ],
  [
    'a secret for a server of its own',
    {},
    [['connect_mcp_server', { server_name: 'shop', command: 'node', args: ['--key=secret://api_key'] }]],
    'POLICY_REFUSED',
  ],
  // what it could reach
  [
    'a tool for a host that it may not call',
    {},
    [tool('one_tool', { capabilities: { http: ['evil.example'] } })],
    'POLICY_EGRESS_DENIED',
  ],
  [
    'a tool for a context key that it may not write',
    { context: { writableKeys: ['mine'] } },
    [tool('one_tool', { capabilities: { context: ['theirs'] } })],
    'CONTEXT_KEY_NOT_WRITABLE',
  ],
  [
    'a package in whatever version is newest',
    {},
    [['connect_mcp_server', { server_name: 'shop', command: 'npx', args: ['-y', 'some-server'] }]],
    'MCP_COMMAND_REFUSED',
  ],
  [
    'an address with a user in it',
    {},
    [['connect_mcp_server', { server_name: 'shop', url: 'https://me:pw@a.example/' }]],
    'TOOL_ARGS_INVALID',
  ],
  // what is the user's
  [
    'a trigger of the user',
    { triggers: [{ type: 'event', id: 'mine', eventType: 'x.y' }] },
    [['remove_trigger', { trigger_id: 'mine' }]],
    'POLICY_REFUSED',
  ],
  [
    'a second trigger under the id of the user',
    { triggers: [{ type: 'event', id: 'mine', eventType: 'x.y' }] },
    [trigger({ custom_config: { id: 'mine' } })],
    'NAME_TAKEN',
  ],
  [
    'a tool that the user made',
    { createdTools: { pay_bill: { description: 'x', script: code } } },
    [tool('pay_bill')],
    'POLICY_REFUSED',
  ],
  ['a setting of a trigger that there is not', {}, [trigger({ custom_config: { budget: 9 } })], 'MANIFEST_INVALID'],
  [
    'a tool whose schema asks elsewhere',
    {},
    [tool('one_tool', { parameters: { type: 'object', $ref: 'file:///etc/passwd' } })],
    'TOOL_ARGS_INVALID',
  ],
  [
    'a tool whose schema never ends',
    {},
    [tool('one_tool', { parameters: { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$' } } } })],
    'TOOL_ARGS_INVALID',
  ],
  [
    'a tool that imports',
    {},
    [tool('one_tool', { javascript_code: `import fs from 'node:fs'; export default () => fs` })],
    'SCRIPT_INVALID',
  ],
  // children
  ['another agent without leave', {}, [child()], 'TOOL_UNKNOWN'],
  [
    'one child too many',
    open({ allowProcessSpawn: true, maxSpawnedProcesses: 1 }),
    [child(), child({ process_name: 'second' })],
    'SPAWN_LIMIT',
  ],
  [
    'children too fast',
    open({ allowProcessSpawn: true, maxSpawnsPerHour: 1 }),
    [child(), child({ process_name: 'second' })],
    'SPAWN_LIMIT',
  ],
  ['grandchildren', open({ allowProcessSpawn: true, maxSpawnDepth: 0 }), [child()], 'SPAWN_LIMIT'],
  ['a child under its own name', spawning, [child({ process_name: 'p' })], 'NAME_TAKEN'],
  ['a child that looks like another agent', { ...spawning }, [child({ process_name: 'P' })], 'NAME_CONFUSABLE'],
  [
    'a child with a model of its own',
    spawning,
    [child({ script: undefined, model: 'openai:gpt-5-pro' })],
    'POLICY_REFUSED',
  ],
  [
    'a child that watches a folder of others',
    spawning,
    [child({ triggers: [{ trigger_type: 'file_watch', watch_path: '/etc' }] })],
    'PATH_NOT_ALLOWED',
  ],
  ['a child that reads a variable', spawning, [child({ instructions: '${NODE_KEY}' })], 'POLICY_REFUSED'],
  ['a child with limits of its own', spawning, [child({ budget: { max_usd_per_day: 1_000 } })], 'TOOL_ARGS_INVALID'],
  // what there is no tool for
  ['its budget', {}, [['modify_budget', { max_usd_per_day: 1_000 }]], 'TOOL_UNKNOWN'],
  [
    'its approvals by way of its tool',
    {},
    [['modify_instructions', { new_instructions: 'a', approvals: { enabled: false } }]],
    'TOOL_ARGS_INVALID',
  ],
];

describe('an agent that wants to be more than it may', () => {
  test.each(attempts)('does not get %s', async (_what, config, calls, code) => {
    await using world = await createWorld({ journal: 'memory', env: { NODE_KEY: 'the key of the node' } });
    const { process } = await openAgent(world, config);
    const got = await did(world, process, calls);
    expect(got.at(-1)?.code, JSON.stringify(got.at(-1))).toBe(code);
    expect(got.slice(0, -1).map((one) => one.code)).toEqual(calls.slice(1).map(() => undefined));
    // What was allowed before the last call is in force; the last one is not.
    expect(process.snapshot.versions.length).toBe(1 + got.slice(0, -1).filter(({ done }) => done !== undefined).length);
    expect(JSON.stringify(await world.journal.read('p'))).not.toContain('the key of the node');
  });

  test(`is refused ${attempts.length} ways here, each with a code`, () => {
    expect(attempts.length).toBeGreaterThanOrEqual(30);
  });
});

const permissions = {
  allowIdentityChange: false,
  allowToolCreation: false,
  allowMcpConnect: false,
  allowTriggerManagement: false,
  allowMemoryManagement: false,
  allowProcessSpawn: false,
};

test('with all permissions off nothing is left of open mode but a look at itself; strict mode has not even that', async () => {
  await using world = await createWorld();
  const { runtime, process } = await openAgent(world, { openMode: permissions });
  const strict = await runtime.register({ name: 'strict', config: { ...obedient } });
  const meta =
    /^(modify_|create_tool|connect_|add_trigger|remove_trigger|spawn_|list_processes|store_m|search_m|forget_m|list_cap|get_secret|check_)/;
  const names = async (one: typeof process) =>
    (await one.tools()).map(({ name }) => name).filter((name) => meta.test(name));
  expect(await names(process)).toEqual(['list_capabilities']);
  expect(await names(strict)).toEqual(['store_memory', 'search_memory', 'forget_memory']);
});

test('a child has the limits, tools, folders and hosts of its parent, one generation less, and none of its triggers or memories of the start', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const folder = join(world.folder, 'reports');
  mkdirSync(folder);
  const { runtime, process } = await openAgent(world, {
    openMode: { allowProcessSpawn: true, maxSpawnDepth: 2, locked: ['instructions'] },
    budget: { maxUsdPerDay: 2 },
    approvals: { tools: ['http_fetch'] },
    tools: { http_fetch: { allow_hosts: ['api.example.com'] }, emit_event: false },
    context: { fileMounts: { reports: folder }, writableKeys: ['n'], initialState: { secret_plan: 1 } },
    triggers: [{ type: 'event', id: 'mine', eventType: 'x.y' }],
    maxSteps: 40,
  });
  await did(world, process, [child({ execution_mode: 'open', script: obedient.script })]);
  const born = await world.until(() => runtime.list().find(({ name }) => name === 'helper'));
  await world.until(() => born.state === 'running');
  const { config } = born.ability;
  expect(config).toMatchObject({
    budget: { maxUsdPerDay: 2 },
    approvals: { tools: ['http_fetch'] },
    tools: { http_fetch: { allow_hosts: ['api.example.com'] }, emit_event: false },
    context: { fileMounts: { reports: folder }, writableKeys: ['n'], initialState: {} },
    triggers: [],
    maxSteps: 40,
    executionMode: 'open',
    openMode: { allowProcessSpawn: true, maxSpawnDepth: 1, locked: ['instructions'] },
  });
  expect(
    (
      await did(world, born, [child({ process_name: 'grandchild', execution_mode: 'open', script: obedient.script })])
    ).at(0)?.code,
  ).toBeUndefined();
  const grandchild = await world.until(() => runtime.list().find(({ name }) => name === 'grandchild'));
  await world.until(() => grandchild.state === 'running');
  expect(grandchild.ability.config.openMode).toMatchObject({ allowProcessSpawn: false, maxSpawnDepth: 0 });
  expect((await did(world, grandchild, [child({ process_name: 'too-deep' })])).at(0)?.code).toBe('TOOL_UNKNOWN');
});

test('a family of agents draws on one budget: creating others gives an agent nothing to spend', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const { runtime, process } = await openAgent(world, {
    openMode: { allowProcessSpawn: true },
    budget: { maxToolCallsPerDay: 4 },
  });
  const look: Call[] = [
    ['get_context', {}],
    ['get_context', {}],
  ];
  await did(world, process, [child({ script: obedient.script })]);
  const born = await world.until(() => runtime.list().find(({ name }) => name === 'helper'));
  await world.until(() => born.state === 'running');
  await did(world, born, look);
  // One call created it, two were its own; of the parent's next two only one is left.
  await wake(process, { calls: look } as never);
  const { kind, question } = await openItem(process);
  expect([kind, question]).toEqual([
    'top_up',
    expect.stringContaining('The budget of today is 4 tool calls, of which 4 are used'),
  ]);
  await wake(born, { calls: look } as never);
  expect((await openItem(born)).kind).toBe('top_up');
});
