import type { ForecastView } from '../../../shared/views/forecast-view.ts';
import type { CronSchedule } from '../../triggers/cron/next-cron-time.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { plannedRows } from './schedule.ts';

const dayMs = 86_400_000;
/** So many of the newest runs say what one costs. */
export const newest = 50;
/** Of each schedule; one that fires more often is counted on from there by its pace. */
const mostCounted = 2_000;

/** What the schedules of agents will bring, if their runs go on as the newest did. Pause windows are counted in. */
export function forecast(
  runtime: AgentRuntime,
  wanted: { from?: number | undefined; to?: number | undefined; process?: string | undefined },
): ForecastView {
  const now = runtime.parts.clock.now();
  const from = Math.max(now, wanted.from ?? now);
  const to = wanted.to ?? from + 7 * dayMs;
  const usual = runtime.database.prepare(
    `SELECT count(*) AS runs, avg(input_tokens + output_tokens) AS tokens, avg(cost_usd) AS costUsd, avg(ended_at - started_at) AS ms
     FROM (SELECT * FROM read_runs WHERE process = ? AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ${newest})`,
  );
  const processes = wanted.process === undefined ? runtime.list() : [runtime.get(wanted.process)];
  const items = processes.flatMap((process) => {
    const counts = { firings: 0, paused: 0 };
    const byTrigger = Map.groupBy(
      plannedRows(process, { from, to, now, most: mostCounted, pauses: runtime.pauses }),
      ({ trigger }) => trigger,
    );
    for (const rows of byTrigger.values()) {
      const more = paceOf(
        rows.map(({ instant }) => instant),
        { from, to },
      );
      const paused = rows.filter(({ outcome }) => outcome === 'paused').length;
      counts.paused += Math.round(paused * more);
      counts.firings += Math.round((rows.length - paused) * more);
    }
    if (counts.firings + counts.paused === 0) return [];
    const { runs, tokens, costUsd, ms } = usual.get(process.name) as Record<
      'runs' | 'tokens' | 'costUsd' | 'ms',
      number
    >;
    return [
      {
        process: process.name,
        ...counts,
        basis: runs,
        tokens: Math.round((tokens ?? 0) * counts.firings),
        costUsd: (costUsd ?? 0) * counts.firings,
        workedMs: Math.round((ms ?? 0) * counts.firings),
      },
    ];
  });
  return { from, to, items };
}

interface Span {
  from: number;
  to: number;
}

/** By how much more there are than were counted: of what fires very often only the beginning is. */
function paceOf(instants: readonly number[], { from, to }: Span): number {
  const [first, last] = [instants[0] ?? from, instants.at(-1) ?? to];
  return instants.length < mostCounted || last <= first ? 1 : (to - first) / (last - first);
}

/** How often a schedule that is not in force yet would fire. */
export function firingsIn(schedule: Pick<CronSchedule, 'next'>, span: Span): number {
  const instants: number[] = [];
  for (
    let at = schedule.next(span.from);
    at !== null && at < span.to && instants.length < mostCounted;
    at = schedule.next(at)
  )
    instants.push(at);
  return Math.round(instants.length * paceOf(instants, span));
}
