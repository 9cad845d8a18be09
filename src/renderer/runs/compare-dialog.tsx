import type { RunView } from '../../shared/views/views.ts';
import { hrefOf, navigate } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { At, Lasted } from '../ui/time.tsx';
import { outcomeOf } from './run-lines.tsx';

/** Chooses the other run: one of the same agent. */
export function CompareDialog({ run, onClose }: { run: RunView; onClose: () => void }) {
  const read = useRead(`compare-with:${run.process}`, [`runs:${run.process}`], (client) =>
    client.listRuns({ process: run.process, limit: 50 }),
  );
  const others = read.value?.items.filter(({ id }) => id !== run.id) ?? [];
  const compare = (other: string) => {
    onClose();
    navigate(hrefOf(['agents', run.process, 'runs', run.id, 'compare', other]));
  };
  return (
    <Dialog
      title="Compare with"
      description={`Another run of ${run.process}, side by side, step by step.`}
      onClose={onClose}
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && others.length === 0 && <p className="text-dim">It has no other run yet.</p>}
      <ul className="-mx-2">
        {others.map((other) => (
          <li key={other.id}>
            <button
              type="button"
              onClick={() => compare(other.id)}
              className="flex min-h-9 w-full items-center gap-2 rounded-md px-2 text-left text-[0.8125rem] hover:bg-hover"
            >
              <StateIcon of={runLook(other)} />
              <span className="min-w-0 flex-1 truncate">{outcomeOf(other)}</span>
              <span className="shrink-0 text-faint text-xs">
                <Lasted from={other.startedAt} to={other.endedAt} /> · <At at={other.startedAt} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
