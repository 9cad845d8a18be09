import type { News } from '../../../shared/config/notification-config.ts';
import type { EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { clockReport, finishedReport, missedReport, reportId } from '../../journal/tables/reports.ts';

const mostChars = 1_000;

/** Kinds of entries that may be news. */
export const newsKinds: readonly EntryKind[] = [
  'state.changed',
  'event.ended',
  'run.parked',
  'run.settled',
  'item.opened',
  'governance.noted',
  'occurrence.noted',
  'node.configured',
];

/** What an entry says to people who are told of things elsewhere. */
export function newsOf(entry: JournalEntry): News[] {
  if ('erased' in entry.body) return [];
  const result = entry.kind === 'run.settled' ? resultNews(entry) : null;
  return [usualNewsOf(entry), result].filter((news) => news !== null);
}

/** A result that somebody is to read is news of its own, beside that its run is done. */
function resultNews(entry: JournalEntry<'run.settled'>): News | null {
  const report = finishedReport(entry);
  if (!report) return null;
  const { process, seq, at, body } = entry;
  const item = reportId(entry);
  const text = report.question.slice(0, mostChars);
  return {
    id: `${process}.${seq}.result`,
    kind: 'inbox.result',
    process,
    title: report.title(1),
    text,
    at,
    run: body.run,
    item,
  };
}

function usualNewsOf(entry: JournalEntry): News | null {
  if ('erased' in entry.body) return null;
  const { process, seq, at } = entry;
  const news = (kind: string, title: string, text: string, more: Pick<News, 'run' | 'item'> = {}): News => ({
    id: `${process}.${seq}`,
    kind,
    process,
    title,
    text: text.slice(0, mostChars),
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
    case 'occurrence.noted': {
      const report = missedReport(entry);
      return report && news('schedule.missed', report.title(report.count), report.question);
    }
    case 'node.configured': {
      const report = clockReport(entry);
      return report && news('node.clock', report.title(1), report.question);
    }
    default:
      return null;
  }
}
