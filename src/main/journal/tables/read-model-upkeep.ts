import { brokerStream, nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { Database } from '../../store/database.ts';

/** Rows deleted in one transaction. */
const rowsAtOnce = 500;

/** What a person was told and has dealt with. */
const oldReports = `SELECT id FROM read_inbox
  WHERE process = ? AND about IS NOT NULL AND answered_at IS NOT NULL AND opened_seq <= ?
  ORDER BY id DESC LIMIT ${rowsAtOnce} OFFSET ?`;

/**
 * Deletes rows about what the journal does not hold any more, except the newest `kept` runs and events of the process.
 * Returns whether there may be more.
 */
export function dropRows(db: Database, process: string, trimmedUpTo: number, kept: number): boolean {
  const old = (table: string, column = 'process') =>
    db
      .prepare(`SELECT id FROM ${table} WHERE ${column} = ? AND seq <= ? ORDER BY id DESC LIMIT ${rowsAtOnce} OFFSET ?`)
      .pluck()
      .all(process, trimmedUpTo, kept) as string[];
  let dropped = 0;
  db.transaction(() => {
    for (const id of old('read_runs')) {
      db.prepare('DELETE FROM read_steps WHERE run_id = ?').run(id);
      db.prepare('DELETE FROM read_inbox WHERE run_id = ?').run(id);
      dropped += db.prepare('DELETE FROM read_runs WHERE id = ? AND ended_at IS NOT NULL').run(id).changes;
    }
    for (const id of old('read_trigger_events')) {
      dropped += db.prepare('DELETE FROM read_trigger_events WHERE id = ? AND ended_at IS NOT NULL').run(id).changes;
    }
    dropped += db.prepare(`DELETE FROM read_inbox WHERE id IN (${oldReports})`).run(process, trimmedUpTo, kept).changes;
    for (const id of old('read_bus_events', 'source'))
      dropped += db.prepare('DELETE FROM read_bus_events WHERE id = ?').run(id).changes;
  })();
  return dropped > 0;
}

/** Deletes all that is listed of a process, which was given up for good. */
export function dropRowsOf(db: Database, process: string): void {
  db.transaction(() => {
    for (const [table, column] of tablesOfProcesses)
      db.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(process);
  })();
}

/** Which tables list something of processes, and the column that says of which. */
const tablesOfProcesses = [
  ['read_trigger_events', 'process'],
  ['read_runs', 'process'],
  ['read_steps', 'process'],
  ['read_inbox', 'process'],
  ['read_occurrences', 'process'],
  ['read_letters', 'process'],
  ['read_bus_events', 'source'],
] as const;

/** Lists of a process what `from` lists of it, and nothing else. */
export function replaceRowsOf(db: Database, from: Database, process: string): void {
  dropRowsOf(db, process);
  for (const [table, column] of tablesOfProcesses) copyRows(from, db, table, `${column} = ?`, process);
}

/** As `dropRows`, for what people published and what the broker handed out, which are in streams of the node itself. */
export function dropOwnRows(db: Database, stream: string, trimmedUpTo: number, kept: number): boolean {
  const [table, own, ended] = ownRows[stream] ?? [];
  if (!table) return false;
  const old = `SELECT id FROM ${table} WHERE seq <= ? AND ${own} ORDER BY seq DESC LIMIT ${rowsAtOnce} OFFSET ?`;
  return db.prepare(`DELETE FROM ${table} WHERE ${ended} AND id IN (${old})`).run(trimmedUpTo, kept).changes > 0;
}

/** Table, which of its rows are of the stream, and which of these are over. Events of agents have a dot in their id. */
const ownRows: Readonly<Record<string, readonly [table: string, own: string, ended: string]>> = {
  [nodeStream]: ['read_bus_events', "instr(id, '.') = 0", 'true'],
  [brokerStream]: ['read_messages', 'true', 'ended_at IS NOT NULL'],
};

/**
 * Undoes what entries of a process after `after` did to rows that begin before, as they are no part of its past. `at`:
 * when that one was written.
 */
export function cutRows(db: Database, process: string, after: number, at: number): void {
  db.transaction(() => {
    for (const table of ['read_trigger_events', 'read_runs', 'read_occurrences'])
      db.prepare(`DELETE FROM ${table} WHERE process = ? AND seq > ?`).run(process, after);
    db.prepare('DELETE FROM read_bus_events WHERE source = ? AND seq > ?').run(process, after);
    db.prepare('DELETE FROM read_steps WHERE process = ? AND coalesce(end_seq, intent_seq) > ?').run(process, after);
    db.prepare('DELETE FROM read_inbox WHERE process = ? AND coalesce(opened_seq > ?, opened_at > ?)').run(
      process,
      after,
      at,
    );
    db.prepare('DELETE FROM read_letters WHERE process = ? AND at > ?').run(process, at);
    // What ended only there is open again.
    db.prepare(
      `UPDATE read_inbox SET answered_at = NULL, answer = NULL, answered_by = NULL
       WHERE process = ? AND answered_at > ?`,
    ).run(process, at);
    db.prepare(
      "UPDATE read_trigger_events SET state = 'waiting', reason = NULL, ended_at = NULL, failure = NULL WHERE process = ? AND ended_at > ?",
    ).run(process, at);
    db.prepare(
      "UPDATE read_runs SET state = 'running', ended_at = NULL, settled_seq = NULL, idle = NULL WHERE process = ? AND settled_seq > ?",
    ).run(process, after);
  })();
}

/**
 * Copies into `fresh` the rows about what the journal holds in part or not at all: those that begin at or before the
 * `horizon` of their process. They cannot be made again.
 */
export function keepOldRows(live: Database, fresh: Database, horizons: ReadonlyMap<string, number>): void {
  for (const [process, horizon] of horizons) {
    const runs = '(SELECT id FROM read_runs WHERE process = ? AND seq <= ?)';
    copy(live, fresh, 'read_steps', `run_id IN ${runs}`, process, horizon);
    copy(live, fresh, 'read_inbox', `run_id IN ${runs}`, process, horizon);
    // Those that no run waits for do not say where they begin.
    copy(live, fresh, 'read_inbox', "process = ? AND run_id = '' AND ? > 0", process, horizon);
    for (const table of ['read_runs', 'read_trigger_events', 'read_occurrences'])
      copy(live, fresh, table, 'process = ? AND seq <= ?', process, horizon);
    copy(live, fresh, 'read_bus_events', 'source = ? AND seq <= ?', process, horizon);
    const known = new Set(fresh.prepare('SELECT id FROM read_letters WHERE process = ?').pluck().all(process));
    for (const id of live.prepare('SELECT id FROM read_letters WHERE process = ?').pluck().all(process) as string[])
      if (!known.has(id)) copyRows(live, fresh, 'read_letters', 'id = ?', id);
    const [table, own] = ownRows[process] ?? [];
    if (table) copy(live, fresh, table, `? <> '' AND ${own} AND seq <= ?`, process, horizon);
  }
}

function copy(live: Database, fresh: Database, table: string, where: string, process: string, horizon: number): void {
  fresh.prepare(`DELETE FROM ${table} WHERE ${where}`).run(process, horizon);
  copyRows(live, fresh, table, where, process, horizon);
}

function copyRows(from: Database, to: Database, table: string, where: string, ...values: (string | number)[]): void {
  for (const row of from.prepare(`SELECT * FROM ${table} WHERE ${where}`).iterate(...values) as Iterable<
    Record<string, unknown>
  >) {
    const columns = Object.keys(row);
    to.prepare(
      `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ).run(...Object.values(row));
  }
}
