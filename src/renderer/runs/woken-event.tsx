import { useEffect } from 'react';
import { hrefs, navigate } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { eventLooks, StateChip } from '../ui/state-chip.tsx';

/** Follows an event that was just made: says what became of it, and goes to its run as soon as there is one. */
export function WokenEvent({ id }: { id: string }) {
  const event = useRead(`event:${id}`, ['events', 'runs'], (client) => client.getTriggerEvent({ id }));
  const run = event.value?.runId;
  const process = event.value?.process;
  useEffect(() => {
    if (run && process) navigate(hrefs.run(process, run), 'replace');
  }, [run, process]);
  if (!event.value) return null;
  return (
    <p role="status" className="mx-6 mt-3 flex items-center gap-2 rounded-lg bg-busy-soft px-3 py-2 text-[0.8125rem]">
      <StateChip of={eventLooks[event.value.state]} />
      {event.value.reason ?? 'It is kept and will be worked on; this page goes to its run then.'}
    </p>
  );
}
