import type { EventTrigger as EventTriggerConfig } from '../../shared/config/trigger-config.ts';
import type { BusEvent, EventBus } from '../messaging/event-bus.ts';
import type { Trigger, TriggerHost, Wake } from './trigger.ts';

/** By how much the clocks of two nodes may differ. */
const clockSkewMs = 60_000;

/** What one publisher told, as far as it is not done with. */
interface Publisher {
  /** What it told in this moment: taken together, since each by itself costs several times as much. */
  told: BusEvent[];
  taken: Promise<void> | undefined;
  /** The first that could not be taken, and why. */
  stuck: { event: BusEvent; reason: unknown } | undefined;
}

/**
 * Wakes a process with every event of a type that is published. The same event wakes it once, however often it comes,
 * and those of one publisher wake it in the order in which they were published: while one could not be taken, those
 * after it are not taken either, and are delivered again after it.
 */
export function eventTrigger(config: EventTriggerConfig & { id: string }, host: TriggerHost, bus: EventBus): Trigger {
  let unsubscribe: (() => void) | undefined;
  const { id, eventType, eventSource } = config;
  const publishers = new Map<string, Publisher>();

  const take = (event: BusEvent): Promise<void> | undefined => {
    const { source } = event;
    // What comes late was not told to those who came only afterwards, by whichever of two clocks.
    if ((event.peer !== undefined || event.again) && event.at < host.since(id) - clockSkewMs) return undefined;
    let publisher = publishers.get(source);
    if (!publisher) publishers.set(source, (publisher = { told: [], taken: undefined, stuck: undefined }));
    publisher.told.push(event);
    publisher.taken ??= takeTold(publisher);
    return publisher.taken;
  };

  const takeTold = async (publisher: Publisher): Promise<void> => {
    // Until the end of what is being told now.
    await null;
    const events = publisher.told;
    publisher.told = [];
    publisher.taken = undefined;
    const before = publisher.stuck;
    // The one that was stuck comes again: those after it may follow at once.
    const from = before ? events.findIndex((event) => !isAfter(event, before.event)) : 0;
    if (before && from < 0) throw before.reason;
    publisher.stuck = undefined;
    await takeAll(publisher, events.slice(from));
    if (before && from > 0) throw before.reason;
  };

  /** Where one is refused, all are delivered again: those that were taken are known by their keys. */
  const takeAll = async (publisher: Publisher, events: readonly BusEvent[]): Promise<void> => {
    let taken = 0;
    try {
      const answer = await host.wakeAll(events.map((event) => wakeFor(id, event)));
      taken = answer.taken;
      if (taken < events.length) throw answer.reason;
    } catch (reason) {
      const event = events[taken] as BusEvent;
      if (!publisher.stuck || isAfter(publisher.stuck.event, event)) publisher.stuck = { event, reason };
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
      publishers.clear();
    },
  };
}

function wakeFor(trigger: string, { id, type, source, data, at, taint, peer }: BusEvent): Wake {
  const origins = [`event:${source}`];
  if (peer !== undefined) origins.push(`peer:${peer}`);
  if (taint) origins.push(...taint);
  return {
    trigger,
    kind: 'event',
    dedupeKey: `event:${trigger}:${id}`,
    payload: { event_type: type, event_id: id, source, data },
    metadata: { published_at: at },
    taint: origins,
  };
}

function isAfter(a: BusEvent, b: BusEvent): boolean {
  return a.seq === b.seq ? a.position > b.position : a.seq > b.seq;
}
