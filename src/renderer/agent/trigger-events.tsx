import { CircleX, Inbox, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { TriggerEventView } from '../../shared/views/views.ts';
import { triggerIcon } from '../agents/trigger-icon.tsx';
import { hrefs } from '../frame/route.ts';
import { usePages } from '../stores/use-pages.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { FilterChips } from '../ui/filter-chips.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { eventLooks, StateChip } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { triggerText } from '../ui/who.ts';

const filters = [
  { id: '', text: 'All' },
  { id: 'waiting', text: 'Waiting' },
  { id: 'parked', text: 'Parked' },
  { id: 'dead', text: 'Set aside' },
  { id: 'done', text: 'Done' },
];
const idOf = (event: TriggerEventView) => event.id;

/** Every waking that was accepted, with its end and the reason for it. */
export function TriggerEvents({ name }: { name: string }) {
  const [state, setState] = useState('');
  const [hold, setHold] = useState(false);
  const events = usePages(
    `events:${name}:${state}`,
    [`events:${name}`],
    idOf,
    (client, cursor) =>
      client.listTriggerEvents({ process: name, limit: 50, ...(state && { state }), ...(cursor && { cursor }) }),
    hold,
  );
  const client = useClient();
  const again = () =>
    act(() => client.redeliverAll({ process: name }), { done: 'Each that was set aside runs again, oldest first.' });
  return (
    <Panel
      title="Wakings"
      icon={Inbox}
      flush
      aside={
        <>
          {state === 'dead' && events.rows.length > 0 && (
            <Button icon={RotateCcw} asks="redeliverAll" onClick={() => void again()}>
              Deliver all again
            </Button>
          )}
          <FilterChips label="State" value={state} options={filters} onChange={setState} />
        </>
      }
    >
      {events.error && <ErrorNote error={events.error} className="mx-4" />}
      {events.loading && (
        <div className="px-4">
          <Loading />
        </div>
      )}
      {!events.loading && events.rows.length === 0 && (
        <Empty icon={Inbox} title={state ? 'None in this state.' : 'It has not been woken yet.'} />
      )}
      <ul onPointerEnter={() => setHold(true)} onPointerLeave={() => setHold(false)}>
        {events.rows.map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ul>
      {events.more && (
        <div className="px-4 py-2">
          <Button onClick={events.loadMore}>Older</Button>
        </div>
      )}
    </Panel>
  );
}

function EventRow({ event }: { event: TriggerEventView }) {
  const client = useClient();
  const { id, process, trigger, kind, state, reason, acceptedAt, endedAt, runId, attempts } = event;
  const Icon = triggerIcon(kind);
  const cancel = () =>
    void act(() => client.cancel({ id, reason: 'cancelled in the window' }), { done: 'The event ends as cancelled.' });
  const redeliver = () => void act(() => client.redeliver({ id }), { done: 'It runs again, as a new event.' });
  return (
    <li className="group flex min-h-11 items-center gap-x-3 gap-y-1 border-line/60 border-t px-4 text-[0.8125rem] hover:bg-hover/60 narrow:flex-wrap narrow:py-2">
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span
        className="w-44 shrink-0 truncate font-medium narrow:w-auto narrow:shrink narrow:grow narrow:basis-24"
        title={trigger}
      >
        {triggerText(trigger)}
      </span>
      <StateChip of={eventLooks[state]} />
      <span
        className="min-w-0 flex-1 truncate text-dim narrow:order-2 narrow:basis-1/2 narrow:whitespace-normal"
        title={reason ?? undefined}
      >
        {reason ?? (attempts > 1 ? `${attempts} tries` : '')}
      </span>
      <span className="flex shrink-0 items-center opacity-0 focus-within:opacity-100 group-hover:opacity-100 narrow:order-3 narrow:opacity-100">
        {endedAt === null ? (
          <IconButton icon={CircleX} asks="cancel" label="Cancel" onClick={cancel} />
        ) : (
          <IconButton icon={RotateCcw} asks="redeliver" label="Redeliver" onClick={redeliver} />
        )}
      </span>
      {runId && (
        <a href={hrefs.run(process, runId)} className="shrink-0 link text-xs narrow:order-2">
          run
        </a>
      )}
      <span className="w-20 shrink-0 text-right text-faint text-xs narrow:w-auto">
        <Ago at={acceptedAt} />
      </span>
    </li>
  );
}
