import type { RunBrief } from '../../shared/views/views.ts';

export interface HourCount {
  /** Epoch ms at which the hour begins. */
  from: number;
  done: number;
  failed: number;
  other: number;
}

const hourMs = 3_600_000;

/** How the runs of the last 24 hours went, hour by hour, the newest last. */
export function hourCounts(runs: readonly RunBrief[], now: number): HourCount[] {
  const end = Math.floor(now / hourMs) * hourMs + hourMs;
  const hours = Array.from({ length: 24 }, (_, index) => ({
    from: end - (24 - index) * hourMs,
    done: 0,
    failed: 0,
    other: 0,
  }));
  for (const run of runs) {
    const hour = hours[Math.floor((run.startedAt - (end - 24 * hourMs)) / hourMs)];
    if (!hour) continue;
    if (run.state === 'done') hour.done++;
    else if (run.state === 'failed') hour.failed++;
    else hour.other++;
  }
  return hours;
}
