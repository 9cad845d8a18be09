import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { ReportKind } from '../../../shared/entries/people-entries.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { Database, Statement } from '../../store/database.ts';
import { type Report, reportId } from './reports.ts';

interface OpenRow {
  id: string;
  count: number;
  item: string;
}

/**
 * What people are told, in the table of the inbox, and which events that ended badly nobody has dealt with. Nothing of
 * it is touched by a run that ends well and has nothing to say.
 */
export class ReadReports {
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Database) {
    this.#sql = statements(db);
  }

  /** Adds to the open item about the same, or opens one. */
  tell(report: Report | null, entry: JournalEntry): void {
    if (!report) return;
    const { process, seq, at } = entry;
    const open = this.#sql.open.get(process, report.kind, report.about) as OpenRow | undefined;
    const before = open && (JSON.parse(open.item) as { about: JsonObject }).about;
    const id = open?.id ?? reportId(entry, report.part);
    const count = open ? open.count + report.count : Math.max(1, report.count);
    const item = JSON.stringify({
      id,
      kind: report.kind,
      title: report.title(count),
      question: report.question,
      about: report.details(before),
      choices: report.choices,
      expiresAt: null,
      fallback: null,
    });
    if (open) this.#sql.again.run(item, count, at, id);
    else this.#sql.insert.run(id, process, report.kind, item, at, report.about, count, at, seq);
  }

  /** What the open items of a kind are about. */
  open(process: string, kind: ReportKind): string[] {
    return this.#sql.abouts.all(process, kind) as string[];
  }

  close(process: string, kind: ReportKind, about: string, end: { at: number; answer: Json; by: string }): void {
    this.#sql.close.run(end.at, JSON.stringify(end.answer), end.by, process, kind, about);
    if (kind === 'failure') this.#sql.failuresDropped.run(process, about);
  }

  /** The event ended badly, for the reason that the report is about. */
  failed(event: string, report: Report | null): void {
    if (report) this.#sql.failed.run(report.about, event);
  }

  /** It was delivered again: when none of its item is left, that is over. */
  redelivered(process: string, event: string, end: { at: number; by: string }): void {
    const about = this.#sql.failureOf.get(event) as string | null | undefined;
    if (typeof about !== 'string') return;
    this.#sql.failed.run(null, event);
    if (this.#sql.failuresLeft.get(process, about) === undefined)
      this.close(process, 'failure', about, { ...end, answer: { verdict: 'redeliver' } });
  }

  triggerOf(event: string): string {
    return (this.#sql.triggerOf.get(event) as string | undefined) ?? '';
  }

  /** Nothing of the process can be dealt with any more. */
  dropFailures(process: string): void {
    this.#sql.allFailuresDropped.run(process);
  }
}

function statements(db: Database) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  const isOpen = 'process = ? AND kind = ? AND about = ? AND answered_at IS NULL';
  return {
    open: prepare(`SELECT id, count, item FROM read_inbox WHERE ${isOpen}`),
    abouts: prepare(
      'SELECT about FROM read_inbox WHERE process = ? AND kind = ? AND answered_at IS NULL ORDER BY about',
    ).pluck(),
    insert: prepare(
      `INSERT INTO read_inbox (id, process, run_id, step, kind, item, opened_at, about, count, latest_at, opened_seq)
       VALUES (?, ?, '', 0, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    again: prepare('UPDATE read_inbox SET item = ?, count = ?, latest_at = ? WHERE id = ?'),
    close: prepare(`UPDATE read_inbox SET answered_at = ?, answer = ?, answered_by = ? WHERE ${isOpen}`),
    failed: prepare('UPDATE read_trigger_events SET failure = ? WHERE id = ?'),
    failureOf: prepare('SELECT failure FROM read_trigger_events WHERE id = ?').pluck(),
    failuresLeft: prepare('SELECT 1 FROM read_trigger_events WHERE process = ? AND failure = ? LIMIT 1').pluck(),
    failuresDropped: prepare('UPDATE read_trigger_events SET failure = NULL WHERE process = ? AND failure = ?'),
    allFailuresDropped: prepare(
      'UPDATE read_trigger_events SET failure = NULL WHERE process = ? AND failure IS NOT NULL',
    ),
    triggerOf: prepare('SELECT trigger_id FROM read_trigger_events WHERE id = ?').pluck(),
  };
}
