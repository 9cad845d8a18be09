import { describe, expect, test } from 'vitest';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { calls, says } from '../world/model-replies.ts';
import { bodiesOf, drained, ended, kept, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

/** Tries to write, tells what it was told, and goes on. */
const trying = script(`
  if (event.payload.ask) await agent.ask('May I?');
  try {
    if (event.payload.delete) await agent.context.delete('plan');
    else await agent.context.set('plan', 'mine');
  } catch (error) { return { refused: error.code, said: error.message }; }
  return 'written'`);

describe.each(storeKinds)('what a person locked is not written by the agent, kept in %s', (journal) => {
  test('a write and a delete are refused with a code the agent sees; a person still writes', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', trying);
    await process.steering.lockContext('plan', 'ada', 'it was agreed');
    await process.steering.setContext('plan', 'ours', 'ada');
    await wake(process);
    await wake(process, { delete: true });
    await ended(process, 2);
    expect((await settled(world, process)).map(({ output }) => output)).toEqual([
      { refused: 'CONTEXT_KEY_LOCKED', said: expect.stringContaining('locked by ada (it was agreed)') },
      { refused: 'CONTEXT_KEY_LOCKED', said: expect.any(String) },
    ]);
    expect(kept(process, 'plan')).toBe('ours');
    await process.steering.unlockContext('plan', 'ada');
    await wake(process);
    await ended(process, 3);
    expect(kept(process, 'plan')).toBe('mine');
    expect(await bodiesOf(world, process, 'context.locked')).toEqual([
      { key: 'plan', by: 'ada', reason: 'it was agreed' },
    ]);
    expect(await bodiesOf(world, process, 'context.unlocked')).toEqual([{ key: 'plan', by: 'ada' }]);
  });

  test.each(['killed', 'crashed', 'closed'] as const)(
    'it is locked as before after the program was %s',
    async (end) => {
      await using world = await createWorld({ journal, sandbox });
      const before = await world.started('p', trying);
      await before.steering.lockContext('plan', 'ada');
      const { contextLocks } = before.snapshot;
      await world.restart(end);
      const process = await world.takenUp('p');
      expect(process.snapshot.contextLocks).toEqual(contextLocks);
      await wake(process);
      await ended(process, 1);
      expect(process.snapshot.context.has('plan')).toBe(false);
    },
  );

  test('a script that wrote before the lock came is run again and meets the refusal', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started(
      'p',
      script(`
        try { await agent.context.set('plan', 'mine'); } catch (error) { return error.code; }
        await agent.ask('May I?');
        return 'written'`),
    );
    await wake(process);
    const item = await openItem(process);
    await process.steering.lockContext('plan', 'ada');
    await process.steering.answer(item.id, 'yes', 'ada');
    await ended(process, 1);
    expect(process.snapshot.context.has('plan')).toBe(false);
    expect((await settled(world, process))[0]).toMatchObject({ effects: [] });
  });

  test('a model that wrote before the lock came is told; nothing of it is kept', async () => {
    await using world = await createWorld({ journal, sandbox });
    const model = await world.model();
    const process = await world.started('p', await world.thinking());
    model.reply([
      calls('set_context', { key: 'plan', value: 'mine' }),
      calls('look', { what: 1 }),
      says('Done.'),
      calls('set_context', { key: 'plan', value: 'again' }),
      says('It stays as it was.'),
    ]);
    const gate = world.ledger.hold('look', 'before');
    await wake(process);
    await gate.arrived;
    await process.steering.lockContext('plan', 'ada');
    gate.open();
    await drained(process);
    const said = JSON.stringify(model.chats.at(-1)?.body?.['messages']);
    expect(said).toContain('CONTEXT_KEY_LOCKED: while you worked, ada locked');
    expect(said).toContain('this agent can read it, and neither write nor delete it');
    expect(process.snapshot.context.has('plan')).toBe(false);
    expect((await settled(world, process))[0]).toMatchObject({
      outcome: 'done',
      output: 'It stays as it was.',
      withheld: ['plan'],
    });
    await wake(process);
    model.reply([says('Hello.')]);
    await drained(process);
    expect(JSON.stringify(model.chats.at(-1)?.body?.['messages'])).toContain('Locked by a person');
  });
});

test('locks are seen, set and taken away by operations, and stay through a rewind, a checkpoint and an export', async () => {
  await using world = await createWorld({ journal: 'sqlite', sandbox });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const process = await runtime.register({ name: 'p', config: trying });
  await process.start();
  const { seq } = process.snapshot;
  await api.setContext({ name: 'p', key: 'plan', value: 1 }, 'ada');
  expect(await api.lockContextKey({ name: 'p', key: 'plan', reason: 'ours' }, 'ada')).toMatchObject({
    key: 'plan',
    by: 'ada',
    reason: 'ours',
  });
  await api.lockContextKey({ name: 'p', key: 'never', reason: '' }, 'ada');
  const locked = async (at?: number) => (await api.getContext({ name: 'p', at }, 'ada')).locks.map(({ key }) => key);
  expect(await locked()).toEqual(['plan', 'never']);
  expect(await locked(seq)).toEqual([]);
  await api.rewind({ name: 'p', to: seq, mode: 'both', dryRun: false }, 'ada');
  expect(await locked()).toEqual(['plan', 'never']);
  await api.unlockContextKey({ name: 'p', key: 'never' }, 'ada');
  expect((await caughtLater(api.unlockContextKey({ name: 'p', key: 'never' }, 'ada'))).code).toBe(
    'CONTEXT_KEY_NOT_LOCKED',
  );
  expect(await api.verifyJournal({ name: 'p' }, 'ada')).toMatchObject({ ok: true });
  const exported = await api.exportProcess({ name: 'p' }, 'ada');
  for (const [name, given] of [
    ['whole', exported],
    ['anew', { ...exported, whole: false, entries: [] }],
  ] as [string, typeof exported][]) {
    await api.importProcess({ name, process: given }, 'ada');
    expect(runtime.get(name).snapshot.contextLocks).toMatchObject([{ key: 'plan', reason: 'ours' }]);
  }
  await api.deleteProcess({ name: 'p', forever: true }, 'ada');
  const next = await runtime.register({ name: 'p', config: trying });
  await next.load();
  expect(next.snapshot.contextLocks).toBeUndefined();
});

test('a run that was forked from one before the lock does not write over it', async () => {
  await using world = await createWorld({ journal: 'sqlite', sandbox });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const process = await runtime.register({
    name: 'p',
    config: script(`
    await agent.context.set('plan', 'mine');
    await agent.log('done');
    return 1`),
  });
  await process.start();
  await wake(process);
  await ended(process, 1);
  await api.setContext({ name: 'p', key: 'plan', value: 'ours' }, 'ada');
  await api.lockContextKey({ name: 'p', key: 'plan', reason: '' }, 'ada');
  const run = process.snapshot.lastRun?.id ?? '';
  const forked = await api.forkRun({ id: run, step: 2, edit: {} }, 'ada');
  await ended(process, 2);
  expect(kept(process, 'plan')).toBe('ours');
  const report = await api.replayRun({ id: forked.runId }, 'ada');
  expect(report).toMatchObject({ same: true });
});
