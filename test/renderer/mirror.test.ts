import { describe, expect, test } from 'vitest';
import {
  applyNotice,
  emptyMirror,
  everythingStale,
  type Mirror,
  nothingStale,
  topicsOf,
} from '../../src/renderer/stores/mirror.ts';
import { makeNotice, makeProcess } from './fixture/make.ts';

const fresh: Mirror = {
  ...emptyMirror,
  cursor: { boot: 'boot', seq: 1 },
  processes: { watcher: makeProcess('watcher'), other: makeProcess('other') },
  stale: nothingStale,
};

describe('a notice changes the mirror', () => {
  test('a state it carries is taken at once, and the process is read again', () => {
    const next = applyNotice(fresh, makeNotice(2, 'process.changed', { process: 'watcher', state: 'suspended' }));
    expect(next.processes['watcher']).toMatchObject({ state: 'suspended', stateSince: 5_000 });
    expect([...next.stale.processes]).toEqual(['watcher']);
    expect(next.cursor).toEqual({ boot: 'boot', seq: 2 });
  });

  test('a state that no process can have is not taken', () => {
    const next = applyNotice(fresh, makeNotice(2, 'process.changed', { process: 'watcher', state: 'dancing' }));
    expect(next.processes['watcher']?.state).toBe('running');
  });

  test('a deleted process is gone at once and is not read again', () => {
    const changed = applyNotice(fresh, makeNotice(2, 'process.changed', { process: 'watcher' }));
    const next = applyNotice(changed, makeNotice(3, 'process.deleted', { process: 'watcher' }));
    expect(Object.keys(next.processes)).toEqual(['other']);
    expect(next.stale.processes.size).toBe(0);
    expect(next.stale.inbox).toBe(true);
  });

  test('a gap makes everything old', () => {
    expect(applyNotice(fresh, makeNotice(9, 'notices.gap')).stale).toBe(everythingStale);
  });

  test('a node that was started again makes everything old, whatever the notice is', () => {
    const next = applyNotice(fresh, makeNotice(1, 'step.text', { boot: 'another', run: 'run_1', text: 'x' }));
    expect(next.stale).toBe(everythingStale);
    expect(next.cursor).toEqual({ boot: 'another', seq: 1 });
  });

  test('streamed words are put together per step, and let go when the step has ended', () => {
    const words = ['The ', 'export ', 'stopped'].reduce(
      (mirror, text, index) => applyNotice(mirror, makeNotice(2 + index, 'step.text', { run: 'run_1', step: 3, text })),
      fresh,
    );
    expect(words.liveText['run_1']).toEqual({ step: 3, text: 'The export stopped' });
    const nextStep = applyNotice(words, makeNotice(6, 'step.text', { run: 'run_1', step: 4, text: 'Then' }));
    expect(nextStep.liveText['run_1']).toEqual({ step: 4, text: 'Then' });
    const ended = applyNotice(
      nextStep,
      makeNotice(7, 'step.changed', { process: 'watcher', run: 'run_1', step: 4, state: 'ok' }),
    );
    expect(ended.liveText).toEqual({});
  });

  test('words of a step are not let go by the end of an earlier one', () => {
    const words = applyNotice(fresh, makeNotice(2, 'step.text', { run: 'run_1', step: 4, text: 'Then' }));
    const late = applyNotice(
      words,
      makeNotice(3, 'step.changed', { process: 'watcher', run: 'run_1', step: 3, state: 'ok' }),
    );
    expect(late.liveText['run_1']?.text).toBe('Then');
  });

  test('a mirror is never changed in place', () => {
    const before = JSON.stringify(fresh, (_, value) => (value instanceof Set ? [...value] : value));
    applyNotice(fresh, makeNotice(2, 'process.changed', { process: 'watcher', state: 'failed' }));
    applyNotice(fresh, makeNotice(3, 'process.deleted', { process: 'other' }));
    expect(JSON.stringify(fresh, (_, value) => (value instanceof Set ? [...value] : value))).toBe(before);
  });
});

describe('a notice tells which reads are old', () => {
  test.each([
    ['run.changed', { process: 'a', run: 'r' }, ['runs', 'runs:a', 'run:r', 'conversation:a', 'journal:a']],
    ['step.changed', { process: 'a', run: 'r' }, ['run:r', 'journal:a']],
    ['event.changed', { process: 'a' }, ['events', 'events:a', 'journal:a']],
    ['context.changed', { process: 'a' }, ['context:a', 'journal:a']],
    ['inbox.changed', {}, ['inbox']],
    ['bus.published', {}, ['bus']],
    ['node.changed', { state: 'budget' }, ['node', 'budget']],
    ['node.changed', {}, ['node']],
    ['notices.gap', {}, ['*']],
    ['step.text', { run: 'r' }, []],
  ] as const)('%s', (kind, given, topics) => {
    expect(topicsOf(makeNotice(1, kind, given))).toEqual(topics);
  });
});
