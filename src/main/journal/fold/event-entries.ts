import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import type { MessageEnd, Snapshot } from './snapshot.ts';

/** The instant (epoch ms) that an event of a schedule was planned for; null for others, and for one delivered again. */
export function plannedInstant({ kind, dedupeKey, redelivers }: EntryBody<'event.accepted'>): number | null {
  if (kind !== 'cron' || redelivers !== undefined) return null;
  const instant = Number(dedupeKey.slice(dedupeKey.lastIndexOf(':') + 1));
  return Number.isFinite(instant) ? instant : null;
}

/** When an event is meant to happen, by its schedule or by the person who set it for a time; null: when it comes. */
export function meantInstant(body: EntryBody<'event.accepted'>): number | null {
  return body.setFor ?? plannedInstant(body);
}

/** The broker hears what became of a message the same way as of what is sent: through the outbox, until it has it. */
export function tellBroker(
  snapshot: Snapshot,
  id: string,
  outcome: MessageEnd['outcome'],
  reason: string,
  seq: number,
  at: number,
): void {
  const event = snapshot.queue.get(id);
  if (event?.kind !== 'message') return;
  const { message_id: message, attempt } = event.metadata;
  if (typeof message !== 'string' || typeof attempt !== 'number') return;
  snapshot.outbox.set(seq, {
    seq,
    at,
    run: event.run ?? '',
    effects: [],
    ended: { message, attempt, outcome, reason },
  });
}
