import type { RunLimits } from '../../shared/views/run-limits.ts';
import type { RunBrief } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useProcess, useRuntime } from '../stores/use-runtime.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Lasted } from '../ui/time.tsx';
import { useNow } from '../ui/use-now.ts';
import { nearestLimit } from './run-limits.ts';

/** A run that goes on: its step, what it says, for how long it has been at it, and how near it is to its limit. */
export function LiveRun({ run, named = false }: { run: RunBrief; named?: boolean }) {
  const said = useRuntime((state) => state.liveText[run.id]?.text.slice(-160) ?? '');
  const atWork = useProcess(run.process)?.atWork;
  return (
    <a href={hrefs.run(run.process, run.id)} className="flex min-h-11 items-center gap-3 px-4 py-1.5 hover:bg-hover/60">
      <StateIcon of={runLook(run)} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          {named && <span className="shrink-0 font-medium">{run.process}</span>}
          <span className="min-w-0 truncate text-[0.8125rem] text-dim">
            {run.endedAt === null ? (run.doing ?? 'at work') : runLook(run).text}
          </span>
        </span>
        {said && <span className="block truncate text-faint text-xs">{said}</span>}
      </span>
      <span className="w-36 shrink-0 text-right text-dim text-xs tabular-nums">
        {run.endedAt === null && atWork?.run === run.id ? (
          <Limit limits={atWork} run={run} />
        ) : (
          <>
            step {run.stepCount}
            <br />
            <Lasted from={run.startedAt} to={run.endedAt} />
          </>
        )}
      </span>
    </a>
  );
}

/** How long it has been at work, and the limit of which most is used, as words and as a bar. */
function Limit({ limits, run }: { limits: RunLimits; run: RunBrief }) {
  const { text, used, kind } = nearestLimit(limits, useNow());
  return (
    <>
      {kind === 'time' ? `step ${limits.steps}` : <Lasted from={run.startedAt} to={null} />}
      <br />
      {text}
      <meter
        className="sr-only"
        min={0}
        max={100}
        value={Math.round(used * 100)}
        aria-label={`How much of its limit the run of ${run.process} has used`}
      />
      <span aria-hidden className="mt-1 block h-1 overflow-hidden rounded-full bg-sunken">
        <span
          className={`block h-full rounded-full ${used >= 0.8 ? 'bg-warn' : 'bg-busy'}`}
          style={{ width: `${used * 100}%` }}
        />
      </span>
    </>
  );
}
