import { describe, expect, test } from 'vitest';
import { entryWords, isTrouble, journalKinds, kindText, runOf } from '../../src/renderer/agent/entry-words.ts';
import { inOrder } from '../../src/renderer/agent/key-order.ts';
import { migrateWorkspace, workspaceDefaults } from '../../src/renderer/stores/workspace-store.ts';
import { brief, bytes, countdown, lasting, plural, relative } from '../../src/renderer/ui/format.ts';
import { hunks, lineDiff } from '../../src/renderer/ui/line-diff.ts';
import { whoText, withShortRuns } from '../../src/renderer/ui/who.ts';

describe('figures read as people say them', () => {
  test.each([
    [relative(1_000, 1_500), 'now'],
    [relative(0, 8_000), '8 s ago'],
    [relative(120_000, 0), 'in 2 min'],
    [relative(0, 50 * 3_600_000), '2 d ago'],
    [lasting(0.2), 'under 1 ms'],
    [lasting(420), '420 ms'],
    [lasting(3_240), '3.2 s'],
    [lasting(125_000), '2 min 5 s'],
    [countdown(252_000), '04:12'],
    [countdown(-5), '00:00'],
    [countdown(3_852_000), '1:04:12'],
    [countdown(3 * 86_400_000 + 3_852_000), '3 d 01:04:12'],
    [bytes(999), '999 B'],
    [bytes(279_000), '279 kB'],
    [bytes(999_600), '1.0 MB'],
    [plural(1, 'agent'), '1 agent'],
    [plural(1_200, 'agent'), '1,200 agents'],
    [brief({ a: [1] }), '{"a":[1]}'],
    [brief('two\n lines', 6), 'two l…'],
  ])('%s', (said, wanted) => expect(said).toBe(wanted));
});

describe('what changed between two texts', () => {
  const marks = (before: string, after: string) =>
    lineDiff(before, after).map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`);

  test.each([
    ['a\nb\nc', 'a\nb\nc', [' a', ' b', ' c']],
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['', 'a', ['-', '+a']],
    ['a\nb', 'b', ['-a', ' b']],
    ['a', 'a\nb', [' a', '+b']],
  ])('%j → %j', (before, after, wanted) => expect(marks(before, after)).toEqual(wanted));

  test('taking away and adding gives the other text, whatever the texts are', () => {
    const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let seed = 1; seed < 60; seed++) {
      const next = random(seed);
      const words = () =>
        Array.from({ length: Math.floor(next() * 12) }, () => 'abcd'.charAt(Math.floor(next() * 4))).join('\n');
      const [before, after] = [words(), words()];
      const diff = lineDiff(before, after);
      expect(
        diff
          .filter(({ kind }) => kind !== 'added')
          .map(({ text }) => text)
          .join('\n'),
        `seed ${seed}`,
      ).toBe(before);
      expect(
        diff
          .filter(({ kind }) => kind !== 'removed')
          .map(({ text }) => text)
          .join('\n'),
        `seed ${seed}`,
      ).toBe(after);
    }
  });

  test('shows only what changed, with a few lines around it', () => {
    const before = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const after = before.with(20, 'other');
    const shown = hunks(lineDiff(before.join('\n'), after.join('\n')));
    expect(shown).toHaveLength(1 + 8 + 1);
    expect(shown[0]).toBeNull();
  });
});

describe('an entry of the journal in words', () => {
  test.each([
    [
      'state.changed',
      { from: 'running', to: 'failed', reason: 'three failures', by: 'runtime' },
      'running → failed (three failures)',
      true,
    ],
    ['run.settled', { run: 'run_1', outcome: 'done', steps: 3 }, 'Run done after 3 steps', false],
    [
      'run.settled',
      { run: 'run_1', outcome: 'failed', steps: 3, error: { code: 'X', message: 'no disk' } },
      'Run failed after 3 steps: no disk',
      true,
    ],
    [
      'process.recovered',
      { openRuns: 1, waiting: 2, crashed: true },
      'Taken up again after a crash, with 2 waiting and 1 open runs',
      false,
    ],
    ['run.settled', { run: 'run_1', outcome: 'done', steps: 1 }, 'Run done after 1 step', false],
    ['process.created', { by: 'api:token' }, 'Created by a program with the main token', false],
    [
      'governance.noted',
      { guard: 'mission', what: 'evaluated', about: 'mission', run: 'run_1', text: 'The mission is half done.' },
      'The mission is half done.',
      false,
    ],
    ['letter.received', { sender: 'window', content: 'Be short.' }, 'You wrote: Be short.', false],
    ['event.accepted', { trigger: 'manual', payload: {} }, 'Woken by hand', false],
    [
      'event.accepted',
      { trigger: 'hook', payload: { n: 7, to: { name: 'ada' } } },
      'Woken by hook: n: 7, to: (name: ada)',
      false,
    ],
    [
      'step.ended',
      { step: 1, outcome: 'ok', name: 'store_memory', result: { content: { id: 'm1' }, isError: false } },
      'Step 1 ok: store_memory → id: m1',
      false,
    ],
    [
      'step.intended',
      { step: 2, name: 'set checks', args: { key: 'checks', value: 10 } },
      'Step 2 begins: set checks (10)',
      false,
    ],
    ['a.new_kind', { any: 'thing' }, '{"any":"thing"}', false],
  ] as const)('%s %j', (kind, body, words, trouble) => {
    expect(entryWords({ kind, body })).toBe(words);
    expect(isTrouble({ kind, body })).toBe(trouble);
  });

  test.each(journalKinds)('%s is not told as JSON, and its name is words', (kind) => {
    expect(entryWords({ kind, body: {} })).not.toContain('{}');
    expect(kindText(kind)).toMatch(/^[A-Z][a-z ]+$/);
  });

  test('knows its run', () => {
    expect(runOf({ kind: 'run.started', body: { id: 'run_1', event: 'e' } })).toBe('run_1');
    expect(runOf({ kind: 'step.ended', body: { run: 'run_2' } })).toBe('run_2');
    expect(runOf({ kind: 'checkpoint', body: {} })).toBeNull();
  });
});

test.each([
  ['window', 'you'],
  ['api:token', 'a program with the main token'],
  ['api:backup', 'the token “backup”'],
  ['device:Phone: Ada', 'you, on “Phone: Ada”'],
  ['run:run_01m83c9a9c0009a3b410g6cnys', 'its run g6cnys'],
  ['', 'nobody known'],
  ['verified by shop.get_order', 'verified by shop.get_order'],
])('%j did it: %s', (by, words) => expect(whoText(by)).toBe(words));

test('names of runs in a text are cut to what is shown of them, and keys are in the order people look for', () => {
  expect(withShortRuns('2 events failed; the last was run_01m83c985j0002v45wq004h2zc.')).toBe(
    '2 events failed; the last was run 04h2zc.',
  );
  expect(inOrder([{ key: 'order_10' }, { key: 'order_9' }, { key: 'a' }]).map(({ key }) => key)).toEqual([
    'a',
    'order_9',
    'order_10',
  ]);
});

describe('what the window keeps', () => {
  test('of another shape is left out, and the rest stays', () => {
    const kept = {
      appearance: { theme: 'dark' },
      railCollapsed: 'yes',
      keys: { palette: 'mod+p' },
      savedFilters: {},
      strange: 1,
    };
    expect(migrateWorkspace(kept, 0)).toEqual({
      ...workspaceDefaults,
      appearance: { ...workspaceDefaults.appearance, theme: 'dark' },
      keys: { palette: 'mod+p' },
    });
  });

  test.each([null, 'text', 7, undefined])('%j gives the defaults', (kept) =>
    expect(migrateWorkspace(kept, 0)).toEqual(workspaceDefaults),
  );
});
