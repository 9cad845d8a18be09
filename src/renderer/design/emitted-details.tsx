import { Radio } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { brief } from '../ui/format.ts';
import { Ago } from '../ui/time.tsx';
import { hears, listenersAmong } from './emitted.ts';

/** One kind of event an agent publishes: who hears it, and the last of them. */
export function EmittedDetails({ process, part }: { process: string; part: string }) {
  const [, kind, ...rest] = part.split(':');
  const name = rest.join(':');
  const processes = useProcesses();
  const heard = listenersAmong(processes).filter((listener) =>
    hears(listener, { kind: kind === 'message' ? 'message' : 'event', name }, process),
  );
  const events =
    useRead(`bus:${process}:${name}`, ['bus'], (client) =>
      client.listEvents({ type: name, source: process, limit: 10 }),
    ).value?.items ?? [];
  return (
    <>
      <h2 className="mb-3 flex items-center gap-2 font-semibold">
        <Radio aria-hidden className="size-4.5 text-warn" /> <span className="min-w-0 break-words">{name}</span>
      </h2>
      <h3 className="mb-1 font-medium text-[0.8125rem]">Who hears it</h3>
      {heard.length === 0 && (
        <p className="mb-3 text-dim text-[0.8125rem]">
          Nobody. Give another agent an{' '}
          {kind === 'message' ? 'message trigger on this topic' : 'event trigger with this name'}.
        </p>
      )}
      <ul className="mb-4">
        {heard.map((listener) => (
          <li key={`${listener.process}${listener.trigger}`}>
            <a className="text-[0.8125rem] link" href={hrefs.agent(listener.process, 'design')}>
              {listener.process}
            </a>
          </li>
        ))}
      </ul>
      {kind !== 'message' && (
        <>
          <h3 className="mb-1 font-medium text-[0.8125rem]">The last of them</h3>
          {events.length === 0 && <p className="text-dim text-[0.8125rem]">It has not been published yet.</p>}
          <ul className="flex flex-col gap-1.5">
            {events.map((event) => (
              <li key={event.id} className="rounded-lg bg-sunken px-2.5 py-1.5 text-xs">
                <span className="text-faint">
                  <Ago at={event.at} />
                </span>
                <span className="block break-words font-mono">{brief(event.data, 200)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
