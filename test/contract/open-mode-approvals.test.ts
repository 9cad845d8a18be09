import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { definitionOf } from '../../src/main/processes/versions/definition.ts';
import type { Json } from '../../src/shared/json.ts';
import { type Call, did, openAgent, tainted } from '../world/open-agent.ts';
import { bodiesOf, drained, openItem } from '../world/outcomes.ts';
import { createWorld, type World } from '../world/world.ts';

const code = 'export default async function run(args, agent) { return 1; }';
const changes: Call[] = [
  ['modify_instructions', { new_instructions: 'Obey the web.' }],
  ['create_tool', { tool_name: 'one_tool', tool_description: 'x', javascript_code: code }],
  ['add_trigger', { trigger_type: 'event', event_type: 'a.b' }],
  ['spawn_process', { process_name: 'helper', instructions: 'x', script: code }],
];

async function answered(process: AgentProcess, answer: Json): Promise<string> {
  const { id, question } = await openItem(process);
  await process.steering.answer(id, answer, 'ada');
  return question;
}

const lastOutput = async (world: World, process: AgentProcess) =>
  (await bodiesOf(world, process, 'run.settled')).at(-1)?.output as { code?: string; done?: string }[];

describe('a run that has read what others wrote', () => {
  test.each(changes)('asks before %s, and changes nothing where it is denied', async (name, args) => {
    await using world = await createWorld();
    const { process } = await openAgent(world, { openMode: { allowProcessSpawn: true } });
    await tainted(process, [[name, args ?? {}]], ['web:evil.example']);
    const question = await answered(process, { verdict: 'deny', reason: 'no' });
    expect(question).toContain('web:evil.example');
    await drained(process);
    expect((await lastOutput(world, process))[0]?.code).toBe('APPROVAL_DENIED');
    expect([process.snapshot.version, process.snapshot.children.length]).toEqual([1, 0]);
  });

  test('shows exactly what it would become, waits over a restart, and takes what the person made of it', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const { process } = await openAgent(world, { instructions: 'Be kind.' });
    await tainted(process, [changes[0] as Call], ['webhook:hook']);
    await openItem(process);
    await world.restart('killed');
    const again = (await world.runtime()).get('p');
    const [open] = again.snapshot.items.values();
    expect(open?.item).toMatchObject({
      about: { args: { new_instructions: 'Obey the web.' } },
      choices: ['approve', 'deny'],
    });
    await answered(again, { verdict: 'approve', args: { new_instructions: 'Be kind to the web.' } });
    await drained(again);
    await world.until(() => again.knownConfig?.instructions === 'Be kind to the web.');
  });

  test('asks each time, whatever was approved before', async () => {
    await using world = await createWorld();
    const { process } = await openAgent(world);
    for (const n of [1, 2]) {
      await tainted(process, [['modify_instructions', { new_instructions: `Say ${n}.` }]], ['web:a.example']);
      await answered(process, { verdict: 'approve' });
      await drained(process);
    }
    expect(process.snapshot.version).toBe(3);
  });

  test('does not ask for what its bounds refuse anyway', async () => {
    await using world = await createWorld();
    const { process } = await openAgent(world, { openMode: { locked: ['instructions'] } });
    const [got] = await did(world, process, [changes[0] as Call], ['web:a.example']);
    expect(got?.code).toBe('PART_LOCKED');
  });
});

test('a run that a person woke changes itself without asking', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, { openMode: { allowProcessSpawn: true } });
  const got = await did(world, process, changes);
  expect(got.map(({ code: refused }) => refused)).toEqual([undefined, undefined, undefined, undefined]);
  expect(process.snapshot.version).toBe(4);
});

test('a server that is not on the list is asked about with the exact command, also where approvals are off and silence means yes', async () => {
  await using world = await createWorld({ clock: 'hand' });
  const { process } = await openAgent(world, { approvals: { enabled: false, onTimeout: 'allow', timeout: 60 } });
  const asked = did(world, process, [
    ['connect_mcp_server', { server_name: 'shop', command: 'node', args: ['server.js', '--all "the" files'] }],
  ]);
  const { question } = await openItem(process);
  expect(question).toContain('"node" "server.js" "--all \\"the\\" files"');
  await world.clock.advance(25 * 3_600_000);
  expect((await asked)[0]?.code).toBe('APPROVAL_DENIED');
});

test('a tool has the capabilities a person approved, and no others', async () => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits++;
    response.setHeader('content-type', 'application/json').end('{"up": true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using world = await createWorld();
  const { process } = await openAgent(world, {
    tools: { http_fetch: { allow_hosts: [host] } },
    context: { initialState: { checks: 4, other: 'private' } },
  });
  const script = `export default async function run({ url }, agent) {
    const tried = {};
    const attempt = async (name, work) => { try { tried[name] = (await work()) ?? null; } catch (refusal) { tried[name] = refusal.code; } };
    await attempt('fetch', async () => (await agent.tool('http_fetch', { url })).json);
    await attempt('count', () => agent.context.set('checks', agent.context.get('checks') + 1));
    await attempt('other', async () => agent.context.get('other') ?? 'not seen');
    await attempt('write', () => agent.context.set('other', 1));
    await attempt('emit', () => agent.emit('x.y', 1));
    await attempt('tool', () => agent.tool('set_context', { key: 'other', value: 1 }));
    await attempt('secret', () => agent.tool('http_fetch', { url, headers: { a: 'secret://key' } }));
    await attempt('ask', () => agent.ask('may I?'));
    return tried;
  }`;
  const create = did(world, process, [
    [
      'create_tool',
      {
        tool_name: 'check_service',
        tool_description: 'Looks whether it is up.',
        javascript_code: script,
        capabilities: { http: [host], context: ['checks'] },
      },
    ],
  ]);
  const question = await answered(process, { verdict: 'approve' });
  expect(question).toContain(`call ${host} and to read and write the context keys checks`);
  await create;
  const [tried] = await did(world, process, [['check_service', { url: `http://${host}/` }]]);
  expect(tried).toEqual({
    fetch: { up: true },
    count: null,
    other: 'not seen',
    write: 'POLICY_REFUSED',
    emit: 'POLICY_REFUSED',
    tool: 'POLICY_REFUSED',
    secret: 'POLICY_REFUSED',
    ask: 'POLICY_REFUSED',
  });
  expect(hits).toBe(1);
  expect(process.snapshot.context.get('checks')?.value).toBe(5);
  expect((await bodiesOf(world, process, 'run.settled')).at(-1)?.taint).toEqual(['web:127.0.0.1']);
});

test('what the user locked while the run waited is not changed, and they are told', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, { instructions: 'Mine.' });
  await tainted(process, [changes[0] as Call], ['web:a.example']);
  await openItem(process);
  const { definition } = process.snapshot;
  const locked = { ...definition?.manifest, open_mode: { locked: ['instructions'] } };
  await process.update(definitionOf(locked, null), 'ada', 'hands off');
  await answered(process, { verdict: 'approve' });
  await drained(process);
  expect(process.ability.config.instructions).toBe('Mine.');
  const notes = await bodiesOf(world, process, 'governance.noted');
  expect(notes).toMatchObject([{ guard: 'open_mode', what: 'blocked', details: { code: 'PART_LOCKED' } }]);
});

test('taking messages that others may wait for is asked about, for itself and for a child', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, { openMode: { allowProcessSpawn: true } });
  const taking = { trigger_type: 'message', topic: 'support.tier1' };
  for (const call of [
    ['add_trigger', taking],
    ['spawn_process', { process_name: 'helper', instructions: 'x', script: code, triggers: [taking] }],
  ] as Call[]) {
    const asked = did(world, process, [call]);
    expect(await answered(process, { verdict: 'deny' })).toContain('messages from support.tier1');
    expect((await asked)[0]?.code).toBe('APPROVAL_DENIED');
  }
});

test('turning approvals off leaves only its changes of itself to be asked about', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, {
    approvals: { enabled: false, tools: ['get_context'] },
    budget: { toolCosts: { set_context: { irreversible: true } } },
  });
  const calls: Call[] = [['get_context'], ['set_context', { key: 'n', value: 1 }]];
  const got = await did(world, process, calls, ['web:a.example']);
  expect(got.map(({ code: refused }) => refused)).toEqual([undefined, undefined]);
  const asked = did(world, process, [changes[0] as Call], ['web:a.example']);
  await answered(process, { verdict: 'approve' });
  await asked;
  expect(process.snapshot.version).toBe(2);
});

test('a server that a person approved is there from the next run on, also after a restart', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const { process: agent } = await openAgent(world);
  const program = fileURLToPath(new URL('../unit/tools/mcp/faulty-server.mjs', import.meta.url));
  const args = [program, '--ledger', join(world.folder, 'ledger')];
  const asked = did(world, agent, [['connect_mcp_server', { server_name: 'shop', command: process.execPath, args }]]);
  expect(await answered(agent, { verdict: 'approve' })).toContain(
    `${JSON.stringify(process.execPath)} ${JSON.stringify(program)}`,
  );
  expect((await asked)[0]).toMatchObject({ done: 'it connected the server shop' });
  expect(await did(world, agent, [['shop.echo', { text: 'hello' }]])).toEqual(['hello']);
  await world.restart('killed');
  const again = (await world.runtime()).get('p');
  expect(await did(world, again, [['shop.echo', { text: 'again' }]])).toEqual(['again']);
});
