import { X } from 'lucide-react';
import { useRef, useState } from 'react';
import type { RunView, TriggerEventDetail } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { IconButton } from '../ui/button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { RunChanges } from './run-changes.tsx';
import { RunOverview } from './run-overview.tsx';
import { RunTrigger } from './run-trigger.tsx';
import { StepDetails } from './step-details.tsx';

interface InspectorProps {
  run: RunView;
  event: TriggerEventDetail | undefined;
  /** Line of the waterfall that is looked at; null: the run as a whole. */
  chosen: string | null;
  onChoose: (line: string | null) => void;
}

type Part = 'overview' | 'changes' | 'trigger';
const parts: { value: Part; text: string }[] = [
  { value: 'overview', text: 'Overview' },
  { value: 'changes', text: 'Changes' },
  { value: 'trigger', text: 'Trigger' },
];

/** What there is to know about the run, or about the step that was chosen. */
export function RunInspector({ run, event, chosen, onChoose }: InspectorProps) {
  const [part, setPart] = useState<Part>('overview');
  const step = run.steps.find((candidate) => `${candidate.step}.${candidate.attempt}` === chosen);
  const ends = useRef<HTMLDivElement>(null);
  const show = (next: Part) => () => {
    setPart(next);
    onChoose(null);
  };
  useShortcuts({
    overview: show('overview'),
    inputOutput: () => (step ? ends.current?.scrollIntoView({ block: 'start' }) : show('overview')()),
    writes: show('changes'),
    trigger: show('trigger'),
    back: () => (chosen === null ? false : onChoose(null)),
  });
  return (
    <aside
      aria-label="Inspector"
      className="flex w-[27rem] shrink-0 flex-col overflow-y-auto border-l bg-surface narrow:w-auto narrow:overflow-visible narrow:border-t narrow:border-l-0"
    >
      {step ? (
        <>
          <div className="flex justify-end px-3 pt-2">
            <IconButton icon={X} label="Back to the run" keys="back" onClick={() => onChoose(null)} />
          </div>
          <StepDetails run={run} step={step} ends={ends} />
        </>
      ) : (
        <>
          <div className="px-4 pt-3">
            <Segmented label="Part" value={part} options={parts} onChange={setPart} />
          </div>
          <div className="p-4">
            {part === 'overview' && <RunOverview run={run} event={event} />}
            {part === 'changes' && <RunChanges run={run} />}
            {part === 'trigger' && <RunTrigger event={event} />}
          </div>
        </>
      )}
    </aside>
  );
}
