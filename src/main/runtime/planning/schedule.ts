import type { CronTrigger } from '../../../shared/config/trigger-config.ts';
import { toMs } from '../../../shared/duration.ts';
import type { ScheduleOutcome, ScheduleRow } from '../../../shared/views/views.ts';
import type { NotedRow, OccurredRow } from '../../journal/tables/schedule-queries.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { isSetByPerson } from '../../processes/queue/set-events.ts';
import { lateMs } from '../../triggers/cron/cron-plan.ts';
import { readCron } from '../../triggers/cron/next-cron-time.ts';
import { heldBy, isHeldByWindow, skippedBy } from '../../triggers/cron/pause-windows.ts';
import type { Pauses } from './pauses.ts';

/** How an occurrence that became an event ended. `jitterMs`: how long it may have been put off on purpose. */
export function occurredRow(row: OccurredRow, jitterMs: number, now: number): ScheduleRow {
  const latenessMs = row.started_at === null ? null : Math.max(0, row.started_at - row.instant);
  return {
    process: row.process,
    trigger: row.trigger_id,
    instant: row.instant,
    first: row.instant,
    count: 1,
    outcome: outcomeOf(row, (latenessMs ?? 0) > lateMs + jitterMs, now),
    reason: row.reason,
    eventId: row.id,
    runId: row.run_id,
    startedAt: row.started_at,
    latenessMs,
    movable: row.kind !== 'cron' && row.state === 'waiting' && row.run_id === null,
  };
}

function outcomeOf({ state, reason, tops_up, instant }: OccurredRow, isLate: boolean, now: number): ScheduleOutcome {
  switch (state) {
    case 'done':
      return isLate ? 'late' : 'ran';
    case 'superseded':
      return 'coalesced';
    case 'expired':
      return 'skipped';
    case 'dead':
    case 'cancelled':
    case 'running':
      return state;
    case 'waiting':
      if (reason !== null && isSetByPerson(reason)) return instant > now ? 'planned' : 'waiting';
      // Else only a pause window and a budget that is used up give a reason to an event that has not begun.
      return reason === null || isHeldByWindow(reason) ? 'waiting' : 'over_budget';
    case 'parked':
      return tops_up ? 'over_budget' : 'waiting';
    case 'delayed':
      return 'waiting';
  }
}

/** Occurrences that were noted as not having become events. */
export function notedRow({
  process,
  trigger_id: trigger,
  outcome,
  first,
  instant,
  count,
  reason,
}: NotedRow): ScheduleRow {
  const none = { eventId: null, runId: null, startedAt: null, latenessMs: null, movable: false };
  return {
    process,
    trigger,
    first,
    instant,
    count,
    outcome: outcome === 'missed' ? missedBy(reason) : outcome,
    reason,
    ...none,
  };
}

function missedBy(reason: string): ScheduleOutcome {
  if (reason.includes('slept')) return 'asleep';
  return reason.includes('node was off') ? 'node_off' : 'skipped';
}

/**
 * What a process's schedules have ahead of them before `to`, `most` of each trigger; an instant that has come but is
 * not in the journal yet is `due`. A process that is not running plans nothing.
 */
export function plannedRows(
  process: AgentProcess,
  { from, to, now, most, pauses }: { from: number; to: number; now: number; most: number; pauses: Pick<Pauses, 'at'> },
): ScheduleRow[] {
  if (!process.isArmed) return [];
  const { state, stateReason, instants, startedAt, createdAt } = process.snapshot;
  const reason =
    state === 'suspended'
      ? `the process is suspended${stateReason && stateReason !== state ? `: ${stateReason}` : ''}; it will wait`
      : null;
  return process.triggers.flatMap(({ id }) => {
    const config = process.triggerConfig(id);
    if (config?.type !== 'cron' || config.enabled === false) return [];
    const schedule = readCron(config.cronExpression, config.cronTimezone);
    const rows: ScheduleRow[] = [];
    // The newest that is in the journal is not planned any more; one recorded in a future that never came does not count.
    const recorded = Math.max(Math.min(instants.get(id) ?? 0, now), startedAt || createdAt);
    for (
      let at = schedule.next(Math.max(recorded, from - 1));
      at !== null && at < to && rows.length < most;
      at = schedule.next(at)
    ) {
      const none = { eventId: null, runId: null, startedAt: null, latenessMs: null, movable: false };
      const isDue = at <= now;
      const pause = pauses.at(process.name, at);
      const why = pause && (pause.window.policy === 'skip' ? skippedBy(pause.window) : heldBy(pause.window));
      rows.push({
        process: process.name,
        trigger: id,
        instant: at,
        first: at,
        count: 1,
        outcome: isDue ? 'due' : pause?.window.policy === 'skip' ? 'paused' : 'planned',
        reason: isDue ? 'not recorded yet' : (why ?? reason),
        ...none,
      });
    }
    return rows;
  });
}

export function jitterMsOf(config: CronTrigger | undefined): number {
  return config ? toMs(config.jitter) : 0;
}
