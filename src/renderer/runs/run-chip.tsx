import type { RunBrief } from '../../shared/views.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { runLook, StateChip } from '../ui/state-chip.tsx';

/** The state of a run; one that waits says whether it waits for a person. */
export function RunChip({ run }: { run: Pick<RunBrief, 'id' | 'state' | 'idle'> }) {
  const waitsForYou = useRuntime(({ inbox }) => run.state === 'parked' && inbox.some((item) => item.run === run.id));
  const look = runLook(run);
  return <StateChip of={waitsForYou ? { ...look, text: 'Waiting for you' } : look} />;
}
