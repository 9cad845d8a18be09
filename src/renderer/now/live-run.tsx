import type { RunBrief } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Lasted } from '../ui/time.tsx';

/** A run that goes on: its step, what it says, and for how long it has been at it. */
export function LiveRun({ run, named = false }: { run: RunBrief; named?: boolean }) {
  const said = useRuntime((state) => state.liveText[run.id]?.text.slice(-160) ?? '');
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
      <span className="shrink-0 text-right text-dim text-xs tabular-nums">
        step {run.stepCount}
        <br />
        <Lasted from={run.startedAt} to={run.endedAt} />
      </span>
    </a>
  );
}
