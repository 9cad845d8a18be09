import type { BudgetLimit } from '../../../shared/config/governance-config.ts';
import type { NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';

/** More of a limit, for today or for one run. */
export interface TopUp {
  limit: BudgetLimit;
  amount: number;
  run: string | undefined;
  by: string;
}

/**
 * What is noted when somebody adds to a limit: requests that wait for it are answered, and events that wait for runs
 * come back at once.
 * @throws RuntimeError `REQUEST_INVALID` for a limit per run without a run, `RUN_NOT_FOUND`.
 */
export function topUpEntries(snapshot: Readonly<Snapshot>, { limit, amount, run, by }: TopUp, now: number): NewEntry[] {
  const ofRun = limit.endsWith('Run');
  if (ofRun && run === undefined)
    throw new RuntimeError('REQUEST_INVALID', `${limit} is held against a run; name the run that gets more.`, {
      limit,
    });
  if (ofRun && !snapshot.runs.has(run ?? ''))
    throw new RuntimeError('RUN_NOT_FOUND', `Run ${run} of "${snapshot.process}" is not open.`, { run: run ?? null });
  const scope = ofRun ? ('run' as const) : ('day' as const);
  const entries: NewEntry[] = [
    { kind: 'budget.topped_up', body: { limit, amount, scope, by, ...(ofRun && run ? { run } : {}) } },
  ];
  for (const { item, run: owner, step } of snapshot.items.values()) {
    if (item.kind !== 'top_up' || item.about['limit'] !== limit || (ofRun && owner !== run)) continue;
    const answer = { verdict: 'top_up', amount: 0 };
    entries.push({ kind: 'item.answered', body: { item: item.id, run: owner, step, answer, by } });
  }
  if (limit !== 'maxRunsPerDay') return entries;
  for (const event of snapshot.queue.values()) {
    if (event.state !== 'waiting' || event.notBefore !== snapshot.day.until) continue;
    entries.push({ kind: 'event.delayed', body: { id: event.id, until: now, reason: 'the budget was topped up' } });
  }
  return entries;
}

/**
 * What is noted when more, or less, may be used by the node as a whole: requests and events that wait for it ask again.
 * Each is held against the limits as they are then.
 */
export function askAgainEntries(snapshot: Readonly<Snapshot>, by: string, now: number): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const { item, run, step } of snapshot.items.values()) {
    if (item.kind !== 'top_up' || item.about['scope'] !== 'node') continue;
    const answer = { verdict: 'top_up', amount: 0 };
    entries.push({ kind: 'item.answered', body: { item: item.id, run, step, answer, by } });
  }
  for (const event of snapshot.queue.values()) {
    if (event.state !== 'waiting' || event.notBefore === null || event.notBefore !== snapshot.nodeDay.until) continue;
    const reason = 'the budget of the node was changed';
    entries.push({ kind: 'event.delayed', body: { id: event.id, until: now, reason } });
  }
  return entries;
}
