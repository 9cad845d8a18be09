import type { ProcessView, TriggerView } from '../../shared/views.ts';
import { cronFields } from './cron-fields.ts';
import { nextTimes } from './cron-times.ts';

export interface PlannedTrigger {
  process: string;
  trigger: string;
  summary: string;
  /** Epoch ms, ascending; at most `mostTimes` of them. */
  times: number[];
  /** There are more than are listed: it is drawn as a band. */
  often: boolean;
}

/** More marks than this on one line cannot be told apart. */
export const mostTimes = 160;

/** What schedules of an agent plan between two instants. Agents that do not work plan nothing. */
export function plannedBy(view: ProcessView, from: number, to: number): PlannedTrigger[] {
  if (view.state !== 'running' && view.state !== 'awaiting' && view.state !== 'starting') return [];
  return view.triggers.filter(isSchedule).map((trigger) => ({
    process: view.name,
    trigger: trigger.id,
    summary: trigger.summary,
    ...timesOf(trigger, from, to),
  }));
}

export function isSchedule(trigger: TriggerView): boolean {
  return trigger.type === 'cron' && trigger.enabled;
}

export function timesOf(trigger: TriggerView, from: number, to: number): { times: number[]; often: boolean } {
  const fields = cronFields(String(trigger.config['cron_expression'] ?? ''));
  const zone = String(trigger.config['cron_timezone'] ?? 'UTC');
  if (!fields)
    return { times: trigger.nextFiring !== null && trigger.nextFiring < to ? [trigger.nextFiring] : [], often: false };
  const times = nextTimes(fields, zone, from - 1, mostTimes + 1, to);
  return { times: times.slice(0, mostTimes), often: times.length > mostTimes };
}
