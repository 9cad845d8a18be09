import type { EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Json } from '../../../shared/json.ts';
import { busEventId } from '../tables/read-models.ts';
import { escalatedData } from './governance-fold.ts';

/** One event that an entry told everyone. */
export interface EmittedEvent {
  id: string;
  type: string;
  /** The process that published it, or who did where it was a person. */
  source: string;
  data: Json;
  position: number;
  /** Labels of untrusted origin of what it was made from; left out: none. */
  taint?: readonly string[];
}

/** Kinds of entries that may tell everyone something. */
export const emittingKinds: readonly EntryKind[] = ['run.settled', 'governance.noted', 'event.published'];

/**
 * What an entry told everyone, with the ids that its events have wherever they are delivered. The entry alone says it, so
 * a journal is the outbox of its process.
 */
export function emittedBy(entry: JournalEntry): EmittedEvent[] {
  if ('erased' in entry.body) return [];
  const { process, seq, epoch } = entry;
  if (entry.kind === 'event.published') {
    const { id, type, by, data } = entry.body;
    return [{ id, type, source: by, data, position: 0 }];
  }
  if (entry.kind === 'governance.noted') {
    const type = entry.body.escalation?.eventType;
    if (!type) return [];
    const data = escalatedData(process, entry.body);
    return [{ id: busEventId(process, seq, 0, epoch), type, source: process, data, position: 0 }];
  }
  if (entry.kind !== 'run.settled') return [];
  const events: EmittedEvent[] = [];
  const labels = entry.body.taint ? { taint: entry.body.taint } : {};
  for (const effect of entry.body.effects) {
    if (effect.type !== 'emit') continue;
    const position = events.length;
    const id = busEventId(process, seq, position, epoch);
    events.push({ id, type: effect.eventType, source: process, data: effect.data, position, ...labels });
  }
  return events;
}
