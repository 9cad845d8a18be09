import type { NewEntry } from '../../src/shared/journal-entries.ts';
import type { Deed } from './history-deeds.ts';
import type { Author } from './random-history.ts';

/** What people do beside the work of an agent: how often, and under which commit name. */
export const peopleDeeds: readonly [commit: string, weight: number, deed: Deed][] = [
  ['note-run', 3, noteRun],
  ['snooze-item', 4, snoozeItem],
  ['answer-report', 3, answerReport],
  ['deliver-again', 3, deliverAgain],
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
  const until = draws.chance(0.3) ? null : 1_767_614_400_000 + draws.int(0, 1e6);
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
