import type { BudgetConfig } from '../../../shared/config/governance-config.ts';
import { zoneOffset } from '../../../shared/zone-offset.ts';

/** One day of a budget: from its reset to the next. Epoch ms, `until` not included. */
export interface DayWindow {
  from: number;
  until: number;
}

const dayMs = 86_400_000;

/** The day that `now` lies in, as the settings of a budget say when days begin. */
export function budgetDay(
  now: number,
  {
    dailyResetHour,
    dailyResetHourUtc,
    dailyResetZone,
  }: Pick<BudgetConfig, 'dailyResetHour' | 'dailyResetHourUtc' | 'dailyResetZone'>,
): DayWindow {
  return dailyResetHour === undefined
    ? dayWindow(now, dailyResetHourUtc, 'UTC')
    : dayWindow(now, dailyResetHour, dailyResetZone);
}

/** The day that `now` lies in, when days begin at `hour` o'clock in `zone`. Days of a DST change are 23 or 25 h long. */
export function dayWindow(now: number, hour: number, zone: string): DayWindow {
  const offsetAt = zoneOffset(zone);
  const local = now + offsetAt(now);
  const reset = Math.floor((local - hour * 3_600_000) / dayMs) * dayMs + hour * 3_600_000;
  const starts = [-1, 0, 1, 2].map((days) => instantOf(reset + days * dayMs, offsetAt));
  const next = starts.findIndex((start) => start > now);
  return { from: starts[next - 1] as number, until: starts[next] as number };
}

/** The first instant at which the zone's clock shows `local` or, where that is skipped, something later. */
function instantOf(local: number, offsetAt: (instant: number) => number): number {
  // An offset changes by a few hours at most, so the offsets half a day away are those on both sides of a change.
  const [before, after] = [offsetAt(local - dayMs / 2), offsetAt(local + dayMs / 2)];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(local - offset) === offset) return local - offset;
  }
  return local - Math.min(before, after);
}
