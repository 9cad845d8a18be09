import { expect, test } from 'vitest';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { script, wake } from '../world/make.ts';
import { ended } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

const counting = script(`
  await agent.context.set('n', ((await agent.context.get('n')) ?? 0) + 1);
  return 1`);

test.each(storeKinds)('what all agents kept at a moment is told key by key beside now, kept in %s', async (journal) => {
  await using world = await createWorld({ journal, clock: 'hand', sandbox });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  const a = await runtime.register({ name: 'a', config: counting });
  await a.start();
  const at: number[] = [];
  for (let n = 1; n <= 3; n++) {
    await world.clock.advance(60_000);
    await wake(a);
    await ended(a, n);
    at.push(world.clock.now());
  }
  await world.clock.advance(60_000);
  const b = await runtime.register({
    name: 'b',
    config: { ...counting, context: { initialState: { place: 'harbour' } } },
  });
  await b.start();
  await api.setContext({ name: 'a', key: 'later', value: true }, 'ada');

  const moments = await api.listContextMoments({ before: undefined, limit: 500 }, 'ada');
  expect(moments.since).toBeNull();
  expect(moments.items.map(({ process, keys }) => [process, keys])).toEqual([
    ['a', ['later']],
    ['b', ['place']],
    ['a', ['n']],
    ['a', ['n']],
    ['a', ['n']],
  ]);
  const [newest] = (await api.listContextMoments({ before: at[2], limit: 1 }, 'ada')).items;
  expect(newest).toMatchObject({ process: 'a', at: at[1], by: expect.stringMatching(/^run:/) });
  const cut = await api.listContextMoments({ before: undefined, limit: 2 }, 'ada');
  expect(cut.items).toHaveLength(2);
  expect(cut.since).toBe(cut.items[1]?.at);

  const past = async (when: number) => {
    const { items } = await api.contextAt({ at: when, limit: 50 }, 'ada');
    return items.map(({ process, keys }) => [process, keys.map(({ key, was, change }) => [key, was, change])]);
  };
  expect(await past(at[0] ?? 0)).toEqual([
    [
      'a',
      [
        ['later', null, 'later'],
        ['n', 1, 'changed'],
      ],
    ],
    ['b', [['place', null, 'later']]],
  ]);
  expect((await past((at[1] ?? 0) + 1_000))[0]).toEqual([
    'a',
    [
      ['later', null, 'later'],
      ['n', 2, 'changed'],
    ],
  ]);
  expect(await past(world.clock.now())).toEqual([
    [
      'a',
      [
        ['later', true, 'same'],
        ['n', 3, 'same'],
      ],
    ],
    ['b', [['place', 'harbour', 'same']]],
  ]);
  expect((await api.contextAt({ at: 1, limit: 50 }, 'ada')).items.map(({ seq }) => seq)).toEqual([0, 0]);
  const first = await api.contextAt({ at: world.clock.now(), limit: 1 }, 'ada');
  expect(first.next).toBe('a');
  expect((await api.contextAt({ at: world.clock.now(), limit: 1, cursor: 'a' }, 'ada')).items[0]?.process).toBe('b');
  await api.deleteContext({ name: 'a', key: 'n' }, 'ada');
  expect((await past(at[2] ?? 0))[0]).toEqual([
    'a',
    [
      ['later', null, 'later'],
      ['n', 3, 'gone'],
    ],
  ]);
});
