import { GitFork } from 'lucide-react';
import { type ReactNode, type Ref, useState } from 'react';
import type { RunView, StepView } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { money } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { ErrorNote } from '../ui/notes.tsx';
import { StateChip, stepLooks } from '../ui/state-chip.tsx';
import { At, Lasted } from '../ui/time.tsx';
import { useIsBundled } from './bundled.ts';
import { ForkDialog } from './fork-dialog.tsx';
import { stepKindNames } from './step-icon.tsx';

interface StepDetailsProps {
  run: RunView;
  step: StepView;
  /** Where what went in and came out begins. */
  ends: Ref<HTMLDivElement>;
}

/** One step: what went in, what came out, what it cost. */
export function StepDetails({ run, step, ends }: StepDetailsProps) {
  const [forking, setForking] = useState(false);
  const isBundled = useIsBundled();
  const canFork = run.endedAt !== null && !isBundled;
  useShortcuts({ fork: () => (canFork ? setForking(true) : false) });
  const said = useRuntime((state) => {
    const live = state.liveText[run.id];
    return step.state === 'running' && live?.step === step.step ? live.text : '';
  });
  const tokens = (step.usage?.inputTokens ?? 0) + (step.usage?.outputTokens ?? 0);
  return (
    <div className="flex flex-col gap-4 px-4 pb-6">
      <header>
        <p className="text-faint text-xs">
          Step {step.step} · {stepKindNames[step.kind] ?? step.kind}
        </p>
        <h2 className="flex items-center gap-2 font-semibold text-base">
          <span className="min-w-0 break-words">{step.name}</span>
          <StateChip of={stepLooks[step.state]} />
        </h2>
      </header>
      {canFork && (
        <div>
          <Button icon={GitFork} asks="forkRun" onClick={() => setForking(true)}>
            Fork here…
          </Button>
        </div>
      )}
      {forking && <ForkDialog run={run} step={step} onClose={() => setForking(false)} />}
      {step.error && <ErrorNote error={step.error} />}
      <div ref={ends}>
        <Part title="Input">
          <JsonView value={step.args} label="the input" />
        </Part>
      </div>
      {said && (
        <Part title="Says now">
          <p className="whitespace-pre-wrap break-words rounded-lg bg-sunken px-3 py-2 text-[0.8125rem]">{said}</p>
        </Part>
      )}
      {step.state !== 'running' && step.result !== null && (
        <Part title="Output">
          <JsonView value={step.result} label="the output" />
        </Part>
      )}
      <DetailList
        rows={[
          ['Began', <At key="began" at={step.startedAt} />],
          ['Took', <Lasted key="took" from={step.startedAt} to={step.endedAt} />],
          ['Try', step.attempt > 1 && step.attempt],
          ['Tokens in, out', tokens > 0 && `${step.usage?.inputTokens ?? 0}, ${step.usage?.outputTokens ?? 0}`],
          ['Cost', step.usage?.costUsd !== undefined && money(step.usage.costUsd)],
          ['After a crash', afterCrash(step)],
          ['Task', step.task],
          ['Decided by', step.by],
          ['Journal entry', step.seq],
          [
            'Call key',
            step.callKey && (
              <code key="key" className="break-all text-xs">
                {step.callKey}
              </code>
            ),
          ],
        ]}
      />
    </div>
  );
}

function afterCrash({ repeatable, task }: StepView): string {
  if (task !== null) return 'task-resumable: what became of its task is asked for';
  return repeatable ? 'it may be made again' : 'it is never made again without your word';
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-semibold text-[0.8125rem]">{title}</h3>
      {children}
    </section>
  );
}
