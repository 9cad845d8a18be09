import { describe, expect, test } from 'vitest';
import { recoveryEntries } from '../../../src/main/processes/survival/recovery.ts';
import { Folded } from '../../world/folded.ts';

describe('taking up a process', () => {
  test('notes what was open, and lets each run that was under way go on; parked ones stay parked', () => {
    const entries = recoveryEntries(
      new Folded().run('a').run('b').parked('b', 'question', null).run('c').event('d').snapshot,
      'killed',
    );
    expect(entries.map(({ kind, body }) => [kind, body])).toEqual([
      ['process.recovered', { openRuns: 3, waiting: 1, after: 'killed' }],
      ['run.resumed', { id: 'run of a', reason: 'killed' }],
      ['run.resumed', { id: 'run of c', reason: 'killed' }],
    ]);
  });

  test.each([
    ['crash', 19, false],
    ['crash', 20, true],
    ['killed', 29, false],
    ['restart', 29, false],
  ] as const)('after a %s, a run suspected by %i is set aside: %s', (after, suspicion, isSetAside) => {
    const given = new Folded().run('a');
    given.openRun('a').suspicion = suspicion;
    const [, entry] = recoveryEntries(given.snapshot, after);
    expect(entry?.kind).toBe(isSetAside ? 'run.settled' : 'run.resumed');
  });

  test('names the step in which the program kept ending', () => {
    const given = new Folded().run('a').add('step.intended', {
      run: 'run of a',
      step: 3,
      kind: 'tool',
      name: 'browser',
      args: {},
      argsHash: '',
      callKey: '',
      repeatable: true,
      attempt: 1,
    });
    given.openRun('a').suspicion = 20;
    const [, entry] = recoveryEntries(given.snapshot, 'crash');
    expect(entry?.body).toMatchObject({ outcome: 'failed', event: 'a', startedAt: 7, effects: [] });
    expect(JSON.stringify(entry?.body)).toContain('step 3 (browser)');
  });
});
