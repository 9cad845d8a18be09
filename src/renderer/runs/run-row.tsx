// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { StickyNote } from 'lucide-react';
import { memo } from 'react';
import type { RunBrief } from '../../shared/views/views.ts';
import type { Selection } from '../agents/use-selection.ts';
import { hrefs } from '../frame/route.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { spent } from '../ui/format.ts';
import { runLook, StateIcon } from '../ui/state-chip.tsx';
import { Ago, Lasted } from '../ui/time.tsx';
import { RunCell } from './run-cell.tsx';
import { RunChip } from './run-chip.tsx';
import { outcomeOf } from './run-lines.tsx';
import { isBeforeOutcome, type RunsLayout } from './runs-columns.ts';

const rowLook = 'grid items-center gap-3 px-6 text-[0.8125rem]';
const gridOf = ({ template, leastRem }: RunsLayout) => ({ gridTemplateColumns: template, minWidth: `${leastRem}rem` });

export function RunsHeader({ selection, layout }: { selection: Selection; layout: RunsLayout }) {
  const some = selection.chosen.size > 0;
  const names = layout.columns.map(({ id, title, right }) => (
    <span key={id} role="columnheader" className={cx(right && 'text-right')}>
      {title}
    </span>
  ));
  const before = layout.columns.filter(isBeforeOutcome).length;
  return (
    <div role="row" style={gridOf(layout)} className={cx(rowLook, 'h-9 border-b font-medium text-dim text-xs')}>
      <span role="columnheader" className="flex">
        <Checkbox
          checked={selection.all ? true : some ? 'indeterminate' : false}
          onChange={selection.toggleAll}
          label="Select all that are loaded"
        />
      </span>
      <span role="columnheader">State</span>
      {names.slice(0, before)}
      <span role="columnheader">What came of it</span>
      {names.slice(before)}
    </div>
  );
}

interface RunRowProps {
  run: RunBrief;
  onFocus: (id: string) => void;
}

interface WideRunRowProps extends RunRowProps {
  layout: RunsLayout;
  nodeName: (node: string | undefined) => string;
  onShow: (run: RunBrief) => void;
  chosen: boolean;
  lit: boolean;
  onChoose: (id: string, range: boolean) => void;
}

export const RunRow = memo(function RunRow(props: WideRunRowProps) {
  const { run, layout, nodeName, chosen, lit, onChoose, onFocus, onShow } = props;
  const cells = layout.columns.map((column) => (
    <RunCell key={column.id} run={run} column={column} nodeName={nodeName} />
  ));
  const before = layout.columns.filter(isBeforeOutcome).length;
  const href = hrefs.run(run.process, run.id);
  const failed = run.error !== null && run.state !== 'done';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row does the same by keys
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => onFocus(run.id)}
      onClick={() => onShow(run)}
      style={gridOf(layout)}
      className={cx(
        rowLook,
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
      {cells.slice(0, before)}
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
      {cells.slice(before)}
    </div>
  );
});

interface NarrowRunRowProps extends RunRowProps {
  named: boolean;
}

export const NarrowRunRow = memo(function NarrowRunRow({ run, named, onFocus }: NarrowRunRowProps) {
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
          {run.usage.costUsd > 0 && ` · ${spent(run.usage.costUsd)}`}
          {run.note !== null && <span className="text-warn"> · {run.note}</span>}
        </span>
      </span>
    </div>
  );
});
