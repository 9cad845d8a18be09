import type { NewEntry } from '../../../shared/entries/journal-entries.ts';
import type { RuntimeError } from '../../../shared/errors.ts';
import { suspicionAfter } from '../../journal/fold/fold.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import type { Journaled } from '../journaled.ts';

/** A run as suspect as this is taken for the cause of the crashes: its event is set aside, so that the next can run. */
const convicted = 30;

/**
 * What is noted when a program takes up a process that an earlier one ran. Runs that were under way go on at their
 * first step without a result; one that was under way at too many crashes is taken for their cause.
 */
export function recoveryEntries(snapshot: Readonly<Snapshot>, after: 'restart' | 'killed' | 'crash'): NewEntry[] {
  const waiting = [...snapshot.queue.values()].filter((event) => event.state === 'waiting').length;
  const entries: NewEntry[] = [{ kind: 'process.recovered', body: { openRuns: snapshot.runs.size, waiting, after } }];
  for (const run of snapshot.runs.values()) {
    if (run.parked) continue;
    if (run.suspicion + suspicionAfter[after] < convicted) {
      entries.push({ kind: 'run.resumed', body: { id: run.id, reason: after } });
      continue;
    }
    const last = [...run.steps.values()].at(-1);
    entries.push({
      kind: 'run.settled',
      body: {
        run: run.id,
        event: run.event,
        outcome: 'failed',
        output: null,
        error: {
          code: 'INTERNAL',
          message: `The program ended without warning again and again during this run${last ? `, last in step ${last.step} (${last.name})` : ''}; its event was set aside.`,
        },
        effects: [],
        usage: { ...run.usage },
        steps: run.steps.size,
        startedAt: run.startedAt,
        keptMessages: snapshot.conversation.length,
      },
    });
  }
  return entries;
}

/**
 * What is noted once a journal can be written again: how long it could not, and what calls gave meanwhile. Runs go on
 * at their first step without a result, as after any other end of a pass.
 */
export function resumingEntries(journaled: Journaled, { code, message }: RuntimeError, since: number): NewEntry[] {
  const unkept = journaled.takeUnkept();
  const entries: NewEntry[] = [
    { kind: 'journal.resumed', body: { code, reason: message, since, salvaged: unkept.length } },
    ...unkept,
  ];
  for (const run of journaled.snapshot.runs.values()) {
    if (!run.parked) entries.push({ kind: 'run.resumed', body: { id: run.id, reason: 'restart' } });
  }
  return entries;
}
