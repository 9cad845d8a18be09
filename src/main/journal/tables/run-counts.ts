import type { RunCounts } from '../../../shared/views/views.ts';
import type { Database } from '../../store/database.ts';
import type { Condition, RunFilter } from './run-filter.ts';

/** Widths of a bar of the histogram; the narrowest that needs no more bars than asked for is taken. */
const widthsMs = [
  1_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 43_200_000, 86_400_000, 604_800_000, 2_592_000_000,
  31_536_000_000,
];

/** How many of the runs that meet all conditions came to what end, over the time in which they began. */
export function countRuns(
  db: Database,
  conditions: readonly Condition[],
  within: Pick<RunFilter, 'from' | 'to'>,
  bars: number,
  now: number,
): RunCounts {
  const where = conditions.length > 0 ? `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}` : '';
  const values = conditions.flatMap((condition) => condition.values);
  const { first, last } = db
    .prepare(`SELECT min(started_at) AS first, max(started_at) AS last FROM read_runs ${where}`)
    .get(...values) as { first: number | null; last: number | null };
  const from = within.from ?? first ?? now;
  const to = within.to ?? Math.max(now, last ?? now);
  const widthMs = widthsMs.find((width) => (to - from) / width <= bars - 1) ?? (widthsMs.at(-1) as number);
  const rows = db
    .prepare(
      `SELECT started_at / ${widthMs} AS bar, state, count(*) AS runs, sum(cost_usd) AS costUsd FROM read_runs ${where} GROUP BY bar, state`,
    )
    .all(...values) as { bar: number; state: string; runs: number; costUsd: number }[];
  const byBar = new Map<number, RunCounts['bars'][number]>();
  const total = { done: 0, failed: 0, cancelled: 0, open: 0 };
  let costUsd = 0;
  for (const { bar, state, runs, costUsd: cost } of rows) {
    const counts = byBar.get(bar) ?? { at: bar * widthMs, done: 0, failed: 0, cancelled: 0, open: 0 };
    const end = state === 'done' || state === 'failed' || state === 'cancelled' ? state : 'open';
    counts[end] += runs;
    total[end] += runs;
    costUsd += cost;
    byBar.set(bar, counts);
  }
  return { from, to, widthMs, bars: [...byBar.values()].sort((a, b) => a.at - b.at), total: { ...total, costUsd } };
}
