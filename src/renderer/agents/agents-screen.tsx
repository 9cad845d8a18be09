import { LayoutGrid, LayoutTemplate, Plus, Rows3, Trash2 } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { navigate } from '../frame/route.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useMay } from '../stores/access.tsx';
import { useProcesses, useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { IconButton, LinkButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { Empty, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { AgentCards } from './agent-cards.tsx';
import { AgentDrawer } from './agent-drawer.tsx';
import { NodeLoad } from './agent-load.tsx';
import { AgentsBulk } from './agents-bulk.tsx';
import { type AgentsSort, filtered, inOldOrder, noFilter, sorted } from './agents-filter.ts';
import { AgentsFilterBar } from './agents-filter-bar.tsx';
import { AgentsTable } from './agents-table.tsx';
import { DeleteAgents } from './delete-agent.tsx';
import { RunNow } from './run-now.tsx';
import { TrashDialog } from './trash-dialog.tsx';
import { useSelection } from './use-selection.ts';

/** The process manager: every agent of this node, and all that can be done to it. */
export function AgentsScreen({ query }: { query: Record<string, string> }) {
  const may = useMay();
  const processes = useProcesses();
  const ready = useRuntime((state) => state.ready);
  const view = useWorkspace((state) => state.agentsView);
  const group = useWorkspace((state) => state.agentsGroup);
  const arrange = useWorkspace((state) => state.arrange);
  const wide = useMedia('(width >= 52rem)');
  const [filter, setFilter] = useState({ ...noFilter, state: query['state'] ?? '', tag: query['tag'] ?? '' });
  const [sort, setSort] = useState<AgentsSort>('name');
  const [hold, setHold] = useState(false);
  const [peeked, setPeeked] = useState<string | null>(null);
  const [running, setRunning] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<readonly string[]>([]);
  const asked = `${sort}${JSON.stringify(filter)}`;
  const rows = useSteadyRows(
    useMemo(() => sorted(filtered(processes, filter), sort), [processes, filter, sort]),
    processes,
    hold,
    asked,
  );
  const selection = useSelection(useMemo(() => rows.map(({ name }) => name), [rows]));
  const remove = useCallback((name: string) => setDeleting([name]), []);
  const doings = { onRun: setRunning, onDelete: remove, onPeek: setPeeked };

  return (
    <Screen
      title="Agents"
      fixed
      subtitle={
        ready &&
        processes.length > 0 && (
          <>
            {plural(processes.length, 'agent')} · <NodeLoad />
          </>
        )
      }
      actions={
        <>
          {wide && (
            <Segmented
              label="Show as"
              iconsOnly
              value={view}
              options={[
                { value: 'table', text: 'Table', icon: Rows3 },
                { value: 'cards', text: 'Cards', icon: LayoutGrid },
              ]}
              onChange={(agentsView) => arrange({ agentsView })}
            />
          )}
          <IconButton icon={Trash2} label="Trash" onClick={() => navigate('#/agents?show=trash')} />
          {may('createProcess') && (
            <LinkButton href="#/new" look="solid" size="md" icon={Plus}>
              New agent
            </LinkButton>
          )}
        </>
      }
      bar={
        processes.length > 0 && <AgentsFilterBar filter={filter} onFilter={setFilter} sort={sort} onSort={setSort} />
      }
    >
      {!ready && (
        <div className="px-6">
          <Loading rows={8} />
        </div>
      )}
      {ready && processes.length === 0 && <NoAgents />}
      {processes.length > 0 && (
        <div className="flex min-h-0 flex-1">
          <div className="flex min-w-0 flex-1 flex-col">
            {view === 'table' || !wide ? (
              <AgentsTable
                rows={rows}
                group={group}
                sort={sort}
                onSort={setSort}
                selection={selection}
                peeked={peeked}
                asked={asked}
                hold={hold}
                onHold={setHold}
                {...doings}
              />
            ) : (
              <AgentCards rows={rows} selection={selection} onHold={setHold} {...doings} />
            )}
            {selection.chosen.size > 0 && <AgentsBulk selection={selection} onDelete={setDeleting} />}
          </div>
          {peeked && wide && (
            <AgentDrawer
              key={peeked}
              name={peeked}
              onClose={() => setPeeked(null)}
              onRun={setRunning}
              onDelete={doings.onDelete}
            />
          )}
        </div>
      )}
      {query['show'] === 'trash' && <TrashDialog onClose={() => navigate('#/agents', 'replace')} />}
      {running && <RunNow name={running} onClose={() => setRunning(null)} />}
      {deleting.length > 0 && (
        <DeleteAgents
          names={deleting}
          onClose={() => setDeleting([])}
          onDeleted={() => {
            selection.clear();
            setPeeked((name) => (name !== null && deleting.includes(name) ? null : name));
          }}
        />
      )}
    </Screen>
  );
}

/** While the pointer is over the list nothing in it moves; rows still change where they are. `key` says what was asked for. */
function useSteadyRows<T extends { name: string }>(rows: T[], all: readonly T[], hold: boolean, key: string): T[] {
  const order = useRef<{ key: string; names: string[] }>({ key, names: [] });
  if (!hold || order.current.key !== key) {
    order.current = { key, names: rows.map(({ name }) => name) };
    return rows;
  }
  return inOldOrder(rows, order.current.names, all);
}

function NoAgents() {
  return (
    <Empty icon={LayoutTemplate} title="No agents yet">
      <p>
        An agent lives here: it wakes by a schedule, a webhook, a file, an event or a message. Begin with one that works
        without a key.
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        <LinkButton href="#/templates" asks="createProcess" look="solid" size="md" icon={LayoutTemplate}>
          Choose a template
        </LinkButton>
        <LinkButton href="#/new" asks="createProcess" size="md" icon={Plus}>
          Design one
        </LinkButton>
      </div>
    </Empty>
  );
}
