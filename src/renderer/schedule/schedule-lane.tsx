// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { type KeyboardEvent, useMemo } from 'react';
import type { ScheduleRow } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { clockTime } from '../ui/format.ts';
import { processLook, StateIcon } from '../ui/state-chip.tsx';
import { isHole, isSchedule, marksFrom, mostMarks, outcomeLooks } from './lane-rows.ts';
import { noteRow } from './note-row.ts';
import { laneColumns } from './time-ruler.tsx';

interface LaneProps {
  name: string;
  from: number;
  to: number;
  now: number;
  picked: ScheduleRow | null;
  onPick: (row: ScheduleRow) => void;
}

const minuteMs = 60_000;
const rounded = (at: number) => Math.floor(at / minuteMs) * minuteMs;
const sameRow = (a: ScheduleRow, b: ScheduleRow | null) =>
  b !== null && a.process === b.process && a.trigger === b.trigger && a.instant === b.instant;

/** One agent: what its schedules brought, what they left out and why, and what they plan. */
export function ScheduleLane({ name, from, to, now, picked, onPick }: LaneProps) {
  const view = useProcess(name);
  const past = usePast(name, from, now);
  const planned = usePlanned(name, Math.max(from, now), to);
  const place = (at: number) => `${((at - from) / (to - from)) * 100}%`;
  if (!view) return null;
  const shown = [...past, ...(planned.often ? [] : planned.rows)].filter(
    ({ instant }) => instant >= from && instant <= to,
  );
  return (
    <div role="row" className={cx(laneColumns, 'h-full border-line/60 border-b')}>
      <span role="cell" className="flex min-w-0 items-center gap-2 border-r px-6 narrow:px-4">
        <StateIcon of={processLook(view)} />
        <span className="min-w-0">
          <a
            href={hrefs.agent(name, 'triggers')}
            className="block truncate font-medium text-[0.8125rem] hover:underline"
          >
            {name}
          </a>
          <span className="block truncate text-faint text-xs">
            {view.triggers
              .filter(isSchedule)
              .map(({ summary }) => summary)
              .join(', ')}
          </span>
        </span>
      </span>
      <span role="cell" className="relative overflow-hidden">
        {planned.often && planned.rows[0] && (
          <span
            className="absolute top-1/2 right-0 h-4 -translate-y-1/2 overflow-hidden whitespace-nowrap rounded-l border border-accent/50 border-r-0 bg-accent-soft px-2 text-[0.6875rem] text-accent-text leading-3.5"
            style={{ left: place(planned.rows[0].instant) }}
          >
            {view.triggers.find(({ id }) => id === planned.rows[0]?.trigger)?.summary}
          </span>
        )}
        <Marks rows={shown} place={place} now={now} picked={picked} onPick={onPick} />
        {now > from && now < to && (
          <span
            aria-hidden
            className="pointer-events-none absolute inset-y-0 w-0.5 bg-accent/60"
            style={{ left: place(now) }}
          />
        )}
      </span>
    </div>
  );
}

/** What has been, as far back as marks can be told apart; holes are read from the whole stretch. */
function usePast(name: string, from: number, now: number): ScheduleRow[] {
  const view = useProcess(name);
  const since = rounded(view ? marksFrom(view, from, now) : from);
  const whole = rounded(from);
  const topics = [`events:${name}`, `journal:${name}`];
  const near = useRead(`lane:${name}:${since}`, topics, (client) =>
    client.schedule({ process: name, from: since, to: Date.now(), limit: 1_000 }),
  ).value;
  const noted = useRead(`holes:${name}`, topics, (client) =>
    client.readJournal({ name, kind: 'occurrence.noted', order: 'desc', limit: 200 }),
  ).value;
  return useMemo(() => {
    const older = (noted?.items ?? [])
      .map((entry) => noteRow(entry))
      .filter(({ instant }) => instant >= whole && instant < since);
    return [...older, ...(near?.items ?? []).filter(({ outcome }) => outcome !== 'planned')];
  }, [near, noted, whole, since]);
}

function usePlanned(name: string, from: number, to: number): { rows: ScheduleRow[]; often: boolean } {
  const view = useProcess(name);
  const [first, last] = [rounded(from), rounded(to)];
  const state = `${view?.state}:${view?.version}`;
  const read = useRead(`plan:${name}:${first}:${last}:${state}`, [`process:${name}`, 'pauses'], (client) =>
    first < last ? client.schedule({ process: name, from: first, to: last, limit: mostMarks }) : Promise.resolve(null),
  ).value;
  const rows = (read?.items ?? []).filter(
    ({ outcome }) => outcome === 'planned' || outcome === 'due' || outcome === 'paused',
  );
  return { rows, often: read?.next !== null && read?.next !== undefined };
}

interface MarksProps {
  rows: readonly ScheduleRow[];
  place: (at: number) => string;
  now: number;
  picked: ScheduleRow | null;
  onPick: (row: ScheduleRow) => void;
}

/** The marks of a lane. One of them is in the way of the Tab key; the arrows go on from there. */
function Marks({ rows, place, now, picked, onPick }: MarksProps) {
  const inOrder = rows.toSorted((a, b) => a.instant - b.instant);
  const litAt = inOrder.findIndex((row) => sameRow(row, picked));
  const reachable =
    litAt >= 0
      ? litAt
      : Math.max(
          0,
          inOrder.findLastIndex((row) => row.instant <= now),
        );
  const move = (event: KeyboardEvent<HTMLElement>, index: number) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = inOrder[index + by];
    if (by === 0 || !next) return;
    event.preventDefault();
    onPick(next);
    const buttons = event.currentTarget.parentElement?.querySelectorAll('button');
    buttons?.[index + by]?.focus();
  };
  return inOrder.map((row, index) => {
    const { text, look } = outcomeLooks[row.outcome];
    const label = `${row.process}, ${clockTime(row.instant, now)}: ${text}${row.reason ? `, ${row.reason}` : ''}`;
    return (
      <button
        key={`${row.trigger}:${row.instant}:${row.outcome}`}
        type="button"
        tabIndex={index === reachable ? 0 : -1}
        aria-label={label}
        title={label}
        aria-pressed={index === litAt}
        onClick={() => onPick(row)}
        onKeyDown={(event) => move(event, index)}
        className={cx(
          'absolute top-1/2 -translate-x-1/2 -translate-y-1/2 rounded-xs hover:h-7',
          isHole(row) ? 'h-6 w-2' : 'h-5 w-1.5',
          look,
          index === litAt && 'z-1 h-8 ring-2 ring-accent',
        )}
        style={{ left: place(row.instant) }}
      />
    );
  });
}
