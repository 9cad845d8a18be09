// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { useMemo } from 'react';
import type { JournalEntryView, TriggerEventView } from '../../shared/views.ts';
import { hrefs } from '../frame/route.ts';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { clockTime } from '../ui/format.ts';
import { eventLooks, processLooks, StateIcon } from '../ui/state-chip.tsx';
import { plannedBy } from './planned.ts';
import { laneColumns } from './time-ruler.tsx';

/** The newest wakings of each agent are shown; further back there is its trigger tab. */
const eventsShown = 200;

interface LaneProps {
  name: string;
  from: number;
  to: number;
  now: number;
}

/** One agent: what its schedules brought, what they left out and why, and what they plan. */
export function ScheduleLane({ name, from, to, now }: LaneProps) {
  const view = useProcess(name);
  const events =
    useRead(`lane:${name}`, [`events:${name}`], (client) =>
      client.listTriggerEvents({ process: name, limit: eventsShown }),
    ).value?.items ?? [];
  const notes =
    useRead(`holes:${name}`, [`events:${name}`], (client) =>
      client.readJournal({ name, kind: 'occurrence.noted', order: 'desc', limit: 100 }),
    ).value?.items ?? [];
  const planned = useMemo(() => (view ? plannedBy(view, Math.max(from, now), to) : []), [view, from, now, to]);
  if (!view) return null;
  const place = (at: number) => `${((at - from) / (to - from)) * 100}%`;
  const happened = events.filter(({ kind, acceptedAt }) => kind === 'cron' && acceptedAt >= from && acceptedAt <= to);
  const holes = notes.map(holeOf).filter(({ at }) => at >= from && at <= to);
  return (
    <div role="row" className={`${laneColumns} h-full border-line/60 border-b`}>
      <span role="cell" className="flex min-w-0 items-center gap-2 border-r px-6 narrow:px-4">
        <StateIcon of={processLooks[view.state]} />
        <span className="min-w-0">
          <a
            href={hrefs.agent(name, 'triggers')}
            className="block truncate font-medium text-[0.8125rem] hover:underline"
          >
            {name}
          </a>
          <span className="block truncate text-faint text-xs">
            {planned.map(({ summary }) => summary).join(', ') || view.state}
          </span>
        </span>
      </span>
      <span role="cell" className="relative overflow-hidden">
        {planned.map(({ trigger, times, often, summary }) =>
          often ? (
            <span
              key={trigger}
              title={summary}
              className="absolute top-1/2 right-0 flex h-4 -translate-y-1/2 items-center overflow-hidden rounded-l border border-accent/50 border-r-0 bg-accent-soft px-2 text-[0.6875rem] text-accent-text"
              style={{ left: place(times[0] ?? now) }}
            >
              {summary}
            </span>
          ) : (
            times.map((at) => (
              <span
                key={`${trigger}${at}`}
                title={`${summary}: ${clockTime(at, now)}`}
                className="absolute top-1/2 h-4 w-1.5 -translate-x-1/2 -translate-y-1/2 rounded-xs border border-accent bg-accent-soft"
                style={{ left: place(at) }}
              />
            ))
          ),
        )}
        {happened.map((event) => (
          <Happened key={event.id} event={event} left={place(event.acceptedAt)} now={now} />
        ))}
        {holes.map((hole) => (
          <span
            key={hole.seq}
            role="img"
            aria-label={`${hole.text}, ${clockTime(hole.at, now)}`}
            title={`${hole.text}\n${clockTime(hole.at, now)}`}
            className="hole absolute top-1/2 h-6 w-2 -translate-x-1/2 -translate-y-1/2 rounded-xs"
            style={{ left: place(hole.at) }}
          />
        ))}
        {now > from && now < to && (
          <span aria-hidden className="absolute inset-y-0 w-0.5 bg-accent/60" style={{ left: place(now) }} />
        )}
      </span>
    </div>
  );
}

const marks: Record<string, string> = {
  done: 'bg-ok',
  dead: 'bg-bad',
  cancelled: 'bg-edge',
  superseded: 'bg-edge',
  expired: 'bg-warn',
};

function Happened({ event, left, now }: { event: TriggerEventView; left: string; now: number }) {
  const { process, runId, state, acceptedAt, reason } = event;
  const text = `${eventLooks[state].text} ${clockTime(acceptedAt, now)}${reason ? `: ${reason}` : ''}`;
  return (
    <a
      href={runId ? hrefs.run(process, runId) : hrefs.agent(process, 'triggers')}
      title={text}
      className={`absolute top-1/2 h-5 w-1.5 -translate-x-1/2 -translate-y-1/2 rounded-xs hover:h-7 ${marks[state] ?? 'bg-busy'}`}
      style={{ left }}
    >
      <span className="sr-only">{text}</span>
    </a>
  );
}

/** A planned time that became no waking of its own, and why. */
function holeOf({ seq, body }: JournalEntryView): { seq: number; at: number; text: string } {
  const { instant, count, outcome, reason, trigger } = body;
  const times = Number(count) > 1 ? `${String(count)} times ` : '';
  return { seq, at: Number(instant), text: `${String(trigger)} ${times}${String(outcome)}: ${String(reason)}` };
}
