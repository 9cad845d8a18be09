import type { RunBrief } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { brief } from '../ui/format.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Ago, Lasted } from '../ui/time.tsx';

/** A short list of runs, newest first, each on one line. */
export function RunLines({ runs, named = false }: { runs: readonly RunBrief[]; named?: boolean }) {
  if (runs.length === 0) return <p className="text-dim">It has not run yet.</p>;
  return (
    <ul className="-mx-2">
      {runs.map((run) => (
        <li key={run.id}>
          <a
            href={hrefs.run(run.process, run.id)}
            className="flex min-h-9 items-center gap-2 rounded-md px-2 text-[0.8125rem] hover:bg-hover"
          >
            <StateIcon of={runLook(run)} />
            {named && <span className="max-w-[40%] shrink-0 truncate font-medium">{run.process}</span>}
            <span className="min-w-0 flex-1 truncate text-dim">{outcomeOf(run)}</span>
            <span className="shrink-0 text-faint text-xs">
              <Lasted from={run.startedAt} to={run.endedAt} /> · <Ago at={run.startedAt} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** In a few words: what went wrong, what it does, or what came of it. */
export function outcomeOf(run: RunBrief): string {
  if (run.error && run.state !== 'done') return run.error.message;
  if (run.state === 'running' || run.state === 'parked' || run.state === 'retrying') return run.doing ?? 'at work';
  if (run.idle) return 'its gate found nothing to do';
  return brief(run.output) === 'null' ? (run.doing ?? 'no output') : brief(run.output);
}
