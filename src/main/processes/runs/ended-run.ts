import type { NewEntry } from '../../../shared/entries/journal-entries.ts';
import type { OpenRun, Snapshot } from '../../journal/fold/snapshot.ts';

/** How a run that nobody works on is ended. */
export function cancelledRun(
  { id, event, usage, startedAt, steps }: Readonly<OpenRun>,
  reason: string,
  by: string,
  keptMessages: number,
): NewEntry {
  return {
    kind: 'run.settled',
    body: {
      run: id,
      event,
      outcome: 'cancelled',
      output: null,
      error: { code: 'RUN_CANCELLED', message: reason },
      effects: [],
      usage: { ...usage },
      steps: steps.size,
      startedAt,
      keptMessages,
      by,
    },
  };
}

/** Ends whatever is open: nothing that was accepted is left without an end. */
export function endings(snapshot: Readonly<Snapshot>, reason: string, by: string): NewEntry[] {
  return [...snapshot.queue.values()].map(({ id, run: runId }) => {
    const run = runId === null ? undefined : snapshot.runs.get(runId);
    if (!run) return { kind: 'event.ended', body: { id, outcome: 'cancelled', reason, by } };
    return cancelledRun(run, reason, by, snapshot.conversation.length);
  });
}
