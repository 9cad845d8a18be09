import { ListTree, Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { RunBrief } from '../../shared/views.ts';
import { useSelection } from '../agents/use-selection.ts';
import { hrefOf, hrefs, navigate, parseRoute } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { usePages } from '../stores/use-pages.ts';
import { useProcess, useProcesses } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Choice, TextField } from '../ui/fields.tsx';
import { FilterChips } from '../ui/filter-chips.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { NarrowRunRow, RunRow, RunsHeader } from './run-row.tsx';
import { RunsBulk } from './runs-bulk.tsx';
import { runFilters } from './runs-filter.ts';

const idOf = (run: RunBrief) => run.id;

/** Runs, newest first, of one agent or of all; its filters stand in the address. */
export function RunsTable({ process, query }: { process?: string; query: Record<string, string> }) {
  const wanted = {
    process: process ?? query['process'] ?? '',
    state: query['state'] ?? '',
    text: query['text'] ?? '',
    trigger: query['trigger'] ?? '',
  };
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight(wide ? 1 : 2);
  const list = useRef<VirtualRowsRef>(null);
  const [hold, setHold] = useState(false);
  const asked = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''));
  const runs = usePages(
    `runs:${JSON.stringify(asked)}`,
    [wanted.process ? `runs:${wanted.process}` : 'runs'],
    idOf,
    (client, cursor) => client.listRuns({ ...asked, limit: 100, ...(cursor && { cursor }) }),
    hold,
  );
  const ids = useMemo(() => runs.rows.map(idOf), [runs.rows]);
  const selection = useSelection(ids);
  const { current, setCurrent } = useCursor(ids, list);
  const at = current === null ? undefined : runs.rows.find(({ id }) => id === current);
  useShortcuts({
    open: () => (at ? navigate(hrefs.run(at.process, at.id)) : false),
    select: () => (at ? selection.toggle(at.id, false) : false),
    selectRange: () => (at ? selection.toggle(at.id, true) : false),
    back: () => (selection.chosen.size > 0 ? selection.clear() : false),
  });

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <RunsFilterBar
        wanted={wanted}
        fixedProcess={process !== undefined}
        waiting={runs.waiting}
        onShowWaiting={runs.showWaiting}
      />
      {runs.error && <ErrorNote error={runs.error} className="mx-6 mb-3" />}
      {runs.loading && !runs.error && (
        <div className="px-6">
          <Loading rows={8} />
        </div>
      )}
      {!runs.loading && runs.rows.length === 0 && (
        <Empty
          icon={ListTree}
          title={Object.keys(asked).length > (process ? 1 : 0) ? 'No run matches the filter.' : 'Nothing has run yet.'}
        >
          {Object.keys(asked).length === 0 && 'Each time an agent is woken, its run stands here, step by step.'}
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
          header={wide && <RunsHeader selection={selection} named={process === undefined} />}
          footer={runs.more && <p className="py-3 text-center text-faint text-xs">Reading older runs…</p>}
        >
          {(index) => {
            const run = runs.rows[index];
            if (!run) return null;
            const doings = { run, named: process === undefined, onFocus: setCurrent };
            return wide ? (
              <RunRow
                {...doings}
                chosen={selection.chosen.has(run.id)}
                lit={current === run.id}
                onChoose={selection.toggle}
              />
            ) : (
              <NarrowRunRow {...doings} />
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

/** What woke the runs; offered once one agent is meant. */
function TriggerFilter({ wanted, onChange }: Pick<FilterBarProps, 'wanted'> & { onChange: (trigger: string) => void }) {
  const triggers = useProcess(wanted.process)?.triggers ?? [];
  if (triggers.length === 0 && wanted.trigger === '') return null;
  const ids = [...new Set([...triggers.map(({ id }) => id), 'manual', 'chat', wanted.trigger])].filter(Boolean);
  return (
    <Choice
      aria-label="Woken by"
      value={wanted.trigger}
      onChange={(event) => onChange(event.target.value)}
      className="h-8 w-auto max-w-48"
    >
      <option value="">Woken by anything</option>
      {ids.map((id) => (
        <option key={id}>{id}</option>
      ))}
    </Choice>
  );
}

interface FilterBarProps {
  wanted: { process: string; state: string; text: string; trigger: string };
  fixedProcess: boolean;
  waiting: number;
  onShowWaiting: () => void;
}

function RunsFilterBar({ wanted, fixedProcess, waiting, onShowWaiting }: FilterBarProps) {
  const processes = useProcesses();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(wanted.text);
  useShortcuts({ search: () => field.current?.focus() });
  useEffect(() => setText(wanted.text), [wanted.text]);
  const change = (changes: Record<string, string>) => {
    const { parts, query } = parseRoute(window.location.hash);
    navigate(hrefOf(parts, { ...query, ...changes }), 'replace');
  };
  useEffect(() => {
    if (text === wanted.text) return;
    const timer = setTimeout(() => change({ text }), 250);
    return () => clearTimeout(timer);
  });
  return (
    <div className="flex flex-wrap items-center gap-2 px-6 py-2 narrow:px-4">
      <div className="relative w-56 narrow:w-full">
        <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
        <TextField
          ref={field}
          type="search"
          aria-label="Search runs"
          placeholder="Search  /"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-8 pl-8"
        />
      </div>
      <FilterChips label="State" value={wanted.state} options={runFilters} onChange={(state) => change({ state })} />
      {!fixedProcess && processes.length > 0 && (
        <Choice
          aria-label="Agent"
          value={wanted.process}
          onChange={(event) => change({ process: event.target.value })}
          className="h-8 w-auto max-w-48"
        >
          <option value="">Any agent</option>
          {processes.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
      )}
      <TriggerFilter wanted={wanted} onChange={(trigger) => change({ trigger })} />
      {waiting > 0 && (
        <Button look="soft" onClick={onShowWaiting}>
          {plural(waiting, 'new run')}
        </Button>
      )}
    </div>
  );
}
