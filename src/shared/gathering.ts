import { type CostSum, type CostsView, noCost } from './views/cost-views.ts';
import type { ForecastView } from './views/forecast-view.ts';
import type { ScheduleRow } from './views/views.ts';

/** What one node of a cluster answered. */
export interface Gathered<T> {
  readonly node: string;
  readonly answer: T;
}

interface SchedulePage {
  items: ScheduleRow[];
  next: string | null;
  now: number;
}

/** The schedules of several nodes, this one first among them, as one: in time, as far as all of them were read. */
export function gatheredSchedule(all: readonly Gathered<SchedulePage>[], limit: number): SchedulePage {
  const [own] = all;
  const rows = all
    .flatMap(({ node, answer }) => answer.items.map((row) => ({ ...row, node })))
    .sort((a, b) => a.instant - b.instant);
  const ends = all.flatMap(({ answer: { next } }) => (next === null ? [] : Number(next)));
  // Beyond where the first of them stopped, rows of that one would be missing.
  const end = Math.min(...ends, rows[limit]?.instant ?? Number.POSITIVE_INFINITY);
  const isWhole = end === Number.POSITIVE_INFINITY;
  const now = own?.answer.now ?? 0;
  if (isWhole) return { items: rows, next: null, now };
  const items = rows.filter(({ instant }) => instant < end);
  // As many at once as no page holds.
  if (items.length === 0) return { items: rows.filter(({ instant }) => instant === end), next: String(end + 1), now };
  return { items, next: String(end), now };
}

/** The forecasts of several nodes as one. */
export function gatheredForecast(all: readonly Gathered<ForecastView>[]): ForecastView {
  const { from = 0, to = 0 } = all[0]?.answer ?? {};
  return { from, to, items: all.flatMap(({ node, answer }) => answer.items.map((item) => ({ ...item, node }))) };
}

/**
 * What several nodes used, as one. Days, models and kinds of trigger are those of all together; agents and limits name
 * their node, since each node keeps to limits of its own.
 */
export function gatheredCosts(all: readonly Gathered<CostsView>[]): CostsView {
  const views = all.map(({ answer }) => answer);
  const { from = 0, to = 0, zone = 'UTC' } = views[0] ?? {};
  return {
    from,
    to,
    zone,
    total: summed(views.map(({ total }) => total)),
    open: views.reduce((sum, { open }) => sum + open, 0),
    days: together(
      views.flatMap(({ days }) => days),
      ({ from: day }) => day,
    ).sort((a, b) => a.from - b.from),
    processes: dearest(all.flatMap(({ node, answer }) => answer.processes.map((line) => ({ ...line, node })))),
    models: dearest(
      together(
        views.flatMap(({ models }) => models),
        ({ model, pricing }) => `${model} ${pricing}`,
      ),
    ),
    triggers: dearest(
      together(
        views.flatMap(({ triggers }) => triggers),
        ({ kind }) => kind,
      ),
    ),
    budgets: all.flatMap(({ node, answer }) => answer.budgets.map((budget) => ({ ...budget, node }))),
    node: all.flatMap(({ node, answer }) => answer.node.map((limit) => ({ ...limit, node }))),
    nodes: dearest(all.map(({ node, answer }) => ({ ...answer.total, node }))),
  };
}

const dearest = <T extends CostSum>(lines: T[]): T[] =>
  lines.sort((a, b) => b.costUsd - a.costUsd || b.inputTokens + b.outputTokens - (a.inputTokens + a.outputTokens));

/** Lines about the same, as one line each. */
function together<T extends CostSum>(lines: readonly T[], key: (line: T) => unknown): T[] {
  return [...Map.groupBy(lines, key).values()].map((same) => ({ ...(same[0] as T), ...summed(same) }));
}

function summed(sums: readonly CostSum[]): CostSum {
  const sum = { ...noCost };
  for (const one of sums) for (const name of Object.keys(noCost) as (keyof CostSum)[]) sum[name] += one[name];
  return sum;
}
