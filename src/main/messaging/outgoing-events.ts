import type { Outgoing } from '../journal/snapshot.ts';
import { busEventId } from '../journal/read-models.ts';
import type { BusEvent } from './event-bus.ts';

/** The events that one settled run published, in order, with ids that are the same however often they are delivered. */
export function busEventsOf(process: string, { seq, at, effects }: Outgoing, source = process): BusEvent[] {
  const events: BusEvent[] = [];
  for (const effect of effects) {
    if (effect.type !== 'emit') continue;
    const position = events.length;
    events.push({ id: busEventId(process, seq, position), type: effect.eventType, source, data: effect.data, at, seq, position });
  }
  return events;
}
