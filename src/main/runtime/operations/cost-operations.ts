import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { type CostSum, type CostsView, noCost } from '../../../shared/views/cost-views.ts';
import { priceOf } from '../../agent/models/prices.ts';
import { dayWindow } from '../../governance/budget/day-window.ts';
import { CostQueries, type SpentRow } from '../../journal/tables/cost-queries.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { configuredModels } from './catalogue-operations.ts';
import { budgetView } from './governance-operations.ts';

type CostRow = SpentRow & CostSum;

/** As many days as are shown when none are named, today among them. */
const daysShown = 30;
const mostDays = 400;
const dayMs = 86_400_000;

/** What agents used, and how much of it they still may. */
export function costOperations(runtime: AgentRuntime): Pick<RuntimeApi, 'costs'> {
  const queries = new CostQueries(runtime.database, runtime.options.isElsewhere);
  return {
    async costs({ from, to, process, model, kind, zone }) {
      const now = runtime.parts.clock.now();
      const end = to ?? now;
      const begin = from ?? daysBack(end, daysShown - 1, zone);
      if (end - begin > mostDays * dayMs) {
        throw new RuntimeError('REQUEST_INVALID', `At most ${mostDays} days can be summed up at once.`);
      }
      const wanted = queries
        .hours(begin, end + 1, process)
        .filter((row) => (model === undefined || row.model === model) && (kind === undefined || row.kind === kind));
      const rows = priced(wanted, pricingOf(runtime));
      const shown = process === undefined ? runtime.list() : [runtime.get(process)];
      const views = shown.flatMap((one) =>
        one.knownConfig ? [{ name: one.name, view: budgetView(runtime, one) }] : [],
      );
      return {
        from: begin,
        to: end,
        zone,
        total: sumOf(rows),
        open: rows.reduce((sum, { open }) => sum + open, 0),
        days: daysOf(rows, begin, end, zone),
        processes: grouped(rows, (row) => row.process).map(([name, sum]) => ({ process: name, ...sum })),
        models: modelsOf(runtime, rows),
        triggers: grouped(rows, (row) => row.kind).map(([kind, sum]) => ({ kind, ...sum })),
        budgets: views.flatMap(({ name, view }) => {
          const limits = view.limits.filter(({ scope }) => scope === 'day');
          return limits.length > 0 ? [{ process: name, limits }] : [];
        }),
        node: runtime.nodeBudget.view().limits,
      };
    },
  };
}

function daysOf(rows: readonly CostRow[], from: number, to: number, zone: string): CostsView['days'] {
  const starts: number[] = [];
  for (let day = dayWindow(from, 0, zone); day.from <= to; day = dayWindow(day.until, 0, zone)) starts.push(day.from);
  const byDay = Map.groupBy(rows, ({ hour }) => starts.findLast((start) => start <= hour) ?? starts[0]);
  return starts.map((start) => ({ from: start, ...sumOf(byDay.get(start) ?? []) }));
}

function daysBack(at: number, days: number, zone: string): number {
  // From the middle of a day, so that days of 23 and 25 hours count as one.
  return dayWindow(dayWindow(at, 0, zone).from - days * dayMs + dayMs / 2, 0, zone).from;
}

type Pricing = CostsView['models'][number]['pricing'];

function pricingOf(runtime: AgentRuntime): (model: string | null, usd: number) => Pricing {
  const own = new Map(configuredModels(runtime).map(({ id, price }) => [id, price]));
  return (model, usd) => {
    const price = model === null ? null : (own.get(model) ?? priceOf(model));
    if (price !== null && price.input === 0 && price.output === 0) return 'free';
    return price !== null || usd > 0 ? 'priced' : 'unpriced';
  };
}

function priced(rows: readonly SpentRow[], pricing: ReturnType<typeof pricingOf>): CostRow[] {
  return rows.map((row) => {
    const isUnknown = row.modelCalls > 0 && pricing(row.model, row.costUsd) === 'unpriced';
    return { ...row, unpricedTokens: isUnknown ? tokens(row) : 0 };
  });
}

function modelsOf(runtime: AgentRuntime, rows: readonly CostRow[]): CostsView['models'] {
  const pricing = pricingOf(runtime);
  return grouped(
    rows.filter(({ model }) => model !== 'script'),
    ({ model }) => model,
  ).map(([model, sum]) => ({ model, pricing: pricing(model, sum.costUsd), ...sum }));
}

/** Sums by key, the dearest first, then those with the most tokens, then those that ran longest. */
function grouped<K>(rows: readonly CostRow[], keyOf: (row: CostRow) => K): [K, CostSum][] {
  return [...Map.groupBy(rows, keyOf)]
    .map(([key, group]): [K, CostSum] => [key, sumOf(group)])
    .sort(([, a], [, b]) => b.costUsd - a.costUsd || tokens(b) - tokens(a) || b.lastedMs - a.lastedMs);
}

const tokens = ({ inputTokens, outputTokens }: Pick<CostSum, 'inputTokens' | 'outputTokens'>) =>
  inputTokens + outputTokens;

function sumOf(rows: readonly CostRow[]): CostSum {
  const total = { ...noCost };
  const keys = Object.keys(total) as (keyof CostSum)[];
  for (const row of rows) for (const key of keys) total[key] += row[key];
  return total;
}
