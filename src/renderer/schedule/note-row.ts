import type { JournalEntryView, ScheduleOutcome, ScheduleRow } from '../../shared/views/views.ts';

/** An entry about planned times that became no waking of their own, as a row of the schedule. */
export function noteRow({ process, body }: Pick<JournalEntryView, 'process' | 'body'>): ScheduleRow {
  const reason = String(body['reason'] ?? '');
  return {
    process,
    trigger: String(body['trigger']),
    instant: Number(body['instant']),
    first: Number(body['first']),
    count: Number(body['count']),
    outcome: outcomeOf(String(body['outcome']), reason),
    reason,
    eventId: null,
    runId: null,
    movable: false,
    startedAt: null,
    latenessMs: null,
  };
}

/** The node says in words why a time was missed. */
function outcomeOf(outcome: string, reason: string): ScheduleOutcome {
  if (outcome === 'coalesced' || outcome === 'skipped') return outcome;
  if (reason.includes('slept')) return 'asleep';
  return reason.includes('node was off') ? 'node_off' : 'skipped';
}
