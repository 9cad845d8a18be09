import { isJsonObject, type Json } from '../../shared/json.ts';
import { isZone } from '../ui/region.ts';
import { dayStart, wallOf } from '../ui/shown-zone.ts';
import { cronFields } from './cron-fields.ts';
import { nextTimes } from './cron-times.ts';

export interface SimulatedTrigger {
  id: string;
  expression: string;
  zone: string;
  overlap: string;
  /** Epoch ms, ascending; at most `mostFirings`. */
  times: number[];
  /** There are more than were worked out. */
  cut: boolean;
  /** Firings that come while one of the same trigger would still run: what `overlap` says happens to them. */
  overlapping: number;
}

const dayMs = 86_400_000;
/** Every minute of a week; a schedule of seconds is cut here. */
export const mostFirings = 10_080;

/** What the schedules of a manifest would do in the seven days after `from`, if a run takes `runMs`. */
export function simulateWeek(triggers: readonly Json[], from: number, runMs: number): SimulatedTrigger[] {
  return triggers.flatMap((trigger, index) => {
    if (!isJsonObject(trigger) || trigger['type'] !== 'cron' || trigger['enabled'] === false) return [];
    const expression = String(trigger['cron_expression'] ?? '');
    const zone = String(trigger['cron_timezone'] ?? 'UTC');
    const fields = cronFields(expression);
    if (!fields || !isZone(zone)) return [];
    const times = nextTimes(fields, zone, from, mostFirings + 1, from + 7 * dayMs);
    return [
      {
        id: typeof trigger['id'] === 'string' ? trigger['id'] : `cron ${index + 1}`,
        expression,
        zone,
        overlap: String(trigger['overlap'] ?? 'queue_one'),
        times: times.slice(0, mostFirings),
        cut: times.length > mostFirings,
        overlapping: overlapsIn(times, runMs),
      },
    ];
  });
}

function overlapsIn(times: readonly number[], runMs: number): number {
  return times.filter((at, index) => index > 0 && at - (times[index - 1] ?? 0) < runMs).length;
}

/** Firings by day and hour of the zone that times are shown in: seven rows of 24, from the day of `from` on. */
export function hoursOfWeek(triggers: readonly SimulatedTrigger[], from: number): { day: number; hours: number[] }[] {
  const days = Array.from({ length: 8 }, (_, index) => ({
    day: dayStart(from, index),
    hours: Array.from({ length: 24 }, () => 0),
  }));
  for (const at of triggers.flatMap(({ times }) => times)) {
    const row = days.findLast(({ day }) => day <= at);
    const hour = new Date(wallOf(at)).getUTCHours();
    if (row) row.hours[hour] = (row.hours[hour] ?? 0) + 1;
  }
  return days;
}
