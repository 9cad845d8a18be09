import type { EventTrigger as EventTriggerConfig } from '../../shared/trigger-config.ts';
import type { BusEvent, EventBus } from '../messaging/event-bus.ts';
import type { Trigger, TriggerHost } from './trigger.ts';

/** By how much the clocks of two nodes may differ. */
const clockSkewMs = 60_000;

/**
 * Wakes a process with every event of a type that is published. The same event wakes it once, however often it comes,
 * and those of one publisher wake it in the order in which they were published: while one could not be taken, those
 * after it are not taken either, and are delivered again after it.
 */
export function eventTrigger(config: EventTriggerConfig & { id: string }, host: TriggerHost, bus: EventBus): Trigger {
  let unsubscribe: (() => void) | undefined;
  const { id, eventType, eventSource } = config;
  /** For each publisher, the first event that could not be taken, and why. */
  const stuck = new Map<string, { event: BusEvent; reason: unknown }>();

  const take = async (event: BusEvent): Promise<void> => {
    const { source } = event;
    // What comes late was not told to those who came only afterwards, by whichever of two clocks.
    if ((event.peer !== undefined || event.again) && event.at < host.since(id) - clockSkewMs) return;
    const before = stuck.get(source);
    if (before && isAfter(event, before.event)) throw before.reason;
    // The one that was stuck comes again: those after it may follow at once.
    stuck.delete(source);
    try {
      await host.wake({
        trigger: id,
        kind: 'event',
        dedupeKey: `event:${id}:${event.id}`,
        payload: { event_type: event.type, event_id: event.id, source, data: event.data },
        metadata: { published_at: event.at },
        taint: [`event:${source}`, ...(event.peer === undefined ? [] : [`peer:${event.peer}`]), ...(event.taint ?? [])],
      });
    } catch (reason) {
      const first = stuck.get(source);
      if (!first || isAfter(first.event, event)) stuck.set(source, { event, reason });
      throw reason;
    }
  };

  return {
    id,
    type: 'event',
    nextFiring: () => null,
    summary: () => `on event ${eventType}${eventSource ? ` from ${eventSource}` : ''}`,
    async start() {
      unsubscribe ??= bus.subscribe(eventType, take, eventSource);
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      stuck.clear();
    },
  };
}

function isAfter(a: BusEvent, b: BusEvent): boolean {
  return a.seq === b.seq ? a.position > b.position : a.seq > b.seq;
}
