import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RunBundle } from '../../src/shared/run-bundle.ts';
import { caughtLater } from '../world/caught.ts';
import { createWorld, type World } from '../world/world.ts';

const manifest = (said: string, more = '') => `# why it is here
version: "1.0"
name: p
model: script
${more}script: |
  export default async function run(event, agent) {
    await agent.context.set('seen', event.payload);
    return { said: '${said}', of: event.payload };
  }
`;

/** An agent that ran once for each payload, one after the other; and what runs came of them, the first one first. */
async function ran(world: World, payloads: readonly object[], more = '') {
  const client = await world.client('ada');
  await client.createProcess({ manifest: manifest('one', more), start: true });
  for (const payload of payloads) {
    const { eventId } = await client.wakeProcess({ name: 'p', payload: payload as never });
    await world.until(async () => (await client.getTriggerEvent({ id: eventId })).state === 'done');
  }
  const { items } = await client.listRuns({ process: 'p' });
  return { client, ids: items.map(({ id }) => id).reverse() };
}

describe('a run as one file', () => {
  test('holds the manifest it went by, what woke it, its steps and its own entries, and nothing of other runs', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const { client, ids } = await ran(world, [{ n: 1 }, { n: 2 }]);
    await client.updateProcess({ name: 'p', manifest: manifest('two'), reason: '' });
    const { file, bundle } = await client.exportRun({ id: ids[1] ?? '' });
    expect(file).toMatch(/^p-.{8}\.run-bundle\.json$/);
    const [one, ...others] = RunBundle.parse(JSON.parse(JSON.stringify(bundle))).runs;
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      app: { version: expect.any(String), platform: `${process.platform} ${process.arch}` },
      manifest: { version: 1, text: manifest('one') },
      run: { id: ids[1], version: 1, output: { said: 'one', of: { n: 2 } }, kept: 'all' },
      event: { payload: { n: 2 } },
    });
    expect(one?.run.steps.map(({ kind, args }) => ({ kind, args }))).toEqual([
      { kind: 'context', args: { key: 'seen', value: { n: 2 } } },
    ]);
    const kinds = one?.entries.map(({ kind }) => kind) ?? [];
    expect(kinds[0]).toBe('event.accepted');
    expect(kinds).toContain('run.started');
    expect(kinds.at(-1)).toBe('run.settled');
    expect(JSON.stringify(bundle)).not.toContain(ids[0]);
  });

  test('holds no secret: none that is known, also since, none that looks like one, and not where the person lives', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const vault = 'canary-of-the-vault';
    const looks = `ghp_${'a1'.repeat(12)}`;
    const payload = {
      vault,
      looks,
      api_key: 'plain-but-told-by-its-name',
      path: join(homedir(), 'notes.txt'),
      tokens: 7,
    };
    const { client, ids } = await ran(world, [payload]);
    await client.setSecret({ name: 'p', secret: 'late', value: vault });
    const { bundle } = await client.exportRun({ id: ids[0] ?? '' });
    const text = JSON.stringify(bundle);
    for (const secret of [vault, looks, payload.api_key, homedir()]) expect(text).not.toContain(secret);
    expect(bundle.runs[0]?.event?.payload).toEqual({
      vault: '[secret:late]',
      looks: '[removed]',
      api_key: '[removed]',
      path: join('~', 'notes.txt'),
      tokens: 7,
    });
  });

  test('of a run that goes on ends where that is now', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client('ada');
    const asking = manifest('one').replace(
      "await agent.context.set('seen', event.payload);",
      "await agent.ask('Well?');",
    );
    await client.createProcess({ manifest: asking, start: true });
    await client.wakeProcess({ name: 'p' });
    await world.until(async () => (await client.listRuns({ state: 'parked' })).items.length === 1);
    const [run] = (await client.listRuns({})).items;
    const { bundle } = await client.exportRun({ id: run?.id ?? '' });
    expect(bundle.runs[0]).toMatchObject({ run: { state: 'parked', endedAt: null } });
    expect(bundle.runs[0]?.entries.map(({ kind }) => kind)).toContain('step.intended');
  });

  test('is refused for a run that nobody knows', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const client = await world.client('ada');
    expect(await caughtLater(client.exportRun({ id: 'run_unknown' }))).toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(await caughtLater(client.exportRun({ id: '' }))).toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
