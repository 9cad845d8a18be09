import type { TriggerEventDetail } from '../../shared/views/views.ts';
import { triggerNames } from '../agents/trigger-icon.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { Loading } from '../ui/notes.tsx';
import { eventLooks, StateChip } from '../ui/state-chip.tsx';
import { At } from '../ui/time.tsx';

/** What woke the run: the event, its payload, and where it came from. */
export function RunTrigger({ event }: { event: TriggerEventDetail | undefined }) {
  if (!event) return <Loading />;
  return (
    <div className="flex flex-col gap-4">
      <DetailList
        rows={[
          ['Event', <StateChip key="state" of={eventLooks[event.state]} />],
          ['Why', event.reason],
          ['Kind', triggerNames[event.kind] ?? event.kind],
          ['Trigger', event.trigger],
          ['Arrived', <At key="at" at={event.acceptedAt} />],
          ['Not before', event.notBefore !== null && <At key="nb" at={event.notBefore} />],
          ['Priority', event.priority],
          ['Tries', event.attempts],
          ['Not trusted', event.taint.length > 0 && event.taint.join(', ')],
          [
            'Same as',
            <code key="key" className="break-all text-xs">
              {event.dedupeKey}
            </code>,
          ],
        ]}
      />
      <section aria-label="Payload">
        <h2 className="mb-1.5 font-semibold text-[0.8125rem]">Payload</h2>
        <JsonView value={event.payload} label="the payload" />
      </section>
      {Object.keys(event.metadata).length > 0 && (
        <section aria-label="Metadata">
          <h2 className="mb-1.5 font-semibold text-[0.8125rem]">How it came</h2>
          <JsonView value={event.metadata} label="the metadata" />
        </section>
      )}
    </div>
  );
}
