import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { defaultParts } from '../../src/main/processes/default-parts.ts';
import type { ProcessParts } from '../../src/main/processes/parts.ts';
import { definitionOf } from '../../src/main/processes/versions/definition.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { wake } from '../world/make.ts';
import { type Call, did, obedient, openAgent } from '../world/open-agent.ts';
import { bodiesOf, drained, ended } from '../world/outcomes.ts';
import { createWorld, type World } from '../world/world.ts';

const open: ProcessConfigInput = { ...obedient, executionMode: 'open', instructions: 'As written.' };
const rewrite = (text: string): Call => ['modify_instructions', { new_instructions: text }];
const says = (text: string) => ({ calls: [rewrite(text)] }) as never;

const written = `# The agent of the night shift.
version: "1.0"
name: p
model: script
execution_mode: open # it learns
instructions: As written.
triggers:
  # Do not touch.
  - id: mine
    type: event
    event_type: x.y
script: |
${obedient.script.replace(/^/gm, '  ')}
`;

test('what an agent changes stands in the text its user wrote, comments and all, and is taken back to it', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const runtime = await world.runtime();
  const client = await world.client('ada');
  await client.createProcess({ manifest: written, start: true });
  await did(world, runtime.get('p'), [
    rewrite('As learned.\nTwo lines.'),
    ['add_trigger', { trigger_type: 'event', event_type: 'a.b', custom_config: { id: 'added' } }],
    ['create_tool', { tool_name: 'one_tool', tool_description: 'x', javascript_code: 'export default () => 1' }],
  ]);
  const { manifest, version } = await client.getProcess({ name: 'p' });
  expect(version).toBe(4);
  for (const kept of ['# The agent of the night shift.', '# it learns', '# Do not touch.'])
    expect(manifest).toContain(kept);
  expect(manifest).toContain('As learned.\n  Two lines.');
  const { items } = await client.listVersions({ name: 'p' });
  expect(items.map(({ author, reason, written: isWritten }) => [author, reason, isWritten])).toEqual([
    ['agent', 'it made the tool one_tool', false],
    ['agent', 'it added the trigger added', false],
    ['agent', 'it rewrote its instructions', false],
    ['person', 'created', true],
  ]);
  expect(items[0]?.run).toMatch(/^run_/);
  await client.restoreVersion({ name: 'p', id: 'written' });
  expect((await client.getProcess({ name: 'p' })).manifest).toBe(written);
  await world.restart('killed');
  expect((await (await world.client()).getProcess({ name: 'p' })).manifest).toBe(written);
});

test('loading the file again, or the program saying again how it is configured, does not undo what the agent learned', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const file = join(world.folder, 'p.agent');
  writeFileSync(file, written);
  const runtime = await world.runtime();
  const { process } = await runtime.loadManifest(file);
  await process.start();
  await did(world, process, [rewrite('As learned.')]);
  expect((await runtime.loadManifest(file)).change).toBe('unchanged');
  expect(process.ability.config.instructions).toBe('As learned.');
  writeFileSync(file, written.replace('As written.', 'As written anew.'));
  expect((await runtime.loadManifest(file)).change).toBe('updated');
  expect(process.ability.config.instructions).toBe('As written anew.');
});

/** Real parts; those of an agent whose instructions say so cannot be made. */
function frail(breaks: (text: string) => boolean): ProcessParts {
  const parts = defaultParts();
  onTestFinished(() => parts.close());
  return {
    ...parts,
    buildToolbox(name, config, memory, ground) {
      if (breaks(config.instructions)) throw new RuntimeError('MCP_COMMAND_REFUSED', 'It cannot be built.');
      return parts.buildToolbox(name, config, memory, ground);
    },
  };
}

async function assertTakenBack(world: World, process: AgentProcess, from: number, to: number) {
  const changed = (await bodiesOf(world, process, 'definition.changed')).at(-1);
  expect(changed).toMatchObject({ by: 'runtime' });
  expect(changed?.reason).toContain(`Version ${from} did not work`);
  expect(changed?.reason).toContain(`version ${to} is in force again`);
  expect((await bodiesOf(world, process, 'governance.noted')).at(-1)).toMatchObject({
    guard: 'open_mode',
    what: 'reverted',
    details: { version: from, restored: to, code: 'MCP_COMMAND_REFUSED' },
  });
  const [item] = process.snapshot.items.values();
  expect(item?.item).toMatchObject({ kind: 'reverted', about: { version: from, restored: to } });
}

test('a change after which it cannot work is taken back at once and in the open; no run goes by it', async () => {
  await using world = await createWorld({ expects: ['was taken back'] });
  const others = frail((text) => text.includes('broken'));
  const process = world.process('p', open, { buildToolbox: others.buildToolbox });
  await process.start();
  await wake(process, says('Better.'));
  await wake(process, says('broken'));
  await wake(process, { calls: [['list_capabilities']] } as never);
  await ended(process, 3);
  await assertTakenBack(world, process, 3, 2);
  const outputs = (await bodiesOf(world, process, 'run.settled')).map(({ output }) => output);
  expect(outputs.at(-1)).toMatchObject([{ instructions: 'Better.', version: 4 }]);
  const [item] = process.snapshot.items.keys();
  await process.steering.answer(item ?? '', { verdict: 'understood' }, 'ada');
  expect(process.state).toBe('running');
});

test('a change that a later start cannot go by is taken back then; what the user wrote never is', async () => {
  await using world = await createWorld({ journal: 'sqlite', expects: ['was taken back'] });
  let breaks = (_text: string) => false;
  const others = frail((text) => breaks(text));
  const first = world.process('p', open, { buildToolbox: others.buildToolbox });
  await first.start();
  await wake(first, says('Better.'));
  await drained(first);
  await world.until(() => first.ability.config.instructions === 'Better.');
  await world.restart('killed');
  breaks = (text) => text === 'Better.';
  const second = world.process('p', undefined, { buildToolbox: others.buildToolbox });
  await second.takeUp();
  expect(second.state).toMatch(/running|awaiting/);
  expect(second.ability.config.instructions).toBe('As written.');
  await assertTakenBack(world, second, 2, 1);
  await second.stop();
  await world.restart('closed');
  breaks = () => true;
  const third = world.process('p', undefined, { buildToolbox: others.buildToolbox });
  await expect(third.start()).rejects.toMatchObject({ code: 'MCP_COMMAND_REFUSED' });
  expect([third.state, third.snapshot.version]).toEqual(['failed', 3]);
});

test('where nothing before it works either, a change is not to blame and stays', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  let breaks = false;
  const others = frail(() => breaks);
  const process = world.process('p', open, { buildToolbox: others.buildToolbox });
  await process.start();
  await wake(process, says('Better.'));
  await drained(process);
  await world.until(() => process.ability.config.instructions === 'Better.');
  await process.stop();
  await world.restart('closed');
  breaks = true;
  const again = world.process('p', undefined, { buildToolbox: others.buildToolbox });
  await expect(again.start()).rejects.toMatchObject({ code: 'MCP_COMMAND_REFUSED' });
  expect([again.snapshot.version, again.snapshot.items.size]).toEqual([2, 0]);
  breaks = false;
  await again.start();
  expect(again.ability.config.instructions).toBe('Better.');
});

test('a change of the user and one of the agent at the same time both hold', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, {
    instructions: 'As written.',
    script: `export default async function run(event, agent) {
      await agent.tool('add_trigger', { trigger_type: 'event', event_type: 'a.b', custom_config: { id: 'added' } });
      await agent.ask('go on?');
      return agent.tool('list_capabilities');
    }`,
  });
  await wake(process);
  await world.until(() => process.snapshot.items.size === 1);
  await process.update(definitionOf({ ...process.snapshot.definition?.manifest, instructions: 'Mine.' }, null), 'ada');
  const [item] = process.snapshot.items.keys();
  await process.steering.answer(item ?? '', 'yes', 'ada');
  await drained(process);
  await world.until(() => process.triggers.length === 1);
  expect(process.ability.config).toMatchObject({ instructions: 'Mine.', triggers: [{ id: 'added' }] });
  const [settled] = await bodiesOf(world, process, 'run.settled');
  expect(settled?.output).toMatchObject({ instructions: 'Mine.', pending: ['add_trigger'] });
});

test('a run that fails changes nothing of its agent', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, {
    triggerDelivery: { maxRetries: 0 },
    script: `export default async function run(event, agent) {
      await agent.tool('modify_instructions', { new_instructions: 'Never.' });
      throw new Error('no');
    }`,
  });
  await wake(process);
  await drained(process);
  expect(process.snapshot.version).toBe(1);
});

test('a change by which run after run fails is taken back instead of the agent failing; what one run made goes as a whole', async () => {
  await using world = await createWorld({ expects: ['was taken back'] });
  const { process } = await openAgent(world, {
    maxConsecutiveFailures: 2,
    triggerDelivery: { maxRetries: 0 },
    script: `export default async function run(event, agent) {
      const { instructions } = await agent.tool('list_capabilities');
      if (instructions.includes('fail')) throw new Error('as I was told');
      if (!event.payload.learn) return instructions;
      await agent.tool('modify_instructions', { new_instructions: 'fail always' });
      await agent.tool('add_trigger', { trigger_type: 'event', event_type: 'a.b' });
    }`,
    instructions: 'Be well.',
  });
  await wake(process, { learn: true });
  for (let n = 0; n < 2; n++) await wake(process);
  await world.until(() => process.snapshot.items.size === 1);
  await wake(process);
  await ended(process, 4);
  expect(process.snapshot.versions.map(({ by }) => by.slice(0, 4))).toEqual(['user', 'run:', 'run:', 'runt']);
  const [item] = process.snapshot.items.values();
  expect(item?.item).toMatchObject({ kind: 'reverted', about: { version: 3, restored: 1, code: 'VERSION_FAILED' } });
  expect(process.state).toMatch(/running|awaiting/);
  expect((await bodiesOf(world, process, 'run.settled')).at(-1)).toMatchObject({ outcome: 'done', output: 'Be well.' });
});

test('what was taken back waits in the inbox until somebody has seen it, or its agent is gone', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const { runtime, process } = await openAgent(world);
  const client = await world.client('ada');
  const opened = (id: string) =>
    process.journaled.append('take-back-version', [
      {
        kind: 'item.opened',
        body: {
          item: {
            id,
            kind: 'reverted',
            title: 'p took a change of itself back',
            question: 'It did not work.',
            about: {},
            choices: ['understood'],
            expiresAt: null,
            fallback: null,
          },
        },
      },
    ]);
  const open = async () => (await client.listInbox({})).items.filter(({ answeredAt }) => answeredAt === null);
  await opened('itm_1');
  expect(await open()).toMatchObject([{ id: 'itm_1', process: 'p', kind: 'reverted', run: '' }]);
  await client.answerInboxItem({ id: 'itm_1', answer: 'understood' });
  expect(await open()).toEqual([]);
  await opened('itm_2');
  await runtime.remove('p', 'ada');
  expect(await open()).toEqual([]);
});

test('variables that its user wrote into the instructions stay where they are, and are never read', async () => {
  await using world = await createWorld({ env: { CITY: 'Bremen', KEY: 'hush' } });
  const { process } = await openAgent(world, { instructions: 'Look after ${CITY}.' });
  const [seen] = await did(world, process, [['list_capabilities']]);
  expect(seen?.['instructions']).toBe('Look after ${CITY}.');
  const got = await did(world, process, [rewrite('Look after ${CITY}, daily.'), rewrite('${CITY} ${KEY}')]);
  expect(got.map(({ code }) => code)).toEqual([undefined, 'POLICY_REFUSED']);
  expect(process.ability.config.instructions).toBe('Look after Bremen, daily.');
  expect(JSON.stringify(await world.journal.read('p'))).not.toContain('Bremen');
});

test('a change that the journal could not keep is not gone by, and made when there is room again', async () => {
  await using world = await createWorld({
    journal: 'sqlite',
    expects: ['could not be written', 'not be delivered yet'],
  });
  const { process } = await openAgent(world, {
    openMode: { maxInstructionLength: 100_000 },
    instructions: 'As written.',
    script: `export default async function run(event, agent) {
      await agent.tool('modify_instructions', { new_instructions: 'As learned. '.repeat(8000) });
    }`,
  });
  const { database } = world;
  const pages = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${pages + 8}`);
  await wake(process);
  await world.until(() => process.halted !== null);
  expect(process.halted).toMatchObject({ code: 'DISK_FULL' });
  await world.until(() => process.ability.config.instructions === 'As written.');
  database.pragma('max_page_count = 1073741823');
  await world.until(() => process.ability.config.instructions.startsWith('As learned.'));
  await drained(process);
  expect(await bodiesOf(world, process, 'definition.changed')).toHaveLength(1);
  expect(process.snapshot.version).toBe(2);
});

test.each(['before', 'after'] as const)(
  'a change that does not work is taken back once, also where the power goes %s it is',
  async (when) => {
    const cut = { at: 'take-back-version', when, times: 1 };
    await using world = await createWorld({ journal: 'sqlite', expects: ['was taken back'], cut });
    const { buildToolbox } = frail((text) => text.includes('broken'));
    const first = world.process('p', open, { buildToolbox });
    await first.start();
    await wake(first, says('broken'));
    await world.until(() => !world.power.isOn);
    await world.restart('killed');
    const second = world.process('p', undefined, { buildToolbox });
    await second.takeUp();
    expect(second.snapshot.versions.map(({ by }) => by.slice(0, 4))).toEqual(['user', 'run:', 'runt']);
    expect([second.ability.config.instructions, second.snapshot.items.size]).toEqual(['As written.', 1]);
    await wake(second, { calls: [['list_capabilities']] } as never);
    await drained(second);
    expect((await bodiesOf(world, second, 'run.settled')).at(-1)?.output).toMatchObject([
      { instructions: 'As written.' },
    ]);
  },
);

test('of two runs at a time that reach a limit together one is let, and the other is told', async () => {
  await using world = await createWorld();
  const { process } = await openAgent(world, {
    concurrency: 2,
    openMode: { maxDynamicTriggers: 1 },
    script: `export default async function run(event, agent) {
      await agent.tool('add_trigger', { trigger_type: 'event', event_type: 'a.b', custom_config: { id: event.payload.id } });
      await agent.ask('go on?');
    }`,
  });
  await wake(process, { id: 'one' });
  await wake(process, { id: 'two' });
  await world.until(() => process.snapshot.items.size === 2);
  for (const id of [...process.snapshot.items.keys()]) await process.steering.answer(id, 'yes', 'ada');
  await drained(process);
  await world.until(() => process.triggers.length === 1);
  expect(
    (await bodiesOf(world, process, 'governance.noted')).map(({ what, details }) => [what, details?.['code']]),
  ).toEqual([['blocked', 'LIMIT_OPEN_MODE']]);
  expect(process.snapshot.version).toBe(2);
});
