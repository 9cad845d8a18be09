import { describe, expect, test } from 'vitest';
import { assertTransition, isWorking, nextStates, ProcessState } from '../../../src/shared/lifecycle.ts';
import { caught } from '../../world/caught.ts';

/** The seed's states, and which may follow which, written down a second time. */
const allowed = [
  'created → starting, stopped',
  'starting → running, stopping, failed',
  'running → suspended, awaiting, stopping, failed',
  'suspended → running, stopping, failed',
  'awaiting → running, suspended, stopping, failed',
  'stopping → stopped, failed',
  'stopped → starting',
  'failed → starting',
];

describe('the life of a process', () => {
  test('has these eight states and these transitions, and no other', () => {
    const table = Object.entries(nextStates).map(([from, to]) => `${from} → ${to.join(', ')}`);
    expect(table).toEqual(allowed);
    expect(ProcessState.options).toEqual(Object.keys(nextStates));
  });

  const pairs = ProcessState.options.flatMap((from) => ProcessState.options.map((to) => [from, to] as const));
  test.each(pairs)('%s → %s is allowed by the table alone, and else refused with what would be', (from, to) => {
    if (nextStates[from].includes(to)) return assertTransition('p', from, to);
    const refusal = caught(() => assertTransition('p', from, to));
    expect(refusal).toMatchObject({ code: 'TRANSITION_REFUSED', details: { from, to, allowed: nextStates[from] } });
    expect(refusal.message).toContain(`"p" is ${from}; it cannot become ${to}, only ${nextStates[from].join(' or ')}.`);
  });

  test('never leads from a state to itself, and from every state back to running', () => {
    for (const from of ProcessState.options) {
      expect(nextStates[from]).not.toContain(from);
      const reached = new Set(nextStates[from]);
      for (const state of reached) for (const next of nextStates[state]) reached.add(next);
      expect(reached).toContain('running');
    }
  });

  test('has two states in which work is done', () => {
    expect(ProcessState.options.filter(isWorking)).toEqual(['running', 'awaiting']);
  });
});
