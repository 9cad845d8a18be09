import { ListTree } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RunBrief } from '../../shared/views/views.ts';
import { useSelection } from '../agents/use-selection.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useShownNode } from '../stores/shown-node.tsx';
import { usePages } from '../stores/use-pages.ts';
import { useClient, useRead, useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { useNow } from '../ui/use-now.ts';
import { useWidth } from '../ui/use-width.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { redeliver } from './redeliver.ts';
import { NarrowRunRow, RunRow, RunsHeader } from './run-row.tsx';
import { RunsBulk } from './runs-bulk.tsx';
import { type RunsLayout, runsLayout } from './runs-columns.ts';
import { RunsFilterBar } from './runs-filter-bar.tsx';
import { RunsHistogram } from './runs-histogram.tsx';
import { runsAsked, runsWanted, runsWantedKeys } from './runs-wanted.ts';

const idOf = (run: RunBrief) => run.id;

/** Runs, newest first, of one agent or of all; its filters stand in the address. */
export function RunsTable({ process, query }: { process?: string; query: Record<string, string> }) {
  const wanted = useMemo(() => runsWanted(query, process), [query, process]);
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight(wide ? 1 : 2);
  const list = useRef<VirtualRowsRef>(null);
  const frame = useRef<HTMLDivElement>(null);
  const named = process === undefined;
  const layout = useRunsLayout(named, useWidth(frame));
  const nodeName = useNodeName(layout);
  const [hold, setHold] = useState(false);
  const tick = useNow(60_000);
  const asked = runsAsked(wanted, tick);
  const everywhere = wanted.nodes === 'all';
  const runs = usePages(
    `runs:${wanted.nodes}${JSON.stringify(runsAsked(wanted, 0))}`,
    [wanted.process ? `runs:${wanted.process}` : 'runs'],
    idOf,
    (client, cursor) =>
      client.listRuns({ ...asked, ...(everywhere && { nodes: 'all' }), limit: 100, ...(cursor && { cursor }) }),
    hold,
  );
  const isFiltered = runsWantedKeys.some((key) => wanted[key] !== '' && !(key === 'process' && process !== undefined));
  const ids = useMemo(() => runs.rows.map(idOf), [runs.rows]);
  const selection = useSelection(ids);
  const { current, setCurrent } = useCursor(ids, list);
  const client = useClient();
  const { choose } = useShownNode();
  const here = useRuntime((state) => state.node?.id);
  const show = useCallback(
    (run: RunBrief) => {
      // What lives on another node is looked at there.
      if (run.node !== undefined && run.node !== here) choose(run.node);
      navigate(hrefs.run(run.process, run.id));
    },
    [choose, here],
  );
  const at = current === null ? undefined : runs.rows.find(({ id }) => id === current);
  useShortcuts({
    open: () => (at ? show(at) : false),
    select: () => (at ? selection.toggle(at.id, false) : false),
    redeliver: () => (at && at.endedAt !== null ? void redeliver(client, at) : false),
    selectRange: () => (at ? selection.toggle(at.id, true) : false),
    back: () => (selection.chosen.size > 0 ? selection.clear() : false),
  });

  return (
    <div ref={frame} className="flex min-h-0 flex-1 flex-col">
      <RunsFilterBar
        wanted={wanted}
        fixedProcess={!named}
        leftOut={wide ? layout.leftOut : null}
        waiting={runs.waiting}
        onShowWaiting={runs.showWaiting}
      />
      <RunsHistogram wanted={wanted} />
      {runs.error && <ErrorNote error={runs.error} className="mx-6 mb-3" />}
      {runs.loading && !runs.error && (
        <div className="px-6">
          <Loading rows={8} />
        </div>
      )}
      {!runs.loading && runs.rows.length === 0 && (
        <Empty icon={ListTree} title={isFiltered ? 'No run matches the filter.' : 'Nothing has run yet.'}>
          {!isFiltered && 'Each time an agent is woken, its run stands here, step by step.'}
        </Empty>
      )}
      {runs.rows.length > 0 && (
        <VirtualRows
          ref={list}
          label="Runs"
          recycled
          count={runs.rows.length}
          rowHeight={rowHeight}
          keyOf={(index) => ids[index] ?? String(index)}
          onEnd={runs.loadMore}
          onHold={setHold}
          className="border-t bg-surface"
          header={wide && <RunsHeader selection={selection} layout={layout} />}
          footer={runs.more && <p className="py-3 text-center text-faint text-xs">Reading older runs…</p>}
        >
          {(index) => {
            const run = runs.rows[index];
            if (!run) return null;
            return wide ? (
              <RunRow
                run={run}
                layout={layout}
                nodeName={nodeName}
                onFocus={setCurrent}
                onShow={show}
                chosen={selection.chosen.has(run.id)}
                lit={current === run.id}
                onChoose={selection.toggle}
              />
            ) : (
              <NarrowRunRow run={run} named={named} onFocus={setCurrent} />
            );
          }}
        </VirtualRows>
      )}
      {selection.chosen.size > 0 && (
        <RunsBulk selection={selection} runs={runs.rows.filter(({ id }) => selection.chosen.has(id))} />
      )}
    </div>
  );
}

/** The columns that were chosen for this window, as many as there is room for. */
function useRunsLayout(named: boolean, rem: number | null): RunsLayout {
  const wanted = useWorkspace((state) => state.runColumns);
  return useMemo(() => runsLayout(wanted, named, rem), [wanted, named, rem]);
}

/** What people call the node of a run; asked for only while it is shown. */
function useNodeName({ columns }: RunsLayout): (node: string | undefined) => string {
  const isShown = columns.some(({ id }) => id === 'node');
  const here = useRuntime((state) => state.node);
  const { value } = useRead(`nodes-of-runs:${isShown}`, isShown ? ['cluster'] : [], async (client) =>
    isShown ? client.cluster({}) : null,
  );
  return useCallback(
    (node = here?.id) => {
      const known = value?.nodes.find((one) => one.node === node)?.name;
      return known ?? (node === here?.id ? (here?.name ?? 'This node') : (node ?? ''));
    },
    [value, here?.id, here?.name],
  );
}
