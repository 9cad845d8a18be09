import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { definitionFrom } from '../../../src/main/processes/versions/definition.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import { caughtLater } from '../../world/caught.ts';
import { script, wake } from '../../world/make.ts';
import { says } from '../../world/model-replies.ts';
import { did, openAgent } from '../../world/open-agent.ts';
import { bodiesOf, drained, settled } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();

/** The default export of a hook that is a script. */
const hookScript = (body: string) => `export default async function run(event) {\n${body}\n}`;
const pays = script(
  `try { return (await agent.tool('pay', { what: event.payload.n ?? 1 })).n } catch (e) { return e.code + ': ' + e.message }`,
);
const withHooks = (hooks: ProcessConfigInput['hooks'], more: ProcessConfigInput = {}): ProcessConfigInput => ({
  ...pays,
  // A machine that is busy with other tests takes its time to start a program.
  hooks: (hooks ?? []).map((hook) => ({ timeout: 30, ...hook })),
  ...more,
});
/** A command that notes each moment it is told of, one per line, and answers with `answer`. */
function noting(file: string, answer = ''): string[] {
  const code = `let text='';process.stdin.on('data',d=>text+=d).on('end',()=>{require('fs').appendFileSync(${JSON.stringify(file)},text+'\\n');process.stdout.write(${JSON.stringify(answer)})})`;
  return [process.execPath, '-e', code];
}
const momentsIn = (file: string): { event: string; data: Record<string, unknown> }[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

describe('a hook before a call', () => {
  test('that is a script sees the exact call and blocks it with its reason; the journal says so', async () => {
    await using world = await createWorld({ sandbox });
    const body = `return event.data.args.what > 10 ? { block: true, reason: 'more than ' + 10 } : null`;
    const process = await world.started(
      'p',
      withHooks([{ name: 'cap', events: ['permission_request'], match: 'pa*', script: hookScript(body) }]),
    );
    await wake(process, { n: 11 });
    await drained(process);
    await wake(process, { n: 3 });
    await drained(process);
    expect(world.ledger.effects).toMatchObject([{ tool: 'pay', args: { what: 3 } }]);
    const reason = 'Hook "cap" does not allow it: more than 10';
    expect((await settled(world, process))[0]?.output).toBe(`HOOK_BLOCKED: ${reason}`);
    expect((await bodiesOf(world, process, 'step.ended'))[0]).toMatchObject({
      refused: true,
      error: { code: 'HOOK_BLOCKED', message: reason },
    });
    expect(await bodiesOf(world, process, 'governance.noted')).toMatchObject([
      { guard: 'hooks', what: 'blocked', about: 'cap', text: reason, details: { event: 'permission_request' } },
    ]);
  });

  test('that is a command gets the moment as JSON, and its answer counts; denials are told', async () => {
    await using world = await createWorld({ sandbox });
    const [asked, denied] = [join(world.folder, 'asked'), join(world.folder, 'denied')];
    const process = await world.started(
      'p',
      withHooks([
        { events: ['permission_request'], command: noting(asked, '{"block":true,"reason":"not today"}') },
        { events: ['permission_denied'], command: noting(denied) },
      ]),
    );
    await wake(process);
    await drained(process);
    expect(world.ledger.calls).toEqual([]);
    expect(momentsIn(asked)).toMatchObject([
      { event: 'permission_request', process: 'p', data: { tool: 'pay', args: { what: 1 } } },
    ]);
    await until(() => momentsIn(denied).length === 1);
    expect(momentsIn(denied)[0]?.data['reason']).toContain('not today');
  });

  test.each([
    ['ends with an error', ['-e', 'process.exit(3)'], 'ended with 3'],
    ['writes no JSON', ['-e', 'console.log("yes")'], 'no JSON'],
    ['does not answer in time', ['-e', 'setInterval(() => {}, 1000)'], 'within 300 ms'],
    ['cannot be started', null, 'could not be started'],
  ] as const)('blocks when it %s, unless it is told not to', async (_what, args, words) => {
    await using world = await createWorld({ sandbox });
    const command = args ? [process.execPath, ...args] : [join(world.folder, 'nothing')];
    const hook = { events: ['permission_request' as const], command, timeout: words.includes('within') ? 0.3 : 30 };
    const strict = await world.started('strict', withHooks([hook]));
    const lenient = await world.started('lenient', withHooks([{ ...hook, onError: 'allow' }]));
    await wake(strict);
    await wake(lenient);
    await Promise.all([drained(strict), drained(lenient)]);
    expect(world.ledger.effects).toHaveLength(1);
    expect((await settled(world, strict))[0]?.output).toContain(words);
    expect(await bodiesOf(world, lenient, 'governance.noted')).toMatchObject([{ guard: 'hooks', what: 'broken' }]);
  });

  test('is asked in the order of priorities, for its tools only, and never after one that blocked', async () => {
    await using world = await createWorld({ sandbox });
    const file = join(world.folder, 'order');
    const named = (name: string, answer: string) => ({ name, command: [...noting(file, answer), name] });
    const events: ['permission_request'] = ['permission_request'];
    const process = await world.started(
      'p',
      withHooks([
        { ...named('last', ''), events, priority: -1 },
        { ...named('blocks', '{"block":true}'), events, priority: 1 },
        { ...named('first', '{"log":"seen"}'), events, priority: 2 },
        { ...named('other', ''), events, priority: 3, match: 'put' },
      ]),
    );
    await wake(process);
    await drained(process);
    expect(await bodiesOf(world, process, 'governance.noted')).toMatchObject([
      { what: 'logged', about: 'first', text: 'seen' },
      { what: 'blocked', about: 'blocks' },
    ]);
    expect(momentsIn(file)).toHaveLength(2);
  });

  test('is not asked again about what was begun, recorded or approved: a replay sees what was decided', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const file = join(world.folder, 'asked');
    const process = await world.started('p', {
      ...withHooks([{ events: ['permission_request'], command: noting(file) }]),
      ...script(`await agent.tool('pay', { what: 1 }); await agent.tool('put', { what: 2 }); return 'ok'`),
      approvals: { tools: ['put'] },
    });
    await wake(process);
    const { item } = await until(() => process.snapshot.items.values().next().value);
    await world.restart('killed');
    const second = await world.takenUp('p');
    const gate = world.ledger.hold('put', 'before');
    await second.steering.answer(item.id, 'approve', 'ada');
    await gate.arrived;
    await world.until(async () => (await world.journal.read('p', { kinds: ['step.intended'] })).length === 2);
    await world.restart('killed');
    const third = await world.takenUp('p');
    await drained(third);
    expect(momentsIn(file).map(({ data }) => data['tool'])).toEqual(['pay', 'put']);
    expect((await settled(world, third))[0]?.outcome).toBe('done');
  });
});

describe('a hook of a run', () => {
  test('keeps an event from the agent; the event ends with the reason, and the others go on', async () => {
    await using world = await createWorld({ sandbox });
    const body = `return { block: event.data.payload.n === 13, reason: 'unlucky' }`;
    const process = await world.started('p', withHooks([{ events: ['user_prompt_submit'], script: hookScript(body) }]));
    await wake(process, { n: 13 });
    await wake(process, { n: 1 });
    await drained(process);
    expect(await settled(world, process)).toMatchObject([
      { outcome: 'cancelled', by: 'hook', error: { message: 'Hook "script" does not allow it: unlucky' } },
      { outcome: 'done' },
    ]);
    expect(world.ledger.effects).toHaveLength(1);
    expect(process.snapshot.consecutiveFailures).toBe(0);
  });

  test('hears that a run begins and how it ended', async () => {
    await using world = await createWorld({ sandbox });
    const file = join(world.folder, 'tasks');
    const process = await world.started(
      'p',
      withHooks([{ events: ['task_created', 'task_completed'], command: noting(file) }]),
    );
    await wake(process, { n: 2 });
    await drained(process);
    await until(() => momentsIn(file).length === 2);
    const byEvent = Object.fromEntries(momentsIn(file).map(({ event, data }) => [event, data]));
    expect(byEvent).toMatchObject({
      task_created: { payload: { n: 2 }, type: 'manual' },
      task_completed: { outcome: 'done', output: 1 },
    });
  });

  test('reaches nothing outside when it is a script', async () => {
    await using world = await createWorld({ sandbox });
    const code = `export default async function run(event, agent) { await agent.tool('put', { what: 1 }) }`;
    const process = await world.started('p', withHooks([{ events: ['permission_request'], script: code }]));
    await wake(process);
    await drained(process);
    expect(world.ledger.calls).toEqual([]);
    expect((await settled(world, process))[0]?.output).toContain('cannot use agent.tool');
  });
});

describe('a hook of a life', () => {
  test('hears that it begins and ends, and may keep it from beginning', async () => {
    await using world = await createWorld({ sandbox });
    const file = join(world.folder, 'life');
    const process = await world.started(
      'p',
      withHooks([{ events: ['session_start', 'session_end'], command: noting(file) }]),
    );
    await process.stop();
    expect(momentsIn(file).map(({ event }) => event)).toEqual(['session_start', 'session_end']);
    const kept = world.process(
      'kept',
      withHooks([{ events: ['session_start'], script: hookScript(`return { block: true, reason: 'not here' }`) }]),
    );
    const refused = await caughtLater(kept.start());
    expect(refused).toMatchObject({ code: 'HOOK_BLOCKED', message: expect.stringContaining('not here') });
    expect(kept.state).toBe('failed');
  });

  test('may refuse a change of settings while it works; a broken one does not, and a stopped agent can be mended', async () => {
    await using world = await createWorld({ sandbox });
    const guarded = withHooks([
      { events: ['config_change'], script: hookScript(`return { block: true, reason: 'frozen' }`) },
    ]);
    const process = await world.started('p', guarded);
    const next = definitionFrom('p', { ...guarded, description: 'another' });
    expect((await caughtLater(process.update(next))).message).toContain('frozen');
    expect(process.snapshot.version).toBe(1);
    await process.stop();
    await process.update(next);
    expect(process.snapshot.version).toBe(2);
    const broken = await world.started(
      'q',
      withHooks([{ events: ['config_change'], command: ['nothing-of-that-name'] }]),
    );
    await broken.update(definitionFrom('q', { ...guarded, description: 'mended' }));
    expect(broken.snapshot.version).toBe(2);
  });

  test('hears when an agent that it brought into the world works no more', async () => {
    await using world = await createWorld({ sandbox });
    const file = join(world.folder, 'children');
    const runtime = await world.runtime();
    const config = withHooks([{ events: ['subagent_stop'], command: noting(file) }]);
    const parent = await runtime.register({ name: 'parent', config });
    await parent.start();
    const from = { process: 'parent', run: 'run_1', key: 'key_1' };
    const child = await runtime.register({ name: 'child', config: pays, parent: from });
    await child.start();
    await child.stop('ada', 'no longer needed');
    await until(() => momentsIn(file).length === 1);
    expect(momentsIn(file)[0]).toMatchObject({
      event: 'subagent_stop',
      data: { name: 'child', state: 'stopped', reason: 'no longer needed' },
    });
  });

  test('may keep it from bringing another agent into the world; what limits it limits its children', async () => {
    await using world = await createWorld({ sandbox });
    const body = `return { block: event.data.args.process_name === 'rogue', reason: 'not that one' }`;
    const { runtime, process } = await openAgent(world, {
      openMode: { allowProcessSpawn: true },
      approvals: { enabled: false },
      hooks: [{ events: ['subagent_start'], script: hookScript(body), timeout: 30 }],
    });
    const child = (name: string): [string, { [key: string]: string }] => [
      'spawn_process',
      { process_name: name, instructions: 'Help.', model: 'script', script: hookScript('return 1') },
    ];
    const got = await did(world, process, [child('rogue'), child('helper')]);
    expect(got[0]).toMatchObject({ code: 'HOOK_BLOCKED', message: expect.stringContaining('not that one') });
    const hooks = await until(() => runtime.list().find(({ name }) => name === 'helper')?.knownConfig?.hooks);
    expect(hooks).toHaveLength(1);
    expect(runtime.list().map(({ name }) => name)).not.toContain('rogue');
  });

  test('hears of files that the agent wrote', async () => {
    await using world = await createWorld({ sandbox });
    const file = join(world.folder, 'files');
    const data = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const runtime = await world.runtime();
    const process = await runtime.register({
      name: 'p',
      config: {
        ...script(`await agent.tool('write_file', { path: 'data/note.txt', content: 'x' })`),
        context: { fileMounts: { data: { path: data, mode: 'read_write' } } },
        hooks: [{ events: ['file_changed'], command: noting(file), timeout: 30 }],
      },
    });
    await process.start();
    await wake(process);
    await drained(process);
    expect((await settled(world, process))[0]?.error).toBeUndefined();
    await until(() => momentsIn(file).length === 1);
    expect(momentsIn(file)[0]).toMatchObject({ event: 'file_changed', data: { args: { path: 'data/note.txt' } } });
  });

  test('may have the oldest messages left out instead of summed up', async () => {
    await using world = await createWorld({ sandbox });
    const model = await world.model();
    model.reply((request) => says(request.lastUserText.includes('n') ? 'a long answer '.repeat(40) : 'x'));
    const config = await world.thinking({ context: { conversationMaxMessages: 2 } });
    const block = { events: ['pre_compact' as const], script: hookScript(`return { block: true }`) };
    const process = await world.started('p', { ...config, hooks: [block] });
    for (const n of [1, 2, 3]) {
      await wake(process, { n });
      await drained(process);
    }
    expect(model.chatCount).toBe(3);
    const file = join(world.folder, 'summed');
    const told = { events: ['post_compact' as const], command: noting(file), timeout: 30 };
    const without = await world.started('q', { ...config, hooks: [told] });
    for (const n of [1, 2, 3]) {
      await wake(without, { n });
      await drained(without);
    }
    expect(model.chatCount).toBeGreaterThan(6);
    await until(() => momentsIn(file)[0]?.event === 'post_compact');
  });
});

test('without hooks there is no guard for them', async () => {
  await using world = await createWorld({ sandbox });
  const process = await world.started('p', pays);
  await wake(process);
  await drained(process);
  expect(await bodiesOf(world, process, 'governance.noted')).toEqual([]);
});
