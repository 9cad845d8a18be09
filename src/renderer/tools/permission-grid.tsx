import { ChevronRight, ShieldAlert, Wrench } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { hrefs } from '../frame/route.ts';
import { useClient, useProcessNames, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useAction } from '../ui/use-action.ts';
import { useWidth } from '../ui/use-width.ts';
import { type GridRow, gridRows } from './grid-rows.ts';
import { GridTable } from './grid-table.tsx';
import { type AgentSettings, inColumns, type ServerGroup, serverGroups } from './known-tools.ts';
import { BuiltInCell, ServerCell, ToolCell } from './permission-cells.tsx';
import { permissionLooks } from './permission-looks.ts';
import { hintWords, ToolFacts } from './tool-facts.tsx';
import { useManifests } from './use-manifests.ts';

/** Which agent may use which tool, built in or of a server, and which ask first; each cell can be changed. */
export function PermissionGrid() {
  const names = useProcessNames();
  const read = useManifests();
  if (names.length === 0) return <Empty icon={Wrench} title="There is no agent yet." />;
  return (
    <section
      aria-label="Permissions"
      className="mx-6 mt-3 mb-4 flex min-h-0 flex-1 flex-col overflow-hidden rounded-xl border bg-surface shadow-raised narrow:mx-0 narrow:mb-0 narrow:rounded-none narrow:border-x-0"
    >
      {read.error && !read.value && <ErrorNote error={read.error} retry={read.reload} className="m-3" />}
      {!read.value && !read.error && (
        <div className="px-4">
          <Loading />
        </div>
      )}
      {read.value && <Grid agents={read.value} />}
    </section>
  );
}

function Grid({ agents: all }: { agents: readonly AgentSettings[] }) {
  const servers = useRead('tool-servers', ['processes', 'runs'], (client) => client.listToolServers({}));
  const [toolText, setToolText] = useState('');
  const [agentText, setAgentText] = useState('');
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [about, setAbout] = useState<string | null>(null);
  const groups = useMemo(() => serverGroups(all, servers.value?.items ?? []), [all, servers.value]);
  const rows = gridRows(groups, folds, toolText);
  const agents = inColumns(all).filter(({ name }) => name.toLowerCase().includes(agentText.trim().toLowerCase()));
  const place = useRef<HTMLDivElement>(null);
  const size = useSizes(place);
  const found = rows.find((row) => row.kind === 'tool' && row.id === about);
  const inRow = (row: number) => rows[row] as GridRow;
  const asked = (server: string) => {
    // What somebody waits for stays open, however much it is.
    setFolds(new Map(folds).set(server, true));
    servers.reload();
  };
  const fold = (id: string, isOpen: boolean) => setFolds(new Map(folds).set(id, !isOpen));
  return (
    <div ref={place} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-2 text-dim text-xs">
        <Search label="Search tools" value={toolText} onChange={setToolText} />
        <Search label="Search agents" value={agentText} onChange={setAgentText} />
        <Legend />
      </div>
      {servers.error && <ErrorNote error={servers.error} retry={servers.reload} className="m-3" />}
      {rows.length === 0 || agents.length === 0 ? (
        <Empty icon={Wrench} title={rows.length === 0 ? 'No tool is called that.' : 'No agent is called that.'} />
      ) : (
        <GridTable
          label="Grid of permissions"
          rowCount={rows.length}
          columnCount={agents.length}
          rowKey={(row) => inRow(row).id}
          columnKey={(column) => agents[column]?.name ?? ''}
          size={size}
          corner={`${plural(agents.length, 'agent')}`}
          head={(column, tabIndex) => <AgentHead name={agents[column]?.name ?? ''} tabIndex={tabIndex} />}
          name={(row, tabIndex) => <RowName row={inRow(row)} onFold={fold} onAbout={setAbout} tabIndex={tabIndex} />}
          cell={(row, column, tabIndex) => {
            const agent = agents[column];
            if (!agent) return null;
            return cellOf(inRow(row), agent, tabIndex, { onAbout: setAbout, onApproved: servers.reload });
          }}
          across={(row, tabIndex) => {
            const it = inRow(row);
            return it.kind === 'unknown' ? (
              <Unknown server={it.server} onAsked={() => asked(it.server.name)} tabIndex={tabIndex} />
            ) : undefined;
          }}
          rowLook={(row) => (inRow(row).kind === 'group' ? 'bg-canvas' : 'bg-surface hover:bg-hover')}
        />
      )}
      {found?.kind === 'tool' && (
        <ToolFacts tool={found.tool} server={found.server} agents={all} onClose={() => setAbout(null)} />
      )}
    </div>
  );
}

interface CellDeeds {
  onAbout: (tool: string) => void;
  onApproved: () => void;
}

function cellOf(row: GridRow, agent: AgentSettings, tabIndex: number, { onAbout, onApproved }: CellDeeds) {
  if (row.kind === 'built-in') return <BuiltInCell agent={agent} tool={row.tool} tabIndex={tabIndex} />;
  if (row.kind === 'unknown' || row.server === null) return null;
  if (!row.server.agents.includes(agent.name)) return null;
  if (row.kind === 'group') return <ServerCell agent={agent} server={row.server} tabIndex={tabIndex} />;
  const { server, tool } = row;
  return <ToolCell {...{ agent, server, tool, onApproved, tabIndex }} onAbout={() => onAbout(tool.name)} />;
}

/** Pixels: names get what a third of a wide place is, and little of a narrow one. */
function useSizes(place: React.RefObject<HTMLElement | null>) {
  const row = useRowHeight(2);
  const rem = row / 3.1;
  const isNarrow = (useWidth(place) ?? 60) < 40;
  return { row, head: rem * 3.6, name: Math.round(rem * (isNarrow ? 10 : 21)), column: Math.round(rem * 6) };
}

function Search({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  return (
    <TextField
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-8 w-36 sm:w-48"
    />
  );
}

function Legend() {
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-1">
      {Object.values(permissionLooks).map(({ icon: Icon, text, look }) => (
        <span key={text} className="inline-flex items-center gap-1.5">
          <Icon aria-hidden className={`size-4 ${look}`} />
          {text}
        </span>
      ))}
      <span className="inline-flex items-center gap-1.5">
        <ShieldAlert aria-hidden className="size-4 text-bad" />
        not as it was approved
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden className="size-4 rounded bg-sunken ring-1 ring-edge/60" />a rule of its own
      </span>
    </span>
  );
}

function AgentHead({ name, tabIndex }: { name: string; tabIndex: number }) {
  return (
    <a
      href={hrefs.agent(name)}
      tabIndex={tabIndex}
      title={name}
      className="line-clamp-2 max-w-full break-words text-center font-medium text-xs leading-4 hover:link"
    >
      {name}
    </a>
  );
}

interface RowNameProps {
  row: GridRow;
  onFold: (id: string, isOpen: boolean) => void;
  onAbout: (tool: string) => void;
  tabIndex: number;
}

function RowName({ row, onFold, onAbout, tabIndex }: RowNameProps) {
  if (row.kind === 'unknown') return null;
  if (row.kind === 'group') {
    const { id, title, count, server, isOpen } = row;
    return (
      <button
        type="button"
        aria-expanded={isOpen}
        tabIndex={tabIndex}
        onClick={() => onFold(id, isOpen)}
        className="flex min-w-0 items-center gap-2 rounded-md px-1 py-1 text-left"
      >
        <ChevronRight aria-hidden className={cx('size-4 shrink-0 text-faint', isOpen && 'rotate-90')} />
        <span className="min-w-0">
          <span className="block truncate font-semibold text-sm">{title}</span>
          <span className="block truncate text-dim text-xs">{groupWords(server, count)}</span>
        </span>
      </button>
    );
  }
  if (row.kind === 'built-in') {
    const { name, text, takenBack } = row.tool;
    const aside = { reads: 'only reads', yes: 'can be taken back', no: 'cannot be taken back' }[takenBack];
    return <ToolName name={name.replaceAll('_', ' ')} about={text} aside={aside} tabIndex={tabIndex} />;
  }
  const { short, listed, name } = row.tool;
  return (
    <ToolName
      name={short}
      about={listed ? listed.description : 'Not offered now'}
      aside={hintWords(row.tool).join(', ')}
      tabIndex={tabIndex}
      onPress={() => onAbout(name)}
    />
  );
}

function groupWords(server: ServerGroup | null, count: number): string {
  if (!server) return plural(count, 'tool');
  const [first, ...others] = server.servers;
  const known = server.tools.some(({ listed }) => listed) ? plural(count, 'tool') : 'tools not known yet';
  return [
    known,
    others.length > 0 ? `${others.length + 1} different servers` : (first?.shown ?? 'not started yet'),
  ].join(', ');
}

interface ToolNameProps {
  name: string;
  about: string;
  aside: string;
  tabIndex: number;
  onPress?: () => void;
}

function ToolName({ name, about, aside, tabIndex, onPress }: ToolNameProps) {
  const content = (
    <>
      <span className="flex items-baseline gap-2">
        <span className="max-w-full shrink-0 truncate font-medium text-[0.8125rem]">{name}</span>
        {aside && <span className="truncate text-dim text-xs max-sm:hidden">{aside}</span>}
      </span>
      <span className="block truncate text-dim text-xs">{about}</span>
    </>
  );
  const look = 'min-w-0 flex-1 rounded-md py-0.5 pr-1 pl-7 text-left';
  if (!onPress)
    return (
      <span className={look} title={about}>
        {content}
      </span>
    );
  return (
    <button type="button" tabIndex={tabIndex} onClick={onPress} title={about} className={cx(look, 'hover:bg-hover')}>
      {content}
    </button>
  );
}

interface UnknownProps {
  server: ServerGroup;
  onAsked: () => void;
  tabIndex: number;
}

/** A server that was never asked: its tools are known once it runs. */
function Unknown({ server, onAsked, tabIndex }: UnknownProps) {
  const client = useClient();
  const [busy, act] = useAction();
  const [name = ''] = server.agents;
  const ask = () => void act(() => client.askToolServers({ name })).then(onAsked);
  return (
    <span className="flex items-center gap-3 text-dim text-xs">
      <span className="max-sm:sr-only">Its tools are known once it has run.</span>
      <Button disabled={busy} onClick={ask} tabIndex={tabIndex}>
        Ask it now<span className="sr-only"> for the tools of {server.name}</span>
      </Button>
    </span>
  );
}
