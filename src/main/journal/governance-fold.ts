import type { EntryBody, JournalEntry } from '../../shared/journal-entries.ts';
import type { Snapshot } from './snapshot.ts';

/** How many endings of runs are kept for guards to look at. */
const keptEndings = 100;

/** What a guard has seen. */
export function noteGovernance(
  snapshot: Snapshot,
  body: EntryBody<'governance.noted'>,
  { seq, at }: JournalEntry<'governance.noted'>,
): void {
  const { guard, what, about, run: id, text, details = {}, escalation } = body;
  if (escalation) {
    const { eventType } = escalation;
    const data = { process: snapshot.process, guard, what, about, run: id, text, ...details };
    snapshot.outbox.set(seq, { seq, at, run: id ?? '', effects: eventType ? [{ type: 'emit', eventType, data }] : [] });
  }
  if (what === 'warning') {
    const run = id === null ? undefined : snapshot.runs.get(id);
    if (run) run.told.push(about);
    else if (id === null) snapshot.day.told.push(about);
  } else if (guard === 'health') {
    if (what === 'anomaly') snapshot.health.anomalies[about] = { at, over: false };
    else if (what === 'recovered')
      snapshot.health.anomalies[about] = { at: snapshot.health.anomalies[about]?.at ?? at, over: true };
  }
}

export function noteEnding(snapshot: Snapshot, { outcome, output }: EntryBody<'run.settled'>): void {
  if (outcome === 'cancelled') return;
  const { endings } = snapshot.health;
  // A script that returns nothing has said nothing wrong.
  const chars =
    typeof output === 'string'
      ? output.trim().length
      : output === null
        ? keptEndings * 100
        : JSON.stringify(output).length;
  endings.push(outcome === 'failed' ? -1 : chars);
  if (endings.length > keptEndings) endings.shift();
}
