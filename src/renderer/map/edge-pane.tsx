import { X } from 'lucide-react';
import type { Json } from '../../shared/json.ts';
import { matchesPattern } from '../design/emitted.ts';
import { hrefOf, hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { IconButton, LinkButton } from '../ui/button.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { Warning } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { type GraphEdge, outsideId } from './process-graph.ts';

/** What went along a connection of late, and the trigger that makes it one. */
export function EdgePane({ edge, onClose }: { edge: GraphEdge; onClose: () => void }) {
  const { from, to, names, loops } = edge;
  const listener = useProcess(to);
  const source = from === outsideId ? '' : from;
  const trigger = listener?.triggers.find(({ config }) =>
    names.some((name) => matchesPattern(String(config['event_type'] ?? ''), name)),
  );
  useShortcuts({ back: onClose });
  return (
    <aside
      aria-label="Connection"
      className="sliding w-96 shrink-0 overflow-y-auto border-l bg-surface p-4 narrow:absolute narrow:inset-x-0 narrow:bottom-0 narrow:max-h-[60%] narrow:w-auto narrow:border-t narrow:shadow-float"
    >
      <header className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold">{names.join(', ')}</h2>
          <p className="text-dim text-xs">
            from{' '}
            {source ? (
              <a className="link" href={hrefs.agent(source)}>
                {source}
              </a>
            ) : (
              'you and programs'
            )}
            {listener && (
              <>
                {' '}
                to{' '}
                <a className="link" href={hrefs.agent(to)}>
                  {to}
                </a>
              </>
            )}
          </p>
        </div>
        <IconButton icon={X} label="Close" keys="escape" onClick={onClose} />
      </header>
      {loops && (
        <Warning className="mb-3">
          This way leads back to where it began. A limit on runs or a filter on the trigger keeps it from going round
          for ever.
        </Warning>
      )}
      {listener && trigger && (
        <LinkButton className="mb-4" href={hrefOf(['agents', to, 'design'], { select: `trigger:${trigger.id}` })}>
          Settings of the trigger
        </LinkButton>
      )}
      {!listener && (
        <p className="mb-4 text-dim">
          No agent listens to it. Draw a line from {source || 'the publisher'} to the agent that should.
        </p>
      )}
      <h3 className="mb-2 font-medium text-[0.8125rem]">The last that went this way</h3>
      {edge.kind === 'event' ? <LastEvents edge={edge} source={source} /> : <LastMessages edge={edge} />}
    </aside>
  );
}

function LastEvents({ edge, source }: { edge: GraphEdge; source: string }) {
  const events =
    useRead(`edge:${edge.id}`, ['bus'], (client) => client.listEvents({ limit: 200, ...(source && { source }) })).value
      ?.items ?? [];
  const shown = events.filter(({ type }) => edge.names.some((name) => matchesPattern(name, type))).slice(0, 12);
  return <Passed rows={shown.map(({ id, type, data, at }) => ({ id, title: type, value: data, at, note: '' }))} />;
}

function LastMessages({ edge }: { edge: GraphEdge }) {
  const messages =
    useRead(`edge:${edge.id}`, ['bus', 'events'], (client) => client.listMessages({ limit: 200 })).value?.items ?? [];
  const shown = messages.filter(({ topic }) => edge.names.includes(topic)).slice(0, 12);
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
