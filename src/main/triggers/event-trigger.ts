import type { EventTrigger as EventTriggerConfig } from '../../shared/trigger-config.ts';
import type { EventBus } from '../messaging/event-bus.ts';
import type { Trigger, TriggerHost } from './trigger.ts';

/** Wakes a process with every event of a type that is published. The same event wakes it once, however often it comes. */
export function eventTrigger(config: EventTriggerConfig & { id: string }, host: TriggerHost, bus: EventBus): Trigger {
  let unsubscribe: (() => void) | undefined;
  const { id, eventType, eventSource } = config;
  return {
    id,
    type: 'event',
    nextFiring: () => null,
    summary: () => `on event ${eventType}${eventSource ? ` from ${eventSource}` : ''}`,
    async start() {
      unsubscribe ??= bus.subscribe(
        eventType,
        (event) =>
          host.wake({
            trigger: id,
            kind: 'event',
            dedupeKey: `event:${id}:${event.id}`,
            payload: { event_type: event.type, event_id: event.id, source: event.source, data: event.data },
            metadata: { published_at: event.at },
            taint: [`event:${event.source}`],
          }),
        eventSource,
      );
    },
    async stop() {
      unsubscribe?.();
      unsubscribe = undefined;
    },
  };
}
