import type { RunBrief } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';

/** How the newest run went, or what it is doing. */
export function LastRun({ run }: { run: RunBrief | null }) {
  if (!run) return <span className="text-faint text-xs">never ran</span>;
  const words = run.state === 'running' ? (run.doing ?? 'at work') : null;
  return (
    <a
      href={hrefs.run(run.process, run.id)}
      onClick={(event) => event.stopPropagation()}
      title={run.error?.message ?? run.doing ?? undefined}
      className="flex min-h-6 min-w-0 items-center gap-1.5 rounded text-[0.8125rem] text-dim hover:text-ink hover:underline narrow:text-xs"
    >
      <StateIcon of={runLook(run)} />
      <span className="min-w-0 truncate">{words ?? <Ago at={run.endedAt ?? run.startedAt} />}</span>
    </a>
  );
}
