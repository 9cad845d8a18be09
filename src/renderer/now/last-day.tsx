import { useMemo } from 'react';
import { RunLines } from '../runs/run-lines.tsx';
import { useRead } from '../stores/use-runtime.ts';
import { plural, shortTime } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { useNow } from '../ui/use-now.ts';
import { type HourCount, hourCounts } from './day-counts.ts';

/** The newest runs are read; on a busy day they are not all of it, and that is said. */
const runsRead = 500;
const dayMs = 86_400_000;

/** How the runs of the last day went, and the ones that went wrong. */
export function LastDay() {
  const read = useRead('last-day', ['runs'], (client) => client.listRuns({ limit: runsRead }));
  const now = useNow(60_000);
  const runs = read.value?.items;
  const hours = useMemo(() => hourCounts(runs ?? [], now), [runs, now]);
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!runs) return <Loading />;
  const oldest = runs.at(-1)?.startedAt ?? now;
  const isPart = read.value?.next !== null && now - oldest < dayMs;
  const failed = runs.filter((run) => run.state === 'failed' && now - run.startedAt < dayMs);
  const sum = (of: keyof Omit<HourCount, 'from'>) => hours.reduce((total, hour) => total + hour[of], 0);
  return (
    <>
      <p className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem]">
        <Legend className="bg-ok" text={`${sum('done')} done`} />
        <Legend className="bg-bad" text={`${sum('failed')} failed`} />
        <Legend className="bg-edge" text={`${sum('other')} other`} />
        {isPart && <span className="text-faint">the newest {runsRead} runs</span>}
      </p>
      <Bars hours={hours} />
      {failed.length > 0 && (
        <section aria-label="Went wrong" className="mt-3">
          <h3 className="mb-1 font-medium text-[0.8125rem]">Went wrong</h3>
          <RunLines runs={failed.slice(0, 5)} named />
          {failed.length > 5 && (
            <a className="link text-xs" href="#/runs?state=failed">
              {plural(failed.length - 5, 'more')}
            </a>
          )}
        </section>
      )}
    </>
  );
}

function Legend({ className, text }: { className: string; text: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-dim">
      <span aria-hidden className={`size-2.5 rounded-xs ${className}`} />
      {text}
    </span>
  );
}

function Bars({ hours }: { hours: readonly HourCount[] }) {
  const most = Math.max(1, ...hours.map(({ done, failed, other }) => done + failed + other));
  return (
    <div role="img" aria-label="Runs by hour of the last day">
      <div className="flex h-20 items-end gap-[3px] border-b">
        {hours.map(({ from, done, failed, other }) => (
          <div
            key={from}
            title={`${shortTime(from)}: ${done} done, ${failed} failed, ${other} other`}
            className="flex h-full min-w-0 flex-1 flex-col justify-end gap-px hover:bg-hover"
          >
            <Part count={other} most={most} className="bg-edge" />
            <Part count={failed} most={most} className="bg-bad" />
            <Part count={done} most={most} className="bg-ok" />
          </div>
        ))}
      </div>
      <div className="mt-1 flex justify-between text-[0.6875rem] text-faint tabular-nums">
        {[0, 6, 12, 18].map((index) => (
          <span key={index}>{shortTime(hours[index]?.from ?? 0)}</span>
        ))}
        <span>now</span>
      </div>
    </div>
  );
}

function Part({ count, most, className }: { count: number; most: number; className: string }) {
  if (count === 0) return null;
  return <div className={`min-h-[3px] rounded-xs ${className}`} style={{ height: `${(count / most) * 100}%` }} />;
}
