import type { RunBrief } from '../../shared/views/views.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { runLook, runLooks, StateChip } from '../ui/state-chip.tsx';

/** The state of a run; one that waits says whether it waits for a person. */
export function RunChip({ run }: { run: Pick<RunBrief, 'id' | 'state' | 'idle'> }) {
  return run.state === 'parked' ? <ParkedChip id={run.id} /> : <StateChip of={runLook(run)} />;
}

function ParkedChip({ id }: { id: string }) {
  const waitsForYou = useRuntime(({ inbox }) => inbox.some((item) => item.run === id));
  const look = runLooks.parked;
  return <StateChip of={waitsForYou ? { ...look, text: 'Waiting for you' } : look} />;
}
