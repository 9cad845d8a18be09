import { useEffect, useMemo } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { ProcessView, ScheduleRow } from '../../shared/views/views.ts';
import type { Read } from '../stores/reads.ts';
import { useProcesses, useRead, useRuntime } from '../stores/use-runtime.ts';
import { numberText } from '../ui/format.ts';
import { type CalendarMark, hourMarks, isAway, rowMark, snoozedMarks } from './calendar-marks.ts';
import { isSchedule, shortestPeriod } from './lane-rows.ts';
import { noteRow } from './note-row.ts';
import { plannedTimes } from './planned-times.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A schedule that fires more often is drawn by the hour. */
const oftenMs = 15 * minuteMs;
const mostRows = 5_000;
const notesOfOne = 200;
/** More agents with schedules than this are not asked at once. */
const mostAgents = 100;

export interface Calendar {
  items: CalendarMark[];
  read: Pick<Read<unknown>, 'error' | 'reading'> & { reload: () => void };
  /** So many agents with schedules are left out. */
  left: number;
}

/** What was and what is planned between two instants, of all agents, and what comes back to the inbox. */
export function useCalendar(from: number, to: number, now: number): Calendar {
  const scheduled = useProcesses().filter((view) => view.triggers.some(isSchedule));
  const asked = scheduled.slice(0, mostAgents);
  const [often, calm] = [
    asked.filter((view) => shortestPeriod(view, now) < oftenMs),
    asked.filter((view) => shortestPeriod(view, now) >= oftenMs),
  ];
  const key = (views: readonly ProcessView[]) => views.map(({ name, version, state }) => `${name}:${version}:${state}`);
  const rows = useRead(
    `calendar:${from}:${to}:${key(calm)}`,
    ['pauses', ...calm.flatMap(({ name }) => [`events:${name}`, `journal:${name}`])],
    (client) => calmRows(client, calm, from, to),
  );
  const once = useRead(`calendar-once:${from}:${to}`, ['events'], (client) =>
    client.schedule({ from, to, once: true, limit: mostRows }),
  );
  const hours = useRead(`calendar-often:${from}:${to}:${key(often)}`, [], (client) =>
    oftenMarks(client, often, from, to),
  );
  const { reload } = hours;
  const minute = Math.floor(now / minuteMs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: those fire all the time, so they are read by the minute
  useEffect(reload, [reload, minute]);
  const inbox = useRuntime((state) => state.inbox);
  const items = useMemo(() => {
    const all = [...(rows.value ?? []), ...(once.value?.items ?? [])].map(rowMark);
    const byKey = new Map(
      [...all, ...(hours.value ?? []), ...snoozedMarks(inbox, from, to)].map((one) => [one.key, one]),
    );
    return [...byKey.values()];
  }, [rows.value, once.value, hours.value, inbox, from, to]);
  return {
    items,
    read: {
      error: rows.error ?? once.error ?? hours.error,
      reading: rows.value === undefined || once.value === undefined,
      reload: () => {
        rows.reload();
        once.reload();
        hours.reload();
      },
    },
    left: scheduled.length - asked.length,
  };
}

async function calmRows(
  client: RuntimeClient,
  views: readonly ProcessView[],
  from: number,
  to: number,
): Promise<ScheduleRow[]> {
  const pages = await Promise.all(
    views.map(({ name }) => unlessGone(client.schedule({ process: name, from, to, limit: mostRows }))),
  );
  return pages.flatMap((page) => page?.items ?? []);
}

async function oftenMarks(
  client: RuntimeClient,
  views: readonly ProcessView[],
  from: number,
  to: number,
): Promise<CalendarMark[]> {
  const now = Date.now();
  const bars = Math.min(200, Math.ceil((to - from) / hourMs) + 1);
  const each = await Promise.all(
    views.map(async (view) => {
      const { name } = view;
      const asked = { name, kind: 'occurrence.noted', order: 'desc', limit: notesOfOne } as const;
      const [runs, notes] = await Promise.all([
        from < now ? client.countRuns({ process: name, from, to: Math.min(to, now), bars }) : null,
        unlessGone(client.readJournal(asked)),
      ]);
      const holes = (notes?.items ?? []).map(noteRow).filter(({ instant }) => instant >= from && instant < to);
      return [
        ...(runs ? hourMarks(name, runs) : []),
        ...holes.map((row) => ({ ...rowMark(row), isHour: !isAway(row) })),
        ...plannedHours(view, Math.max(from, now), to),
      ];
    }),
  );
  return each.flat();
}

/** Hours in which a schedule fires that fires often. How often, is said by its period alone. */
function plannedHours(view: ProcessView, from: number, to: number): CalendarMark[] {
  const items: CalendarMark[] = [];
  for (const trigger of view.triggers.filter(isSchedule)) {
    for (let hour = Math.floor(from / hourMs) * hourMs; hour < to; hour += hourMs) {
      const times = plannedTimes(trigger, Math.max(from, hour) - 1, 2, hour + hourMs);
      const [first, second] = times;
      if (first === undefined) continue;
      const count = second === undefined ? 1 : Math.max(1, Math.round((hour + hourMs - first) / (second - first)));
      items.push({
        key: `${view.name}/${trigger.id}/planned/${hour}`,
        at: first,
        title: view.name,
        process: view.name,
        outcome: 'planned',
        reason: `about ${numberText(count)} by “${trigger.summary}”`,
        count,
        row: null,
        moves: null,
        isHour: true,
      });
    }
  }
  return items;
}

/** Null where the agent was deleted while it was asked for. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code === 'PROCESS_NOT_FOUND') return null;
    throw thrown;
  }
}
