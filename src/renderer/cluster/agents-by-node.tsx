import { Ellipsis, GripVertical, Server, Users } from 'lucide-react';
import { type DragEvent, useState } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { processLook, StateIcon } from '../ui/state-chip.tsx';
import { act } from '../ui/use-action.ts';

const dragType = 'application/x-agent-runtime-agent';
/** More agents of one node are found in the list of agents. */
const shownPerNode = 60;

/** Every agent at the node where it lives; it is moved by dragging it to another one, or from its menu. */
export function AgentsByNode({ view }: { view: ClusterView }) {
  const client = useClient();
  const read = useRead('all-processes', ['processes', 'runs'], (from) => from.listProcesses({ nodes: 'all' }));
  const [moving, setMoving] = useState<ReadonlySet<string>>(new Set());
  const homes = Map.groupBy(read.value?.items ?? [], ({ node }) => node ?? view.node);
  const move = async (name: string, to: string) => {
    const target = view.nodes.find(({ node }) => node === to)?.name ?? to;
    setMoving((names) => new Set(names).add(name));
    await act(() => client.moveProcess({ name, node: to }), { done: `“${name}” lives on ${target} now.` });
    setMoving((names) => new Set([...names].filter((other) => other !== name)));
    read.reload();
  };
  return (
    <Panel title="Where agents live" icon={Users}>
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && (
        <ul aria-label="Nodes with their agents" className="grid grid-cols-1 gap-3 md:grid-cols-2">
          {view.nodes.map(({ node, name, words, self, state }) => (
            <Home
              key={node}
              node={node}
              name={self ? `${name} (this node)` : name}
              words={words}
              answers={state === 'alive'}
              agents={homes.get(node) ?? []}
              others={view.nodes.filter((other) => other.node !== node && other.state === 'alive')}
              moving={moving}
              onMove={(agent, to) => void move(agent, to)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface HomeProps {
  node: string;
  name: string;
  /** Tell nodes of the same name apart. */
  words: string;
  answers: boolean;
  agents: readonly ProcessView[];
  others: ClusterView['nodes'];
  moving: ReadonlySet<string>;
  onMove: (agent: string, to: string) => void;
}

function Home({ node, name, words, answers, agents, others, moving, onMove }: HomeProps) {
  const [over, setOver] = useState(false);
  const takes = (event: DragEvent) => answers && event.dataTransfer.types.includes(dragType);
  const drop = (event: DragEvent) => {
    setOver(false);
    const agent = event.dataTransfer.getData(dragType);
    if (!agent || agents.some((view) => view.name === agent)) return;
    event.preventDefault();
    onMove(agent, node);
  };
  return (
    <li
      aria-label={name}
      onDragOver={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cx('min-w-0 rounded-lg bg-sunken p-2', over && 'outline-2 outline-accent')}
    >
      <h3 className="flex items-center gap-2 px-1 pb-1.5 text-[0.8125rem]">
        <Server aria-hidden className="size-4 text-faint" />
        <span className="min-w-0 flex-1 truncate">
          <span className="font-medium">{name}</span> <span className="text-faint text-xs">{words}</span>
        </span>
        {answers && <span className="text-dim text-xs">{plural(agents.length, 'agent')}</span>}
      </h3>
      {agents.length === 0 && (
        <p className="px-1 pb-1 text-dim text-xs">
          {answers ? 'None. Drag one here.' : 'It does not answer; what it owns stands under “Who owns what”.'}
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {agents.slice(0, shownPerNode).map((view) => (
          <Agent
            key={view.name}
            view={view}
            others={others}
            busy={moving.has(view.name)}
            onMove={(to) => onMove(view.name, to)}
          />
        ))}
      </ul>
      {agents.length > shownPerNode && (
        <p className="px-1 pt-1 text-faint text-xs">and {agents.length - shownPerNode} more</p>
      )}
    </li>
  );
}

interface AgentProps {
  view: ProcessView;
  others: ClusterView['nodes'];
  busy: boolean;
  onMove: (to: string) => void;
}

function Agent({ view, others, busy, onMove }: AgentProps) {
  return (
    <li
      draggable={!busy}
      onDragStart={(event) => event.dataTransfer.setData(dragType, view.name)}
      className={cx(
        'flex min-h-9 cursor-grab items-center gap-2 rounded-md border bg-surface pr-1 pl-1.5 text-[0.8125rem]',
        busy && 'breathing',
      )}
    >
      <GripVertical aria-hidden className="size-3.5 shrink-0 text-faint" />
      <StateIcon of={processLook(view)} />
      <a href={hrefs.agent(view.name)} draggable={false} className="hover:link min-w-0 flex-1 truncate">
        {view.name}
      </a>
      {busy && <span className="text-dim text-xs">moves…</span>}
      <Menu
        trigger={
          <IconButton
            icon={Ellipsis}
            light
            label={`Move ${view.name} to another node`}
            disabled={busy || others.length === 0}
          />
        }
        entries={others.map(({ node, name, words }) => ({
          label: `Move to ${name}, ${words}`,
          icon: Server,
          run: () => onMove(node),
        }))}
      />
    </li>
  );
}
