import { describe, expect, test } from 'vitest';
import { expired, nextWork } from '../../../src/main/processes/queue/trigger-queue.ts';
import { Folded } from '../../world/folded.ts';

const now = 1_000_000;
const nothing = new Folded();

function next(given: Folded, active: string[] = [], hold = false) {
  const found = nextWork(given.snapshot, now, new Set(active), hold);
  return found.take === 'nothing' ? `nothing until ${found.wakeAt}` : `${found.take} ${found.event.id}`;
}

/** So many events, with what is special about each. */
function waiting(...events: Parameters<Folded['event']>[1][]): Folded {
  return events.reduce((folded, more, index) => folded.event('abc'.charAt(index), more ?? {}), new Folded());
}

describe('what a process does next', () => {
  test.each<[string, Folded, string]>([
    ['nothing, when nothing waits', nothing, 'nothing until null'],
    ['the oldest event', waiting({}, {}), 'event a'],
    ['the one of the lowest number, oldest first', waiting({}, { priority: 1 }, { priority: 1 }), 'event b'],
    ['one whose time has come, before one whose has not', waiting({ notBefore: now + 1 }, {}), 'event b'],
    [
      'one of low priority, when the higher has to wait',
      waiting({ priority: 0, notBefore: now + 1 }, { priority: 9 }),
      'event b',
    ],
    [
      'waiting for the first time that comes',
      waiting({ notBefore: now + 9 }, { notBefore: now + 5 }),
      `nothing until ${now + 5}`,
    ],
    ['an event whose time has just come', waiting({ notBefore: now }), 'event a'],
    ['a run that was begun, before an event', waiting({ priority: 0 }).run('b'), 'run b'],
    ['the run that was begun first', new Folded().run('a').run('b'), 'run a'],
    [
      'an event, while a run waits for a person',
      new Folded().run('a').parked('a', 'question', null).event('b'),
      'event b',
    ],
    [
      'an event, while a run sleeps',
      new Folded()
        .run('a')
        .parked('a', 'timer', now + 1)
        .event('b'),
      'event b',
    ],
    ['the run whose sleep is over', new Folded().run('a').parked('a', 'timer', now).event('b'), 'run a'],
    ['waiting for the end of a sleep', new Folded().run('a').parked('a', 'timer', now + 7), `nothing until ${now + 7}`],
    ['waiting for the next try', new Folded().run('a').retrying('a', now + 3), `nothing until ${now + 3}`],
    ['the try that is due', new Folded().run('a').retrying('a', now - 1), 'run a'],
    ['not an event that is over', waiting({ expiresAt: now }, {}), 'event b'],
  ])('is %s', (_what, given, expected) => {
    expect(next(given)).toBe(expected);
  });

  test('is not what is being done already', () => {
    const given = new Folded().run('a').run('b').event('c');
    expect(next(given, ['run of a'])).toBe('run b');
    expect(next(given, ['run of a', 'run of b'])).toBe('event c');
  });

  test('is nothing while a run waits for a person, if it shall hold the others; its next try holds nobody', () => {
    expect(next(new Folded().run('a').parked('a', 'in_doubt', null).event('b'), [], true)).toBe('nothing until null');
    expect(
      next(
        new Folded()
          .run('a')
          .retrying('a', now + 3)
          .event('b'),
        [],
        true,
      ),
    ).toBe('event b');
  });
});

test('an event has expired when it waits at the end of its time, not before, and not once it runs', () => {
  const { snapshot } = waiting({ expiresAt: now }, { expiresAt: now + 1 }, {}).run('d', { expiresAt: now - 1 });
  expect(expired(snapshot, now).map(({ id }) => id)).toEqual(['a']);
});
