import type { EntryBody, NewEntry } from '../../src/shared/entries/journal-entries.ts';
import type { Deed } from './history-deeds.ts';
import type { Author } from './random-history.ts';

const noon = Date.parse('2026-01-05T12:00:00Z');

/** What people do beside the work of an agent: how often, and under which commit name. */
export const peopleDeeds: readonly [commit: string, weight: number, deed: Deed][] = [
  ['note-run', 3, noteRun],
  ['snooze-item', 4, snoozeItem],
  ['answer-report', 3, answerReport],
  ['deliver-again', 3, deliverAgain],
  ['write-letter', 4, writeLetter],
  ['end-letter', 2, endLetter],
  ['clear-conversation', 1, () => [{ kind: 'conversation.cleared', body: { by: 'user' } }]],
];

/** What may follow when a process was deleted: it is back, gone for good, or another takes its name. */
export function afterDeletion({ live, draws }: Author, create: Deed): [commit: string, deed: Deed] {
  if (live.life === 0 || draws.chance(0.4)) return ['create-process', create];
  if (draws.chance(0.6)) return ['restore-process', () => [{ kind: 'process.restored', body: { by: 'user' } }]];
  return ['purge-process', () => [{ kind: 'process.purged', body: { by: 'runtime' } }]];
}

function noteRun({ live, draws }: Author): NewEntry[] {
  const run = draws.one([...live.runs.keys(), live.lastRun?.id ?? 'run_gone']);
  return [{ kind: 'run.noted', body: { run, note: draws.one(['', 'look at the rows']), by: 'user' } }];
}

function snoozeItem({ live, draws }: Author): NewEntry[] {
  const item = draws.one([...live.items.keys(), 'itm_of_a_report']);
  const until = draws.chance(0.3) ? null : noon + draws.int(0, 1e6);
  return [{ kind: 'item.snoozed', body: { item, until, by: 'user' } }];
}

function answerReport({ draws }: Author): NewEntry[] {
  const about = draws.one([
    { kind: 'failure', about: 'INTERNAL', answer: { verdict: 'dismiss' } },
    { kind: 'failure', about: 'process', answer: { verdict: 'dismiss' } },
    { kind: 'missed', about: 'every-morning', answer: { verdict: 'skip' } },
  ] as const);
  return [{ kind: 'report.answered', body: { item: 'itm_of_a_report', by: 'user', ...about } }];
}

/** An event that failed before comes once more; as far as a history knows, any id may have been one. */
function deliverAgain(author: Author): NewEntry[] {
  const id = author.name('evt');
  return [
    {
      kind: 'event.accepted',
      body: {
        id,
        trigger: 'by-hand',
        kind: 'manual',
        dedupeKey: id,
        payload: {},
        metadata: { redelivered_by: 'user' },
        taint: [],
        priority: 5,
        notBefore: null,
        expiresAt: null,
        redelivers: author.failed.length > 0 ? author.draws.one(author.failed) : 'evt_gone',
      },
    },
  ];
}

function writeLetter(author: Author): NewEntry[] {
  const { draws } = author;
  const body: EntryBody<'letter.received'> = {
    id: author.name('let'),
    type: draws.one(['directive', 'context', 'question', 'correction']),
    priority: draws.one(['critical', 'high', 'normal', 'low']),
    content: 'look twice',
    sticky: draws.chance(0.2),
    sender: 'user',
    expiresAt: noon,
  };
  return [{ kind: 'letter.received', body }];
}

function endLetter({ live, draws }: Author): NewEntry[] | undefined {
  const letters = [...live.letters.values()];
  if (letters.length === 0) return undefined;
  return [{ kind: 'letter.ended', body: { id: draws.one(letters).id, outcome: 'cleared', by: 'user' } }];
}
