import type { ProcessView, ScheduleOutcome, ScheduleRow, TriggerView } from '../../shared/views/views.ts';
import { plannedTimes } from './planned-times.ts';

/** More marks than this on one line cannot be told apart; a schedule that fires more often is drawn as a band. */
export const mostMarks = 160;

/** Planned times that did not become a waking of their own. */
const holes = new Set<ScheduleOutcome>(['coalesced', 'skipped', 'over_budget', 'asleep', 'paused', 'node_off']);
export const isHole = (row: ScheduleRow): boolean => holes.has(row.outcome);

export function isSchedule(trigger: TriggerView): boolean {
  return trigger.type === 'cron' && trigger.enabled;
}

/** How far back marks of an agent are read, so that its busiest schedule gives no more of them than can be drawn. */
export function marksFrom(view: ProcessView, from: number, now: number): number {
  return Math.max(from, now - shortestPeriod(view, now) * mostMarks);
}

/** Between two times of the schedule of an agent that fires most often, in ms; infinite where nothing comes. */
export function shortestPeriod(view: ProcessView, now: number): number {
  return Math.min(
    ...view.triggers.filter(isSchedule).map((trigger) => periodOf(trigger, now)),
    Number.POSITIVE_INFINITY,
  );
}

/** Between the next two times, in ms; infinite where nothing comes. */
function periodOf(trigger: TriggerView, now: number): number {
  const [first, second] = plannedTimes(trigger, now, 2);
  return first === undefined || second === undefined ? Number.POSITIVE_INFINITY : second - first;
}

export interface OutcomeLook {
  text: string;
  look: string;
}

/** How each outcome is drawn and said; holes are hatched. */
export const outcomeLooks: Record<ScheduleOutcome, OutcomeLook> = {
  planned: { text: 'planned', look: 'border border-accent bg-accent-soft' },
  due: { text: 'due now', look: 'border border-accent bg-accent-soft' },
  waiting: { text: 'waits', look: 'bg-busy' },
  running: { text: 'running', look: 'bg-busy breathing' },
  ran: { text: 'ran', look: 'bg-ok' },
  late: { text: 'ran late', look: 'bg-ok border-2 border-warn' },
  dead: { text: 'set aside', look: 'bg-bad' },
  cancelled: { text: 'cancelled', look: 'bg-edge' },
  coalesced: { text: 'made one with another', look: 'hole' },
  skipped: { text: 'skipped', look: 'hole' },
  over_budget: { text: 'over budget', look: 'hole' },
  asleep: { text: 'this computer slept', look: 'hole' },
  node_off: { text: 'the node was off', look: 'hole' },
  paused: { text: 'will be left out', look: 'hole opacity-60' },
};
