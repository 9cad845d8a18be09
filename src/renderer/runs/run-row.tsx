// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { StickyNote } from 'lucide-react';
import { memo } from 'react';
import type { RunBrief } from '../../shared/views/views.ts';
import type { Selection } from '../agents/use-selection.ts';
import { hrefs } from '../frame/route.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { money, plural } from '../ui/format.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Ago, Lasted } from '../ui/time.tsx';
import { RunChip } from './run-chip.tsx';
import { outcomeOf } from './run-lines.tsx';

const columns = (named: boolean) =>
  cx(
    'grid min-w-[46rem] items-center gap-3 px-6 text-[0.8125rem]',
    named
      ? 'grid-cols-[1.125rem_8.75rem_minmax(8rem,12rem)_minmax(10rem,1fr)_7rem_4.5rem_6rem_6rem]'
      : 'grid-cols-[1.125rem_8.75rem_minmax(12rem,1fr)_7rem_4.5rem_6rem_6rem]',
  );

export function RunsHeader({ selection, named }: { selection: Selection; named: boolean }) {
  const some = selection.chosen.size > 0;
  const names = ['State', ...(named ? ['Agent'] : []), 'What came of it', 'Woken by', 'Steps', 'Took', 'Began'];
  return (
    <div role="row" className={cx(columns(named), 'h-9 border-b font-medium text-dim text-xs')}>
      <span role="columnheader" className="flex">
        <Checkbox
          checked={selection.all ? true : some ? 'indeterminate' : false}
          onChange={selection.toggleAll}
          label="Select all that are loaded"
        />
      </span>
      {names.map((text, index) => (
        <span key={text} role="columnheader" className={cx(index >= names.length - 3 && 'text-right')}>
          {text}
        </span>
      ))}
    </div>
  );
}

interface RunRowProps {
  run: RunBrief;
  named: boolean;
  onFocus: (id: string) => void;
  onShow: (run: RunBrief) => void;
}

interface WideRunRowProps extends RunRowProps {
  chosen: boolean;
  lit: boolean;
  onChoose: (id: string, range: boolean) => void;
}

export const RunRow = memo(function RunRow({ run, named, chosen, lit, onChoose, onFocus, onShow }: WideRunRowProps) {
  const href = hrefs.run(run.process, run.id);
  const failed = run.error !== null && run.state !== 'done';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row does the same by keys
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => onFocus(run.id)}
      onClick={() => onShow(run)}
      className={cx(
        columns(named),
        'h-full cursor-pointer border-line/60 border-b hover:bg-hover/60',
        lit && 'bg-accent-soft/50',
        chosen && 'bg-accent-soft',
      )}
    >
      <span role="cell" className="flex">
        <Checkbox
          checked={chosen}
          onChange={(_, range) => onChoose(run.id, range)}
          label={`Select run of ${run.process}`}
        />
      </span>
      <span role="cell">
        <RunChip run={run} />
      </span>
      {named && (
        <span role="cell" className="truncate font-medium">
          {run.process}
        </span>
      )}
      <span role="cell" className="flex min-w-0 items-center gap-2">
        <a
          href={href}
          onClick={(event) => event.stopPropagation()}
          className={cx('block min-w-0 flex-1 truncate hover:underline', failed ? 'text-bad' : 'text-dim')}
        >
          {outcomeOf(run)}
        </a>
        {run.note !== null && (
          <span title={run.note} className="inline-flex min-w-0 max-w-[45%] items-center gap-1 text-warn text-xs">
            <StickyNote aria-hidden className="size-3.5 shrink-0" />
            <span className="sr-only">Note: </span>
            <span className="truncate">{run.note}</span>
          </span>
        )}
      </span>
      <span role="cell" className="truncate text-dim">
        {run.trigger}
      </span>
      <span
        role="cell"
        className="text-right text-dim tabular-nums"
        title={`${plural(run.usage.inputTokens + run.usage.outputTokens, 'token')}, ${money(run.usage.costUsd)}`}
      >
        {run.stepCount}
      </span>
      <span role="cell" className="text-right text-dim tabular-nums">
        <Lasted from={run.startedAt} to={run.endedAt} />
      </span>
      <span role="cell" className="text-right text-dim">
        <Ago at={run.startedAt} />
      </span>
    </div>
  );
});

export const NarrowRunRow = memo(function NarrowRunRow({ run, named, onFocus }: Omit<RunRowProps, 'onShow'>) {
  return (
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => onFocus(run.id)}
      className="flex h-full items-center gap-3 border-line/60 border-b px-4"
    >
      <span role="cell">
        <StateIcon of={runLook(run)} />
      </span>
      <span role="cell" className="min-w-0 flex-1">
        <a href={hrefs.run(run.process, run.id)} className="block truncate font-medium text-sm">
          {named ? run.process : outcomeOf(run)}
        </a>
        <span className="block truncate text-dim text-xs">
          {named && `${outcomeOf(run)} · `}
          <Lasted from={run.startedAt} to={run.endedAt} /> · <Ago at={run.startedAt} />
          {run.note !== null && <span className="text-warn"> · {run.note}</span>}
        </span>
      </span>
    </div>
  );
});
