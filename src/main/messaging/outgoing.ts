import type { Outgoing } from '../journal/fold/snapshot.ts';
import { busEventId } from '../journal/tables/read-models.ts';
import type { BusEvent, EventBus } from './event-bus.ts';
import type { MessageBroker } from './message-broker.ts';
import type { Sending } from './sending.ts';

/** The events that one settled run published, in order, with ids that are the same however often they are delivered. */
export function busEventsOf(
  process: string,
  { seq, at, epoch, effects, taint }: Outgoing,
  source = process,
): BusEvent[] {
  const events: BusEvent[] = [];
  for (const effect of effects) {
    if (effect.type !== 'emit') continue;
    const position = events.length;
    events.push({
      id: busEventId(process, seq, position, epoch),
      type: effect.eventType,
      source,
      data: effect.data,
      at,
      seq,
      position,
      ...(taint ? { taint } : {}),
    });
  }
  return events;
}

/** The messages that one settled run sent, in order, each with an id that is the same however often it is delivered. */
export function sendingsOf(process: string, { seq, epoch = 0, effects, taint }: Outgoing): Sending[] {
  const sendings: Sending[] = [];
  for (const effect of effects) {
    if (effect.type !== 'send') continue;
    const { topic, content, to, replyTo, correlation } = effect;
    const id = `msg_${process}.${String(seq).padStart(10, '0')}.${sendings.length}${epoch > 0 ? `.e${epoch}` : ''}`;
    sendings.push({ id, topic, content, sender: process, to, replyTo, correlation, ...(taint ? { taint } : {}) });
  }
  return sendings;
}

/**
 * Hands on what a run told the world. Everything is given out within the call itself, not after something else was
 * waited for: whoever asked just before whether all listen may rely on the answer, and what is delivered next passes
 * none of this by. Resolves when every receiver has it for good.
 */
export async function handOn(bus: EventBus, broker: MessageBroker, process: string, outgoing: Outgoing): Promise<void> {
  const taken: Promise<unknown>[] = busEventsOf(process, outgoing).map((event) => bus.publish(event));
  const sendings = sendingsOf(process, outgoing);
  if (sendings.length > 0) taken.push(broker.send(sendings));
  if (outgoing.ended) taken.push(broker.settle(outgoing.ended));
  await Promise.all(taken);
}
