import { describe, expect, test } from 'vitest';
import { isReport } from '../../src/renderer/inbox/item-kinds.ts';
import { reportChoice, reportChoices, reportDone, waitingWords } from '../../src/renderer/inbox/report-words.ts';
import { isActionable } from '../../src/renderer/stores/actionable.ts';
import { pressingKinds } from '../../src/shared/inbox-kinds.ts';
import { makeItem } from './fixture/make.ts';

const failure = (count: number, waiting: number) =>
  makeItem('f', { kind: 'failure', count, about: { waiting }, choices: ['redeliver', 'dismiss'] });
const missed = (count: number) => makeItem('m', { kind: 'missed', count, choices: ['run_now', 'run_all', 'skip'] });

test('everything in the inbox needs a person, except results', () => {
  expect(pressingKinds).toContain('failure');
  expect(pressingKinds).toContain('approval');
  expect(pressingKinds).not.toContain('finished');
});

test('what is told can be told from what is asked', () => {
  expect([failure(1, 1), missed(1), makeItem('q')].map(isReport)).toEqual([true, true, false]);
});

test('an item that is snoozed or dealt with wants nothing now', () => {
  expect(isActionable(failure(1, 1), 5_000)).toBe(true);
  expect(isActionable({ ...failure(1, 1), snoozedUntil: 6_000 }, 5_000)).toBe(false);
  expect(isActionable({ ...failure(1, 1), snoozedUntil: 6_000 }, 6_000)).toBe(true);
  expect(isActionable({ ...failure(1, 1), answeredAt: 4_000 }, 5_000)).toBe(false);
});

describe('a button says what it does', () => {
  test.each([
    [failure(1, 1), 'redeliver', 'Deliver it again'],
    [failure(12, 9), 'redeliver', 'Deliver all 9 again'],
    [failure(10_000, 10_000), 'redeliver', 'Deliver the oldest 1,000 again'],
    [missed(1), 'run_now', 'Run it now'],
    [missed(3), 'run_now', 'Run once now'],
    [missed(3), 'run_all', 'Run each of the 3'],
    [missed(500), 'run_all', 'Run the newest 100'],
    [makeItem('s', { kind: 'failure', about: { state: 'suspended' } }), 'start', 'Let it go on'],
    [makeItem('s', { kind: 'failure', about: { state: 'failed' } }), 'start', 'Start it again'],
  ])('%#', (item, choice, words) => {
    expect(reportChoice(item, choice)).toBe(words);
  });

  test('and there is none that does the same as another', () => {
    expect(reportChoices(missed(1))).toEqual(['run_now', 'skip']);
    expect(reportChoices(missed(2))).toEqual(['run_now', 'run_all', 'skip']);
  });

  test('reading a result needs no word', () => expect(reportDone('read')).toBe(''));
});

test.each([
  [0, 0, 'Nothing waits for you.'],
  [1, 0, '1 run waits for you.'],
  [3, 0, '3 runs wait for you.'],
  [0, 1, '1 thing to look at.'],
  [2, 4, '2 runs wait for you, and 4 things to look at.'],
])('%i asked and %i told: %s', (asked, told, words) => expect(waitingWords(asked, told)).toBe(words));
