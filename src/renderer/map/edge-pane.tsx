import type { Json } from '../../shared/json.ts';
import { matchesPattern } from '../design/emitted.ts';
import { hrefOf, hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { LinkButton } from '../ui/button.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { Ago } from '../ui/time.tsx';
import { LoopBrakes } from './loop-brakes.tsx';
import { type Loop, triggerBrakes, triggersOf } from './loops.ts';
import { MapPane } from './map-pane.tsx';
import { type GraphEdge, outsideId } from './process-graph.ts';
import { useAnyProcess, useEveryone } from './use-everyone.ts';

interface EdgePaneProps {
  edge: GraphEdge;
  /** The loop it is part of. */
  loop: Loop | undefined;
  onChoose: (edge: string) => void;
  onClose: () => void;
}

/** What went along a connection of late, the triggers that make it one, and what holds it back where it leads in a circle. */
export function EdgePane({ edge, loop, onChoose, onClose }: EdgePaneProps) {
  const { from, to, names } = edge;
  const listener = useAnyProcess(to);
  const source = from === outsideId ? '' : from;
  const teller = source ? <AgentLink name={source} /> : 'you and programs';
  return (
    <MapPane
      label="Connection"
      title={names.join(', ')}
      subtitle={
        <>
          from {teller}
          {listener && (
            <>
              {' '}
              to <AgentLink name={to} />
            </>
          )}
        </>
      }
      onClose={onClose}
    >
      {triggersOf(edge, listener).map(({ id, summary, config }) => (
        <div key={id} className="mb-3 flex flex-wrap items-center gap-2 text-[0.8125rem]">
          <span className="min-w-0 flex-1 break-words">
            Wakes it by {summary}
            <span className="block text-dim text-xs">
              {triggerBrakes({ config })
                .map(({ text }) => text)
                .join('; ')}
            </span>
          </span>
          <LinkButton href={hrefOf(['agents', to, 'design'], { select: `trigger:${id}` })}>
            Settings<span className="sr-only"> of the trigger {id}</span>
          </LinkButton>
        </div>
      ))}
      {!listener && (
        <p className="mb-4 text-dim">
          No agent listens to it. Draw a line from {source || 'the publisher'} to the agent that should, or choose
          “Connect…”.
        </p>
      )}
      {loop && (
        <div className="mb-4">
          <LoopBrakes loop={loop} onChoose={onChoose} />
        </div>
      )}
      <h3 className="mb-2 font-medium text-[0.8125rem]">The last that went this way</h3>
      {edge.kind === 'event' ? <LastEvents edge={edge} /> : <LastMessages edge={edge} />}
    </MapPane>
  );
}

function AgentLink({ name }: { name: string }) {
  return (
    <a className="link" href={hrefs.agent(name)}>
      {name}
    </a>
  );
}

/** So many of the newest are looked through for what went one way. */
const lookedThrough = 200;
const shownOfThem = 12;

/** Whether something that was told came from where an edge begins: an agent, or a person or program. */
function useIsFrom({ from }: GraphEdge): (sender: string) => boolean {
  const agents = new Set(useEveryone().map(({ name }) => name));
  return (sender) => (from === outsideId ? !agents.has(sender) : sender === from);
}

function LastEvents({ edge }: { edge: GraphEdge }) {
  const source = edge.from === outsideId ? {} : { source: edge.from };
  const isFrom = useIsFrom(edge);
  const read = useRead(`edge:${edge.id}`, ['bus'], (client) =>
    client.listEvents({ limit: lookedThrough, nodes: 'all', ...source }),
  );
  const shown = (read.value?.items ?? [])
    .filter((event) => isFrom(event.source) && edge.names.some((name) => matchesPattern(name, event.type)))
    .slice(0, shownOfThem);
  return <Passed rows={shown.map(({ id, type, data, at }) => ({ id, title: type, value: data, at, note: '' }))} />;
}

function LastMessages({ edge }: { edge: GraphEdge }) {
  const sender = edge.from === outsideId ? {} : { sender: edge.from };
  const isFrom = useIsFrom(edge);
  const read = useRead(`edge:${edge.id}`, ['bus', 'events'], (client) =>
    client.listMessages({ limit: lookedThrough, nodes: 'all', ...sender }),
  );
  const shown = (read.value?.items ?? [])
    .filter((message) => isFrom(message.sender) && edge.names.includes(message.topic))
    .filter(({ taker }) => taker === null || taker === edge.to)
    .slice(0, shownOfThem);
  return (
    <Passed
      rows={shown.map(({ id, topic, content, sentAt, state }) => ({
        id,
        title: topic,
        value: content,
        at: sentAt,
        note: state,
      }))}
    />
  );
}

interface PassedRow {
  id: string;
  title: string;
  value: Json;
  at: number;
  note: string;
}

function Passed({ rows }: { rows: readonly PassedRow[] }) {
  if (rows.length === 0) return <p className="text-dim">Nothing yet.</p>;
  return (
    <ul className="flex flex-col gap-2">
      {rows.map(({ id, title, value, at, note }) => (
        <li key={id}>
          <p className="mb-0.5 flex justify-between text-xs">
            <span className="font-medium">
              {title} <span className="font-normal text-faint">{note}</span>
            </span>
            <span className="text-faint">
              <Ago at={at} />
            </span>
          </p>
          <JsonView value={value} label={title} />
        </li>
      ))}
    </ul>
  );
}
