import { X } from 'lucide-react';
import type { CostsView } from '../../shared/views/cost-views.ts';
import type { ForecastView } from '../../shared/views/forecast-view.ts';
import { useCostsToday } from '../costs/use-costs.ts';
import { hrefs } from '../frame/route.ts';
import { useRead, useRuntimeStore } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { lasting, plural, roughly, roundly, shortTime, spent } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { isSameDay } from '../ui/shown-zone.ts';
import { useSettled } from '../ui/use-settled.ts';
import { type Ahead, type AheadFiring, limitsReached, lookAhead, type Working } from './look-ahead.ts';

/** The cursor has to rest for so long before the node is asked. */
const restMs = 200;
const namesShown = 6;
const timesShown = 4;

interface AheadPanelProps {
  at: number;
  until: number;
  onClose: () => void;
}

/** What is planned around an instant, and what is expected to go on and to be used by then. */
export function AheadPanel({ at, until, onClose }: AheadPanelProps) {
  const store = useRuntimeStore();
  const rested = useSettled(at, restMs);
  const length = until - at;
  const read = useRead(`ahead:${rested}`, ['processes', 'pauses'], (client) =>
    lookAhead(client, store.inOrder(), { now: Date.now(), at: rested, until: rested + length }),
  );
  const ahead = rested === at ? read.value : undefined;
  return (
    <section aria-label="Looking ahead" className="mt-2 rounded-lg bg-sunken px-3 py-2 text-[0.8125rem]">
      <div className="flex items-center gap-2">
        <h3 className="flex-1 font-semibold tabular-nums">
          {shortTime(at)} to {shortTime(until)}
          <span className="ml-2 font-normal text-dim">
            {at <= Date.now() ? 'now' : `in ${roughly(at - Date.now())}`}
          </span>
        </h3>
        <IconButton icon={X} label="Back to now" keys="back" onClick={onClose} className="size-6" />
      </div>
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!ahead && !read.error && <Loading rows={3} />}
      {ahead && (
        <div className="flex flex-col gap-2" aria-live="polite">
          <Firings of={ahead} />
          <WorkingThen of={ahead} />
          <UsedByThen of={ahead} />
        </div>
      )}
    </section>
  );
}

function Firings({ of: { firings, cut } }: { of: Ahead }) {
  if (firings.length === 0) return <p className="text-dim">No schedule fires.</p>;
  return (
    <ul aria-label="Fires" className="flex flex-col gap-0.5">
      {firings.slice(0, namesShown).map((firing) => (
        <Firing key={firing.process} firing={firing} />
      ))}
      {firings.length > namesShown && (
        <li className="text-dim">and {plural(firings.length - namesShown, 'other agent')}</li>
      )}
      {cut && <li className="text-dim">and more than can be listed</li>}
    </ul>
  );
}

function Firing({ firing: { process, times, overlapping, reason } }: { firing: AheadFiring }) {
  const when = times.length > timesShown ? plural(times.length, 'time') : times.map(shortTime).join(', ');
  return (
    <li className="flex flex-wrap gap-x-2">
      <a href={hrefs.agent(process, 'triggers')} className="min-w-0 truncate font-medium hover:link">
        {process}
      </a>
      <span className="text-dim tabular-nums">{when}</span>
      {overlapping > 0 && reason === null && (
        <span className="text-dim">{overlapping} of them sooner than a run usually takes</span>
      )}
      {reason && <span className="text-warn">{reason}</span>}
    </li>
  );
}

function WorkingThen({ of: { at, working, most } }: { of: Ahead }) {
  return (
    <div>
      <h4 className="text-dim text-xs">Expected at work at {shortTime(at)}</h4>
      {working.length === 0 && <p>Nobody, as runs went before.</p>}
      <ul>
        {working.slice(0, namesShown).map((one) => (
          <li key={one.process}>
            <a href={hrefs.agent(one.process)} className="font-medium hover:link">
              {one.process}
            </a>{' '}
            <span className="text-dim">{workingText(one)}</span>
          </li>
        ))}
      </ul>
      {working.length > namesShown && <p className="text-dim">and {working.length - namesShown} more</p>}
      {most > 1 && <p className="text-dim">Up to {most} agents at work at once are expected in this half hour.</p>}
    </div>
  );
}

function workingText({ since, usualMs, begun }: Working): string {
  return `${begun ? 'running since' : 'from'} ${shortTime(since)}, usually takes ${lasting(usualMs)}`;
}

function UsedByThen({ of: { until, forecast } }: { of: Ahead }) {
  const costs = useCostsToday();
  const { items } = forecast;
  const sum = (of: (item: ForecastView['items'][number]) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const unknown = items.filter(({ basis, firings }) => basis === 0 && firings > 0).map(({ process }) => process);
  const leftOut = sum((item) => item.paused);
  const runs = sum(({ firings }) => firings);
  if (runs + leftOut === 0) return null;
  const tokens = sum((item) => item.tokens);
  const parts = [plural(runs, 'run')];
  if (tokens > 0) parts.push(`${roundly(tokens)} tokens`, spent(sum(({ costUsd }) => costUsd)));
  return (
    <div>
      <h4 className="text-dim text-xs">Expected by {shortTime(until)}</h4>
      <p className="tabular-nums">{parts.join(', ')}</p>
      {leftOut > 0 && <p className="text-dim">{plural(leftOut, 'firing')} left out by pauses.</p>}
      {unknown.length > 0 && (
        <p className="text-dim">Never ran, so nothing is known: {unknown.slice(0, namesShown).join(', ')}</p>
      )}
      {costs && isToday(until) && <Limits costs={costs} forecast={forecast} />}
    </div>
  );
}

function Limits({ costs, forecast }: { costs: CostsView; forecast: ForecastView }) {
  return limitsReached(costs, forecast).map(({ process, unit, cap }) => (
    <p key={`${process}${unit}`} className="text-warn">
      {process ?? 'The node'} is expected to reach its limit of today:{' '}
      {unit === 'USD' ? spent(cap) : `${roundly(cap)} ${unit}`}.
    </p>
  ));
}

/** Limits are of days; what is used today says nothing about tomorrow's. */
function isToday(at: number): boolean {
  return isSameDay(at, Date.now());
}
