import { describe, expect, test } from 'vitest';
import { definitionAt, writtenDefinition } from '../../src/main/journal/fold/versions.ts';
import { changesBetween } from '../../src/shared/definition-changes.ts';
import type { Definition } from '../../src/shared/entries/journal-entries.ts';
import { caughtLater } from '../world/caught.ts';
import { Folded } from '../world/folded.ts';
import { wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { createWorld } from '../world/world.ts';

const manifest = (said: string, more = '') => `# what it says
version: "1.0"
name: p
model: script
instructions: ${said}
script: |
  export default async function run(event, agent) { return '${said}'; }
${more}`;
const trigger = `triggers:
  - id: nightly
    type: cron
    cron_expression: "0 3 * * *"
`;

async function versioned(level: 'full' | 'none' = 'full') {
  const world = await createWorld({ journal: 'sqlite' });
  const client = await world.client('ada');
  await client.createProcess({ manifest: manifest('one', `journal: {level: ${level}}\n`), start: true });
  await client.updateProcess({ name: 'p', manifest: manifest('two', trigger), reason: 'it should say two' });
  await client.updateTrigger({ name: 'p', id: 'nightly', changes: { cron_expression: '0 4 * * *' } });
  return { world, client };
}

describe('the versions of a process', () => {
  test('say who changed what, and why', async () => {
    const { world, client } = await versioned();
    await using _world = world;
    const { items, next } = await client.listVersions({ name: 'p' });
    expect(next).toBeNull();
    expect(
      items.map(({ id, by, author, reason, present, written, changes }) => ({
        id,
        by,
        author,
        reason,
        present,
        written,
        changes,
      })),
    ).toEqual([
      {
        id: '3',
        by: 'ada',
        author: 'person',
        reason: 'trigger nightly was changed',
        present: true,
        written: true,
        changes: [{ path: 'triggers[nightly].cron_expression', kind: 'changed' }],
      },
      {
        id: '2',
        by: 'ada',
        author: 'person',
        reason: 'it should say two',
        present: false,
        written: false,
        changes: [
          { path: 'instructions', kind: 'changed' },
          { path: 'script', kind: 'changed' },
          { path: 'journal', kind: 'removed' },
          { path: 'triggers', kind: 'added' },
        ],
      },
      { id: '1', by: 'ada', author: 'person', reason: 'created', present: false, written: false, changes: null },
    ]);
    const page = await client.listVersions({ name: 'p', limit: 2 });
    expect(page.items.map(({ id }) => id)).toEqual(['3', '2']);
    expect((await client.listVersions({ name: 'p', cursor: page.next ?? '' })).items.map(({ id }) => id)).toEqual([
      '1',
    ]);
  });

  test('are shown as they were written, and compared in the words of a manifest', async () => {
    const { world, client } = await versioned();
    await using _world = world;
    const first = await client.getVersion({ name: 'p', id: '1' });
    expect(first.manifest).toBe(manifest('one', 'journal: {level: full}\n'));
    const { changes, left, right } = await client.compareVersions({ name: 'p', id: '2', other: 'present' });
    expect([left.id, right.id]).toEqual(['2', '3']);
    expect(changes).toEqual([
      { path: 'triggers[nightly].cron_expression', kind: 'changed', before: '0 3 * * *', after: '0 4 * * *' },
    ]);
    expect((await caughtLater(client.getVersion({ name: 'p', id: '9' }))).code).toBe('VERSION_NOT_FOUND');
    expect((await caughtLater(client.getVersion({ name: 'p', id: 'x' }))).code).toBe('REQUEST_INVALID');
  });

  test('are restored as a new version, comments and all, and the next run goes by it', async () => {
    const { world, client } = await versioned();
    await using _world = world;
    const restored = await client.restoreVersion({ name: 'p', id: '1', reason: 'one was better' });
    expect(restored).toMatchObject({ version: 4, manifest: manifest('one', 'journal: {level: full}\n'), triggers: [] });
    const [newest] = (await client.listVersions({ name: 'p', limit: 1 })).items;
    expect(newest).toMatchObject({ id: '4', by: 'ada', reason: 'version 1 was restored: one was better' });
    const { eventId } = await client.wakeProcess({ name: 'p' });
    await world.until(async () => (await client.getTriggerEvent({ id: eventId })).state === 'done');
    const [run] = (await client.listRuns({ process: 'p' })).items;
    expect((await client.getRun({ id: run?.id ?? '' })).output).toBe('one');
  });

  test('stand with their runs: which one each went by, also where an earlier one is in force again', async () => {
    const { world, client } = await versioned();
    await using _world = world;
    const settled = async () => {
      const { eventId } = await client.wakeProcess({ name: 'p' });
      await world.until(async () => (await client.getTriggerEvent({ id: eventId })).state === 'done');
    };
    await settled();
    await client.restoreVersion({ name: 'p', id: '1' });
    await settled();
    const { items } = await client.listRuns({ process: 'p' });
    expect(items.map(({ version, output }) => ({ version, output }))).toEqual([
      { version: 4, output: 'one' },
      { version: 3, output: 'two' },
    ]);
    expect((await client.getRun({ id: items[1]?.id ?? '' })).version).toBe(3);
  });

  test('outlive a kill, and the journal that housekeeping takes away', async () => {
    const { world, client } = await versioned('none');
    await using _world = world;
    await client.updateProcess({ name: 'p', manifest: manifest('three', 'journal: {level: none}\n') });
    const before = await client.listVersions({ name: 'p' });
    await world.restart('killed');
    const runtime = await world.runtime();
    const process = runtime.get('p');
    await wake(process);
    await drained(process);
    await process.journaled.checkpoint();
    await runtime.housekeeping.tidy();
    expect((await world.journal.base('p')).seq).toBeGreaterThan(4);
    await world.restart('killed');
    const again = await world.client();
    expect(await again.listVersions({ name: 'p' })).toEqual(before);
    expect((await again.getVersion({ name: 'p', id: '1' })).manifest).toContain("return 'one'");
    const file = await again.exportProcess({ name: 'p' });
    expect(file.whole).toBe(false);
    await again.importProcess({ process: file, name: 'q' });
    const { items } = await again.listVersions({ name: 'q' });
    expect(items.map(({ id, by, reason }) => [id, by, reason])).toEqual(
      before.items.map(({ id, by, reason }) => [id, by, reason]),
    );
    expect((await again.getVersion({ name: 'q', id: '1' })).manifest).toContain("return 'one'");
  });
});

const definition = (n: number, filler = ''): Definition => ({
  hash: `h${n}`,
  manifest: { name: 'p', instructions: `say ${n} ${filler}`, triggers: n % 2 ? [{ id: 't', type: 'cron' }] : [] },
  text: n % 3 ? `# ${n}\nname: p\ninstructions: say ${n} ${filler}` : null,
});

test('every version that is kept comes back as it was, and what the user wrote stays however much the agent changes', () => {
  const folded = new Folded().add('process.created', { definition: definition(1), by: 'user' });
  for (let n = 2; n <= 400; n++)
    folded.add('definition.changed', {
      definition: definition(n, 'x'.repeat(n)),
      by: n === 5 ? 'window' : `run:run_${n}`,
      reason: '',
    });
  const { snapshot } = folded;
  expect(snapshot.versions.length).toBeLessThanOrEqual(200);
  for (const { version } of snapshot.versions)
    expect(definitionAt(snapshot, version)).toEqual(definition(version, version === 1 ? '' : 'x'.repeat(version)));
  expect(snapshot.versions[0]?.version).toBe(5);
  expect(writtenDefinition(snapshot)?.hash).toBe('h5');
});

test('lists of things with ids are compared by id, others by place', () => {
  const before = {
    triggers: [
      { id: 'a', x: 1 },
      { id: 'b', x: 2 },
    ],
    tags: ['x'],
    tools: { a: true },
  };
  const after = { triggers: [{ id: 'b', x: 3 }, { type: 'cron' }], tags: ['x', 'y'], tools: { a: true, b: false } };
  expect(changesBetween(before, after).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'removed triggers[a]',
    'changed triggers[b].x',
    'added triggers[1]',
    'changed tags',
    'added tools.b',
  ]);
});
