// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { ArrowDown, SearchX } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { CostsView } from '../../shared/cost-views.ts';
import type { ProcessView } from '../../shared/views.ts';
import { useCostsToday } from '../costs/use-costs.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { Empty } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { AgentRow, NarrowAgentRow, rowColumns } from './agent-row.tsx';
import type { AgentsSort } from './agents-filter.ts';
import { useAgentKeys } from './use-agent-keys.ts';
import type { Selection } from './use-selection.ts';

interface AgentsTableProps {
  rows: readonly ProcessView[];
  sort: AgentsSort;
  onSort: (sort: AgentsSort) => void;
  selection: Selection;
  peeked: string | null;
  onPeek: (name: string | null) => void;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
  onHold: (hold: boolean) => void;
}

export function AgentsTable(props: AgentsTableProps) {
  const { rows, sort, onSort, selection, peeked, onPeek, onRun, onDelete, onHold } = props;
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight(wide ? 1 : 2);
  const list = useRef<VirtualRowsRef>(null);
  const names = useMemo(() => rows.map(({ name }) => name), [rows]);
  const { current, setCurrent } = useCursor(names, list);
  const costs = useCostsToday();
  const usd = useMemo(() => spentBy(costs), [costs]);
  useAgentKeys({ current, selection, onRun, onPeek: (name) => onPeek(peeked === name ? null : name) });

  if (rows.length === 0) return <Empty icon={SearchX} title="No agent matches the filter." />;
  return (
    <VirtualRows
      ref={list}
      label="Agents"
      count={rows.length}
      rowHeight={rowHeight}
      keyOf={(index) => rows[index]?.name ?? String(index)}
      onHold={onHold}
      className="border-t bg-surface"
      header={wide && <HeaderRow sort={sort} onSort={onSort} selection={selection} />}
    >
      {(index) => {
        const name = rows[index]?.name;
        if (name === undefined) return null;
        const doings = { name, onRun, onDelete, onFocus: setCurrent };
        return wide ? (
          <AgentRow
            {...doings}
            chosen={selection.chosen.has(name)}
            lit={current === name || peeked === name}
            usd={usd.get(name)}
            onChoose={selection.toggle}
            onPeek={onPeek}
          />
        ) : (
          <NarrowAgentRow {...doings} />
        );
      }}
    </VirtualRows>
  );
}

/** What was spent today, by agent; those that spent nothing are not in it. */
function spentBy(costs: CostsView | undefined): ReadonlyMap<string, number> {
  const dear = costs?.processes.filter(({ costUsd }) => costUsd > 0) ?? [];
  return new Map(dear.map(({ process, costUsd }) => [process, costUsd]));
}

const columns: readonly { text: string; sort?: AgentsSort; className?: string }[] = [
  { text: 'State', sort: 'state' },
  { text: 'Agent', sort: 'name' },
  { text: 'Wakes by' },
  { text: 'Last run', sort: 'last' },
  { text: 'Next firing', sort: 'next' },
  { text: 'Today', className: 'justify-end' },
  { text: 'Waiting', sort: 'waiting', className: 'justify-end' },
];

function HeaderRow({ sort, onSort, selection }: Pick<AgentsTableProps, 'sort' | 'onSort' | 'selection'>) {
  const some = selection.chosen.size > 0;
  return (
    <div role="row" className={cx(rowColumns, 'h-9 border-b text-dim text-xs')}>
      <span role="columnheader" className="flex">
        <Checkbox
          checked={selection.all ? true : some ? 'indeterminate' : false}
          onChange={selection.toggleAll}
          label="Select all"
        />
      </span>
      {columns.map(({ text, sort: by, className }) => (
        <span
          key={text}
          role="columnheader"
          aria-sort={by === sort ? 'ascending' : undefined}
          className={cx('flex min-w-0 items-center gap-1 font-medium', className)}
        >
          {by ? (
            <button
              type="button"
              className="inline-flex items-center gap-1 rounded hover:text-ink"
              onClick={() => onSort(by)}
            >
              {text}
              {by === sort && <ArrowDown aria-hidden className="size-3" />}
            </button>
          ) : (
            text
          )}
        </span>
      ))}
      <span role="columnheader">
        <span className="sr-only">Actions</span>
      </span>
    </div>
  );
}
