import { useState } from 'react';
import type { RunView, TriggerEventDetail } from '../../shared/views/views.ts';
import { RunInspector } from './run-inspector.tsx';
import { Waterfall } from './waterfall.tsx';

/** What a run did when, and what there is to know about each part of it. */
export function RunBody({ run, event }: { run: RunView; event: TriggerEventDetail | undefined }) {
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="flex min-h-0 flex-1 border-t narrow:flex-col narrow:overflow-y-auto">
      <Waterfall run={run} event={event} chosen={chosen} onChoose={setChosen} />
      <RunInspector run={run} event={event} chosen={chosen} onChoose={setChosen} />
    </div>
  );
}

/** Says so where housekeeping left less than all of a run. */
export function KeptNote({ run }: { run: RunView }) {
  if (run.kept === 'all') return null;
  return (
    <p className="mx-6 mb-3 rounded-lg bg-sunken px-3 py-2 text-[0.8125rem] text-dim">
      {run.kept === 'outcome'
        ? 'Only how it ended was kept; its steps are gone.'
        : 'Nothing of it was kept but that it was.'}
    </p>
  );
}
