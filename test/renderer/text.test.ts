import { describe, expect, test } from 'vitest';
import { entryWords, isTrouble, runOf } from '../../src/renderer/agent/entry-words.ts';
import { migrateWorkspace, workspaceDefaults } from '../../src/renderer/stores/workspace-store.ts';
import { brief, bytes, countdown, lasting, plural, relative } from '../../src/renderer/ui/format.ts';
import { hunks, lineDiff } from '../../src/renderer/ui/line-diff.ts';

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
    ['a.new_kind', { any: 'thing' }, '{"any":"thing"}', false],
  ] as const)('%s %j', (kind, body, words, trouble) => {
    expect(entryWords({ kind, body })).toBe(words);
    expect(isTrouble({ kind, body })).toBe(trouble);
  });

  test('knows its run', () => {
    expect(runOf({ kind: 'run.started', body: { id: 'run_1', event: 'e' } })).toBe('run_1');
    expect(runOf({ kind: 'step.ended', body: { run: 'run_2' } })).toBe('run_2');
    expect(runOf({ kind: 'checkpoint', body: {} })).toBeNull();
  });
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
