import { memo } from 'react';
import type { RunCounts } from '../../shared/views/views.ts';
import { useRead } from '../stores/use-runtime.ts';
import { clockTime, numberText, plural, spent } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { type RunsWanted, runsAsked } from './runs-wanted.ts';

const ends = [
  { key: 'done', text: 'done', look: 'bg-ok' },
  { key: 'failed', text: 'failed', look: 'bg-bad' },
  { key: 'cancelled', text: 'cancelled', look: 'bg-faint' },
  { key: 'open', text: 'open', look: 'bg-busy' },
] as const;

const mostBars = 48;

/** What the wanted runs came to, over the time in which they began. */
export const RunsHistogram = memo(function RunsHistogram({ wanted }: { wanted: RunsWanted }) {
  const tick = useNow(60_000);
  const asked = runsAsked(wanted, tick);
  const topic = wanted.process ? `runs:${wanted.process}` : 'runs';
  const { value } = useRead(`run-counts:${JSON.stringify(asked)}`, [topic], (client) =>
    client.countRuns({ ...asked, bars: mostBars }),
  );
  const total = value && ends.reduce((sum, { key }) => sum + value.total[key], 0);
  if (!value || !total) return null;
  return (
    <figure aria-label="What they came to" className="flex items-end gap-4 px-6 pb-2 narrow:hidden">
      <figcaption className="w-44 shrink-0 text-dim text-xs tabular-nums">
        <span className="block font-medium text-ink">{plural(total, 'run')}</span>
        {ends
          .filter(({ key }) => value.total[key] > 0)
          .map(({ key, text }) => `${numberText(value.total[key])} ${text}`)
          .join(', ')}
        {value.total.costUsd > 0 && `, ${spent(value.total.costUsd)}`}
      </figcaption>
      <Bars counts={value} />
    </figure>
  );
});

function Bars({ counts }: { counts: RunCounts }) {
  const { from, to, widthMs, bars } = counts;
  const first = Math.floor(from / widthMs);
  const places = Math.max(1, Math.floor(to / widthMs) - first + 1);
  const byPlace = new Map(bars.map((bar) => [Math.round(bar.at / widthMs) - first, bar]));
  const most = Math.max(1, ...bars.map((bar) => ends.reduce((sum, { key }) => sum + bar[key], 0)));
  return (
    <ol aria-label="Runs over time" className="flex h-10 min-w-0 flex-1 items-end justify-end gap-px border-b">
      {Array.from({ length: places }, (_, place) => {
        const at = (first + place) * widthMs;
        const bar = byPlace.get(place);
        const parts = ends.filter(({ key }) => bar && bar[key] > 0);
        const text = `${clockTime(at, Date.now())}: ${bar ? parts.map(({ key, text: end }) => `${bar[key]} ${end}`).join(', ') : 'none'}`;
        return (
          <li key={at} title={text} className="flex h-full min-w-0 max-w-5 flex-1 flex-col-reverse hover:bg-hover">
            {bar && <span className="sr-only">{text}</span>}
            {parts.map(({ key, look }) => (
              <span
                key={key}
                aria-hidden
                className={`block min-h-[2px] w-full ${look}`}
                style={{ height: `${((bar?.[key] ?? 0) / most) * 100}%` }}
              />
            ))}
          </li>
        );
      })}
    </ol>
  );
}
