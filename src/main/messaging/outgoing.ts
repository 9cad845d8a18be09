import { busEventId } from '../journal/read-models.ts';
import type { Outgoing } from '../journal/snapshot.ts';
import type { BusEvent } from './event-bus.ts';
import type { Sending } from './message-broker.ts';

/** The events that one settled run published, in order, with ids that are the same however often they are delivered. */
export function busEventsOf(process: string, { seq, at, effects }: Outgoing, source = process): BusEvent[] {
  const events: BusEvent[] = [];
  for (const effect of effects) {
    if (effect.type !== 'emit') continue;
    const position = events.length;
    events.push({
      id: busEventId(process, seq, position),
      type: effect.eventType,
      source,
      data: effect.data,
      at,
      seq,
      position,
    });
  }
  return events;
}

/** The messages that one settled run sent, in order, each with an id that is the same however often it is delivered. */
export function sendingsOf(process: string, { seq, effects }: Outgoing): Sending[] {
  const sendings: Sending[] = [];
  for (const effect of effects) {
    if (effect.type !== 'send') continue;
    const { topic, content, to, replyTo, correlation } = effect;
    const id = `msg_${process}.${String(seq).padStart(10, '0')}.${sendings.length}`;
    sendings.push({ id, topic, content, sender: process, to, replyTo, correlation });
  }
  return sendings;
}
