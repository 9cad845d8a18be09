import { ChevronLeft, Equal, EqualNot } from 'lucide-react';
import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import type { RunComparison } from '../../shared/run-comparison.ts';
import type { RunBrief, StepView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { brief, lasting } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Screen } from '../ui/screen.tsx';
import { At } from '../ui/time.tsx';
import { RunChip } from './run-chip.tsx';
import { outcomeOf } from './run-lines.tsx';
import { stepIcon } from './step-icon.tsx';

/** Two runs side by side: where they part, and in what. */
export function CompareScreen({ id, other }: { id: string; other: string }) {
  const read = useRead(`compare:${id}:${other}`, [`run:${id}`, `run:${other}`], (client) =>
    client.compareRuns({ id, other }),
  );
  const found = read.value;
  const where =
    found && (found.differsAt === null ? 'They went the same way.' : `They part at step ${found.differsAt}.`);
  return (
    <Screen
      title="Two runs compared"
      subtitle={found && `${where} ${found.sameOutput ? 'The same came of both.' : 'Not the same came of them.'}`}
      lead={
        found && (
          <a
            href={hrefs.run(found.left.process, id)}
            aria-label="Back to the run"
            title="Back to the run"
            className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
          >
            <ChevronLeft aria-hidden className="size-5" />
          </a>
        )
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!found && !read.error && <Loading rows={8} />}
      {found && (
        <>
          <div className="mb-(--gap) grid grid-cols-2 gap-(--gap)">
            <Side title="This run" run={found.left} />
            <Side title="The other" run={found.right} />
          </div>
          <ol className="overflow-hidden rounded-xl border bg-surface">
            {found.steps.map((pair) => (
              <Pair key={pair.step} pair={pair} first={pair.step === found.differsAt} />
            ))}
          </ol>
        </>
      )}
    </Screen>
  );
}

function Side({ title, run }: { title: string; run: RunBrief }) {
  return (
    <Panel title={title} aside={<RunChip run={run} />}>
      <p className="break-words text-[0.8125rem]">{outcomeOf(run)}</p>
      <p className="mt-1 text-faint text-xs">
        <a className="link" href={hrefs.run(run.process, run.id)}>
          {run.id.slice(-8)}
        </a>
        , <At at={run.startedAt} />, {run.stepCount} steps
        {run.endedAt !== null && `, ${lasting(run.endedAt - run.startedAt)}`}
      </p>
    </Panel>
  );
}

type PairOf = RunComparison['steps'][number];

function Pair({ pair, first }: { pair: PairOf; first: boolean }) {
  const [open, setOpen] = useState(first);
  const Mark = pair.same ? Equal : EqualNot;
  const Icon = stepIcon(pair.left?.kind ?? pair.right?.kind ?? '');
  return (
    <li className={cx('border-line/60 not-first:border-t', !pair.same && 'bg-warn-soft/40')}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-10 w-full items-center gap-3 px-4 text-left text-[0.8125rem] hover:bg-hover/60"
      >
        <span className="w-6 shrink-0 text-right text-faint text-xs">{pair.step}</span>
        <Icon aria-hidden className="size-4 shrink-0 text-faint" />
        <span className="min-w-0 flex-1 truncate">{stepText(pair.left)}</span>
        <Mark
          aria-label={pair.same ? 'the same' : 'not the same'}
          className={cx('size-4 shrink-0', pair.same ? 'text-faint' : 'text-warn')}
        />
        <span className="min-w-0 flex-1 truncate">{stepText(pair.right)}</span>
      </button>
      {open && (
        <div className="px-4 pb-3">
          <DiffView before={written(pair.left)} after={written(pair.right)} />
        </div>
      )}
    </li>
  );
}

const stepText = (step: StepView | null) => (step ? `${step.name} ${brief(step.args, 60)}` : 'no such step');

function written(step: StepView | null): string {
  if (!step) return '';
  const { kind, name, args, result, error } = step;
  const shown: Record<string, Json> = { kind, name, args, result, ...(error ? { error: error.message } : {}) };
  return JSON.stringify(shown, null, 2);
}
