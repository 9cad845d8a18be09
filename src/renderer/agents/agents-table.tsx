// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { ArrowDown, SearchX } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { CostsView } from '../../shared/views/cost-views.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { useCostsToday } from '../costs/use-costs.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { Empty } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { nothingInSight, type Sight, VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { type AgentLine, type AgentsGroup, grouped, inOldLines } from './agent-groups.ts';
import { AgentRow, FarAgentRow, GroupRow, NarrowAgentRow, rowColumns } from './agent-row.tsx';
import type { AgentsSort } from './agents-filter.ts';
import { useAgentKeys } from './use-agent-keys.ts';
import { useLoads } from './use-load.ts';
import { useRecentRuns } from './use-recent-runs.ts';
import type { Selection } from './use-selection.ts';

interface AgentsTableProps {
  rows: readonly ProcessView[];
  group: AgentsGroup;
  sort: AgentsSort;
  onSort: (sort: AgentsSort) => void;
  selection: Selection;
  peeked: string | null;
  onPeek: (name: string | null) => void;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
  /** What the rows were chosen and sorted by. */
  asked: string;
  hold: boolean;
  onHold: (hold: boolean) => void;
}

export function AgentsTable(props: AgentsTableProps) {
  const { rows, group, sort, onSort, selection, peeked, onPeek, onRun, onDelete, asked, hold, onHold } = props;
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight(wide ? 1 : 2);
  const elsewhere = useElsewhere(group === 'node');
  const { choose } = useShownNode();
  const fresh = useMemo(() => grouped(rows, group, elsewhere), [rows, group, elsewhere]);
  const lines = useSteadyLines(fresh, hold, `${group}${asked}`);
  const views = useMemo(() => new Map(rows.map((view) => [view.name, view])), [rows]);
  const { list, names, places } = useLines(lines);
  const { current, setCurrent } = useCursor(names, places);
  const loads = useLoads();
  const [sight, setSight] = useState<Sight>(nothingInSight);
  const recent = useRecentRuns(useInSight(lines, rows, wide ? sight : nothingInSight));
  const costs = useCostsToday();
  const usd = useMemo(() => spentBy(costs), [costs]);
  useAgentKeys({ current, selection, onRun, onPeek: (name) => onPeek(peeked === name ? null : name) });

  if (rows.length === 0) return <Empty icon={SearchX} title="No agent matches the filter." />;
  return (
    <VirtualRows
      ref={list}
      label="Agents"
      recycled
      count={lines.length}
      rowHeight={rowHeight}
      keyOf={(index) => lines[index]?.key ?? String(index)}
      onHold={onHold}
      onSight={setSight}
      className="border-t bg-surface"
      header={wide && <HeaderRow sort={sort} onSort={onSort} selection={selection} />}
    >
      {(index) => {
        const line = lines[index];
        if (!line) return null;
        if (line.kind === 'head') return <GroupRow text={line.text} count={line.count} />;
        if (line.kind === 'far') {
          const { node = null, name } = line.view;
          const show = () => {
            choose(node);
            navigate(hrefs.agent(name));
          };
          return <FarAgentRow view={line.view} onShow={show} />;
        }
        const { name } = line;
        const view = views.get(name);
        if (!view) return null;
        const doings = { view, onRun, onDelete, onFocus: setCurrent };
        return wide ? (
          <AgentRow
            {...doings}
            chosen={selection.chosen.has(name)}
            lit={current === name || peeked === name}
            usd={usd.get(name)}
            load={loads.get(name)}
            recent={recent.get(name)}
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

/** Who comes under another head while the pointer is over the list goes there when it leaves. */
function useSteadyLines(fresh: readonly AgentLine[], hold: boolean, key: string): readonly AgentLine[] {
  const before = useRef({ key, lines: fresh });
  const isHeld = hold && before.current.key === key;
  const lines = useMemo(() => (isHeld ? inOldLines(fresh, before.current.lines) : fresh), [fresh, isHeld]);
  before.current = { key, lines };
  return lines;
}

/** Agents of this node among the lines in sight. */
function useInSight(lines: readonly AgentLine[], rows: readonly ProcessView[], { first, last }: Sight) {
  return useMemo(() => {
    const inSight = lines.slice(first, last + 1);
    const names = new Set(inSight.flatMap((line) => (line.kind === 'agent' ? [line.name] : [])));
    return names.size === 0 ? [] : rows.filter(({ name }) => names.has(name));
  }, [lines, rows, first, last]);
}

/** Keys walk over agents of this node; heads of groups and agents of other nodes are passed by. */
function useLines(lines: readonly AgentLine[]) {
  const list = useRef<VirtualRowsRef>(null);
  const names = useMemo(() => lines.flatMap((line) => (line.kind === 'agent' ? [line.name] : [])), [lines]);
  const places = useRef<VirtualRowsRef>(null);
  places.current = {
    focusRow(at) {
      const index = lines.findIndex((line) => line.kind === 'agent' && line.name === names[at]);
      list.current?.focusRow(index);
    },
  };
  return { list, names, places };
}

/** Agents of other nodes and the names of all nodes; read only while they are wanted. */
function useElsewhere(wanted: boolean) {
  const node = useRuntime((state) => state.node);
  const { value } = useRead(`elsewhere:${wanted}`, wanted ? ['processes', 'runs'] : [], async (client) => {
    if (!wanted) return null;
    const [{ nodes }, { items }] = await Promise.all([client.cluster({}), client.listProcesses({ nodes: 'all' })]);
    return { nodes, items };
  });
  return useMemo(() => {
    const nodes = new Map(value?.nodes.map(({ node: id, name }) => [id, name]));
    const far = value?.items.filter((view) => view.node !== undefined && view.node !== node?.id) ?? [];
    return { here: nodes.get(node?.id ?? '') ?? node?.name ?? 'This node', nodes, far };
  }, [value, node?.id, node?.name]);
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
  { text: 'CPU', className: 'justify-end max-xl:hidden' },
  { text: 'Memory', className: 'justify-end max-xl:hidden' },
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
