import { expect, test } from 'vitest';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { script, wake } from '../world/make.ts';
import { ended } from '../world/outcomes.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const dayMs = 86_400_000;

test('how long things are kept is set for the node, shown before it deletes, and outlives a restart', async () => {
  await using world = await createWorld({ journal: 'sqlite', clock: 'hand', sandbox });
  const facts = { url: () => null, dataDir: null, desktop: false };
  let runtime = await world.runtime();
  let api = runtimeApi(runtime, facts);
  const manifest = (name: string, more = {}) => ({
    version: '1.0',
    name,
    ...script(`await agent.context.set('n', 1); return 1`),
    ...more,
  });
  for (const one of [manifest('plain'), manifest('own', { journal: { retention_days: 90 } })]) {
    await api.createProcess({ manifest: one as never, start: true }, 'ada');
    for (let n = 1; n <= 3; n++) await wake(runtime.get(one.name));
    await ended(runtime.get(one.name), 3);
    await runtime.get(one.name).journaled.checkpoint();
  }
  await api.createProcess({ manifest: manifest('gone') as never, start: false }, 'ada');
  await api.deleteProcess({ name: 'gone', forever: false }, 'ada');
  await world.clock.advance(10 * dayMs);
  expect(await api.getRetention({}, 'ada')).toEqual({
    runsDays: 30,
    eventsDays: 30,
    trashDays: 30,
    own: [{ process: 'own', days: 90 }],
  });
  const nothing = { runs: [], events: 0, trash: [] };
  expect(await api.previewRetention({}, 'ada')).toEqual(nothing);
  const before = await world.journal.read('plain', { limit: 1_000 });
  const preview = await api.previewRetention({ runsDays: 7, trashDays: 7 }, 'ada');
  expect(preview).toMatchObject({ runs: [{ process: 'plain', entries: expect.any(Number) }], trash: ['gone'] });
  expect(await world.journal.read('plain', { limit: 1_000 })).toHaveLength(before.length);
  expect(await api.listTrash({}, 'ada')).toMatchObject({ items: [{ name: 'gone' }] });

  expect(await api.setRetention({ runsDays: 7, trashDays: 7 }, 'ada')).toMatchObject({ runsDays: 7, trashDays: 7 });
  await runtime.housekeeping.tidy();
  const { runs } = preview;
  expect((await world.journal.base('plain')).seq).toBe(runs[0]?.entries);
  expect((await world.journal.base('own')).seq).toBe(0);
  expect(await api.listTrash({}, 'ada')).toMatchObject({ items: [] });
  expect(runtime.get('plain').snapshot.context.get('n')?.value).toBe(1);
  expect(await api.previewRetention({ runsDays: null }, 'ada')).toEqual(nothing);

  await world.restart('killed');
  runtime = await world.runtime();
  await runtime.open();
  api = runtimeApi(runtime, facts);
  expect(await api.getRetention({}, 'ada')).toMatchObject({ runsDays: 7, eventsDays: 30, trashDays: 7 });
  expect(await api.setRetention({ runsDays: null, trashDays: null }, 'ada')).toMatchObject({
    runsDays: 30,
    trashDays: 30,
  });
});
