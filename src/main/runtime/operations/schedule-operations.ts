import type { RuntimeApi } from '../../../shared/api.ts';
import { ScheduleQueries } from '../../journal/tables/schedule-queries.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { forecast } from '../planning/forecast.ts';
import { pausesSet } from '../planning/pauses.ts';
import { jitterMsOf, notedRow, occurredRow, plannedRows } from '../planning/schedule.ts';

const dayMs = 86_400_000;

/** What was planned, what became of it, and what is planned. */
export function scheduleOperations(
  runtime: AgentRuntime,
): Pick<RuntimeApi, 'schedule' | 'forecast' | 'getPauses' | 'setPauses'> {
  const queries = new ScheduleQueries(runtime.database, runtime.options.isElsewhere);
  const jitterOf = (process: string, trigger: string) => {
    const config = runtime
      .list()
      .find(({ name }) => name === process)
      ?.triggerConfig(trigger);
    return jitterMsOf(config?.type === 'cron' ? config : undefined);
  };
  return {
    getPauses: async () => runtime.pauses.view(runtime.parts.clock.now()),
    async setPauses({ windows }, by) {
      const now = runtime.parts.clock.now();
      await runtime.pauses.set(windows, by, now);
      runtime.notices.say(pausesSet);
      return runtime.pauses.view(now);
    },
    forecast: async ({ from, to, process }) => forecast(runtime, { from, to, process }),
    async schedule({ from, to, process, once, limit }) {
      const now = runtime.parts.clock.now();
      const stretch = { from: from ?? now - dayMs, to: to ?? now + dayMs, process, once, limit: limit + 1 };
      const planners = once ? [] : process === undefined ? runtime.list() : [runtime.get(process)];
      const rows = [
        ...queries.occurred(stretch).map((row) => occurredRow(row, jitterOf(row.process, row.trigger_id), now)),
        ...(once ? [] : queries.noted(stretch).map(notedRow)),
        ...planners.flatMap((one) => plannedRows(one, { ...stretch, now, most: limit + 1, pauses: runtime.pauses })),
      ].sort((a, b) => a.instant - b.instant);
      if (rows.length <= limit) return { items: rows, next: null, now };
      // Cut between instants, so that the next page neither repeats nor leaves out one.
      const cut = (rows[limit] as { instant: number }).instant;
      const items = rows.filter(({ instant }) => instant < cut);
      return items.length > 0
        ? { items, next: String(cut), now }
        : { items: rows.filter(({ instant }) => instant === cut), next: String(cut + 1), now };
    },
  };
}
