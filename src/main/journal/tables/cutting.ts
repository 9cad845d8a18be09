import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { runtimeMigrations } from '../../store/migrations.ts';
import type { Journal } from '../journal.ts';
import { cutRows, dropRowsOf, keepOldRows, replaceRowsOf } from './read-model-upkeep.ts';
import { failureReport, finishedReport, missedReport, type Report, stoppedReport } from './reports.ts';

const pageEntries = 2_000;

/** Cuts the journal, and calls `place` in the transaction that does: from then on the tables are those of what is left. */
export type CutWith = (place: () => void) => void | Promise<void>;

export interface CutTables {
  readonly live: Database;
  /** What writes these tables into another database. */
  modelsIn(database: Database): { apply(entries: readonly JournalEntry[]): void };
}

/**
 * Makes the rows of one stream again as they are without what stands after `after`, from what the journal has up to
 * there. What was trimmed or erased cannot be made again: rows that begin there are kept, and what the lost entries did to
 * them is undone as far as they tell. Only of a stream that nobody writes.
 */
export async function cutTables(
  { live, modelsIn }: CutTables,
  journal: Journal,
  process: string,
  after: number,
  cut: CutWith,
): Promise<void> {
  if (after === 0) return cut(() => dropRowsOf(live, process));
  const scratch = openDatabase(':memory:', runtimeMigrations);
  try {
    const models = modelsIn(scratch);
    const left = await readLeft(journal, process, after, models);
    const lost = await readLost(live, journal, process, after);
    await cut(() => {
      if (left.horizon > 0) {
        takeBack(live, scratch, process, after, lost.told);
        // The time of an entry that was trimmed is not known any more; what is lost came after it.
        cutRows(live, process, after, left.at ?? lost.from - 1);
        keepOldRows(live, scratch, new Map([[process, left.horizon]]));
      }
      replaceRowsOf(live, scratch, process);
    });
  } finally {
    scratch.close();
  }
}

/** Up to where the past is not whole, and when the last entry that is left was written. */
async function readLeft(
  journal: Journal,
  process: string,
  upTo: number,
  models: { apply(entries: readonly JournalEntry[]): void },
): Promise<{ horizon: number; at: number | undefined }> {
  let horizon = (await journal.base(process)).seq;
  let at: number | undefined;
  for await (const entry of entriesOf(journal, process, 0)) {
    if (entry.seq > upTo) break;
    if ('erased' in entry.body) horizon = entry.seq;
    at = entry.at;
    models.apply([entry]);
  }
  return { horizon, at };
}

interface Told {
  readonly report: Report;
  readonly at: number;
}

async function readLost(
  live: Database,
  journal: Journal,
  process: string,
  after: number,
): Promise<{ from: number; told: Map<string, Told[]> }> {
  const trigger = live.prepare('SELECT trigger_id FROM read_trigger_events WHERE id = ?').pluck();
  const triggerOf = (event: string) => (trigger.get(event) as string | undefined) ?? '';
  let from = 0;
  const told: Told[] = [];
  for await (const entry of entriesOf(journal, process, after)) {
    from ||= entry.at;
    for (const report of reportsIn(entry, triggerOf)) told.push({ report, at: entry.at });
  }
  return { from, told: Map.groupBy(told, ({ report }) => `${report.kind} ${report.about}`) };
}

async function* entriesOf(journal: Journal, process: string, from: number): AsyncGenerator<JournalEntry> {
  for (let after = from; ; ) {
    const page = await journal.read(process, { after, limit: pageEntries });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageEntries) return;
    after = last.seq;
    // Others get on in between.
    await new Promise(setImmediate);
  }
}

function reportsIn(entry: JournalEntry, triggerOf: (event: string) => string): Report[] {
  if ('erased' in entry.body) return [];
  const of = (): (Report | null)[] => {
    if (entry.kind === 'run.settled') return [failureReport(entry, triggerOf(entry.body.event)), finishedReport(entry)];
    if (entry.kind === 'event.ended') return [failureReport(entry, triggerOf(entry.body.id))];
    if (entry.kind === 'state.changed') return [stoppedReport(entry)];
    return entry.kind === 'occurrence.noted' ? [missedReport(entry)] : [];
  };
  return of().filter((report) => report !== null);
}

interface ReportRow {
  id: string;
  kind: string;
  about: string;
  count: number;
  item: string;
  answered_at: number | null;
}

/** Counts what is left of the items that lost entries added to, and has them say what the newest of that says. */
function takeBack(
  live: Database,
  scratch: Database,
  process: string,
  after: number,
  lost: ReadonlyMap<string, readonly Told[]>,
): void {
  const rows = live
    .prepare(
      `SELECT id, kind, about, count, item, answered_at FROM read_inbox
       WHERE process = ? AND about IS NOT NULL AND opened_seq <= ?`,
    )
    .all(process, after) as ReportRow[];
  const newest = scratch.prepare(
    `SELECT item, latest_at FROM read_inbox WHERE process = ? AND kind = ? AND about = ? ORDER BY opened_seq DESC LIMIT 1`,
  );
  const put = live.prepare(
    'UPDATE read_inbox SET count = ?, item = ?, latest_at = coalesce(?, latest_at) WHERE id = ?',
  );
  for (const row of rows) {
    // What came when it had been dealt with opened another item.
    const own = (lost.get(`${row.kind} ${row.about}`) ?? []).filter(({ at }) => at <= (row.answered_at ?? at));
    const last = own.at(-1)?.report;
    if (!last) continue;
    const count = Math.max(1, row.count - own.reduce((sum, { report }) => sum + report.count, 0));
    const known = newest.get(process, row.kind, row.about) as { item: string; latest_at: number } | undefined;
    const { question, about } = JSON.parse(known?.item ?? row.item) as { question: string; about: JsonObject };
    const item = { ...(JSON.parse(row.item) as JsonObject), title: last.title(count), question, about };
    put.run(count, JSON.stringify(item), known?.latest_at ?? null, row.id);
  }
}
