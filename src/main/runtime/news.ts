import type { EntryKind, JournalEntry } from '../../shared/journal-entries.ts';
import type { News } from '../../shared/notification-config.ts';

/** Kinds of entries that may be news. */
export const newsKinds: readonly EntryKind[] = [
  'state.changed',
  'event.ended',
  'run.parked',
  'run.settled',
  'item.opened',
  'governance.noted',
];

/** What an entry says to people who are told of things elsewhere; null: nothing. */
export function newsOf(entry: JournalEntry): News | null {
  if ('erased' in entry.body) return null;
  const { process, seq, at } = entry;
  const news = (kind: string, title: string, text: string, more: Pick<News, 'run' | 'item'> = {}): News => ({
    id: `${process}.${seq}`,
    kind,
    process,
    title,
    text: text.slice(0, 1_000),
    at,
    ...more,
  });
  switch (entry.kind) {
    case 'state.changed': {
      const { to, reason } = entry.body;
      return news(`process.${to}`, `${process} is ${to}`, reason);
    }
    case 'event.ended': {
      const { outcome, reason } = entry.body;
      return news(`event.${outcome}`, `An event of ${process} was set aside: ${outcome}`, reason);
    }
    case 'run.settled': {
      const { outcome, run, error } = entry.body;
      return news(`run.${outcome}`, `A run of ${process} is ${outcome}`, error?.message ?? '', { run });
    }
    case 'run.parked': {
      const { item, run } = entry.body;
      return item ? news('inbox.opened', item.title, item.question, { run, item: item.id }) : null;
    }
    case 'item.opened': {
      const { item } = entry.body;
      return news('inbox.opened', item.title, item.question, { item: item.id });
    }
    case 'governance.noted': {
      const { guard, what, text, run } = entry.body;
      return news(`${guard}.${what}`, `${process}: ${guard}`, text, run ? { run } : {});
    }
    default:
      return null;
  }
}
