import type { RunBrief, RunState } from '../../shared/views/views.ts';
import { cx } from '../ui/cx.ts';
import { clockTime, lasting, plural } from '../ui/format.ts';
import { runLook } from '../ui/state-chip.tsx';

const looks: Record<RunState, string> = {
  done: 'bg-ok h-full',
  failed: 'bg-bad h-full rounded-t-full',
  cancelled: 'bg-edge h-1/2',
  running: 'bg-busy h-3/4 breathing',
  parked: 'bg-warn h-3/4',
  retrying: 'bg-warn h-3/4',
};

/** The last runs as small bars, oldest left: full is done, round-topped is failed, low is cancelled, or nothing to do. */
export function OutcomeStrip({ runs }: { runs: readonly RunBrief[] }) {
  if (runs.length === 0) return null;
  const failed = runs.filter(({ state }) => state === 'failed').length;
  return (
    <div
      role="img"
      aria-label={`The last ${plural(runs.length, 'run')}, ${failed} of them failed`}
      className="mb-2 flex h-6 items-end gap-0.5"
    >
      {runs.toReversed().map((run) => {
        const took = run.endedAt === null ? '' : `, ${lasting(run.endedAt - run.startedAt)}`;
        const text = `${runLook(run).text} ${clockTime(run.startedAt, Date.now())}${took}`;
        return (
          <span key={run.id} title={text} className="flex h-full min-w-1 max-w-2.5 flex-1 items-end">
            <span className={cx('block w-full rounded-xs', run.idle ? 'bg-edge h-1/2' : looks[run.state])} />
          </span>
        );
      })}
    </div>
  );
}
