import { expect, test } from 'vitest';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { createWorld } from '../world/world.ts';

const counting = script(`
  const n = ((await agent.context.get('n')) ?? 0) + 1;
  await agent.context.set('n', n);
  if (event.payload.ask) await agent.sleep(60000);
  return n`);

test('a person looks at an earlier state, tries what going back would change, and goes back', async () => {
  await using world = await createWorld({ journal: 'sqlite', clock: 'hand' });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const process = await runtime.register({ name: 'p', config: counting });
  await process.start();
  const seqs: number[] = [];
  for (let n = 0; n < 3; n++) {
    await wake(process);
    await drained(process);
    seqs.push(process.snapshot.seq);
  }
  await api.setContext({ name: 'p', key: 'later', value: true }, 'ada');
  const [first = 0, second = 0] = seqs;
  const at = async (seq?: number) => {
    const { items } = await api.getContext({ name: 'p', at: seq }, 'ada');
    return items.map(({ key, value }) => [key, value]);
  };
  expect(await at(first)).toEqual([['n', 1]]);
  expect(await at(second)).toEqual([['n', 2]]);
  expect((await caughtLater(at(9_999))).code).toBe('REQUEST_INVALID');
  const trial = await api.rewind({ name: 'p', to: first, mode: 'both', dryRun: true }, 'ada');
  expect(trial).toEqual({
    seq: null,
    context: [
      { key: 'later', before: true, after: null, change: 'removed' },
      { key: 'n', before: 3, after: 1, change: 'changed' },
    ],
    conversation: { before: 0, after: 0 },
  });
  expect(await at()).toEqual([
    ['n', 3],
    ['later', true],
  ]);
  const { seq } = await api.rewind({ name: 'p', to: first, mode: 'both', dryRun: false }, 'ada');
  expect(await at()).toEqual([['n', 1]]);
  expect((await world.journal.read('p', { after: (seq ?? 0) - 1, limit: 1 }))[0]).toMatchObject({
    kind: 'journal.rewound',
    body: { to: first, by: 'ada' },
  });
  await wake(process);
  await drained(process);
  expect(await at()).toEqual([['n', 2]]);
  expect(await api.verifyJournal({ name: 'p' }, 'ada')).toMatchObject({ ok: true });
  await world.restart('killed');
  const again = await world.takenUp('p');
  expect(again.snapshot.context.get('n')?.value).toBe(2);
});
