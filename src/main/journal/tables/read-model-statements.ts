import type { Database, Statement } from '../../store/database.ts';
import { ManyRows } from '../../store/many-rows.ts';
import { ReadReports } from './read-reports.ts';

/** What entries do to the tables that screens list. */
export type ReadModelStatements = Record<keyof typeof texts, Statement> & {
  readonly reports: ReadReports;
  readonly event: ManyRows;
  readonly busEvent: ManyRows;
};

export function readModelStatements(db: Database): ReadModelStatements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, db.prepare(text)]);
  return {
    ...(Object.fromEntries(prepared) as Record<keyof typeof texts, Statement>),
    reports: new ReadReports(db),
    event: new ManyRows(
      db,
      `read_trigger_events
         (id, process, seq, trigger_id, kind, state, dedupe_key, priority, attempts, accepted_at, not_before, instant)`,
      "(?, ?, ?, ?, ?, 'waiting', ?, ?, 0, ?, ?, ?)",
    ),
    busEvent: new ManyRows(db, 'read_bus_events (id, type, source, at, seq, position, data)', '(?, ?, ?, ?, ?, ?, ?)'),
  };
}

const texts = {
  eventEnd: 'UPDATE read_trigger_events SET state = ?, reason = ?, ended_at = ? WHERE id = ?',
  eventRedelivered: 'UPDATE read_trigger_events SET redelivered_as = ? WHERE id = ?',
  eventDelay: 'UPDATE read_trigger_events SET not_before = ?, reason = ?, instant = coalesce(?, instant) WHERE id = ?',
  eventRun: 'UPDATE read_trigger_events SET state = ?, run_id = ?, attempts = attempts + 1 WHERE id = ?',
  eventOfRun: 'UPDATE read_trigger_events SET state = ? WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)',
  eventUntil: 'UPDATE read_trigger_events SET not_before = ? WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)',
  eventRetry: `UPDATE read_trigger_events SET state = 'delayed', not_before = ?, reason = ?, attempts = attempts + 1
       WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)`,
  run: `INSERT INTO read_runs (id, process, event_id, trigger_id, state, definition, step_count, started_at, seq)
       VALUES (?, ?, ?, coalesce((SELECT trigger_id FROM read_trigger_events WHERE id = ?), ''), 'running', ?, 0, ?, ?)`,
  runState: 'UPDATE read_runs SET state = ? WHERE id = ?',
  runDoing: 'UPDATE read_runs SET doing = ?, step_count = max(step_count, ?) WHERE id = ?',
  settle: `UPDATE read_runs SET state = ?, ended_at = ?, settled_seq = ?, error_code = ?, step_count = ?, gist = ?,
         idle = ?, model_calls = ?, tool_calls = ?, input_tokens = ?, output_tokens = ?, cost_usd = ? WHERE id = ?`,
  stepIntent: `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, intent_seq)
       VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)
       ON CONFLICT (run_id, step) DO UPDATE SET state = 'running', attempt = excluded.attempt, ended_at = NULL, intent_seq = excluded.intent_seq, end_seq = NULL`,
  stepEnd: `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, ended_at, end_seq)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
       ON CONFLICT (run_id, step) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at, end_seq = excluded.end_seq`,
  stepReused: `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, ended_at, intent_seq, end_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  stepState: 'UPDATE read_steps SET state = ? WHERE run_id = ? AND step = ?',
  occurrence:
    'INSERT INTO read_occurrences (process, seq, trigger_id, outcome, first, instant, count, reason, noted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  letter: `INSERT INTO read_letters (id, process, type, priority, content, sticky, sender, state, at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
  letterEvent: 'UPDATE read_letters SET event_id = ? WHERE id = ?',
  letterRun: "UPDATE read_letters SET runs = runs || ? || ' ' WHERE id = ?",
  lettersShown: `UPDATE read_letters SET state = 'shown', ended_at = ?
       WHERE process = ? AND state = 'waiting' AND sticky = 0 AND type <> 'question' AND instr(runs, ?) > 0`,
  letterAnswered:
    "UPDATE read_letters SET state = ?, answer = ?, reason = ?, ended_at = ? WHERE event_id = ? AND state = 'waiting'",
  letterEnded: 'UPDATE read_letters SET state = ?, ended_at = ? WHERE id = ?',
  message: `INSERT INTO read_messages (id, seq, topic, sender, recipient, state, reply_to, correlation, sent_at, expires_at)
       VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)`,
  messageHanded: "UPDATE read_messages SET state = 'handed', taker = ?, not_before = NULL WHERE id = ?",
  messageReturned:
    "UPDATE read_messages SET state = 'waiting', attempts = attempts + ?, not_before = ?, reason = ? WHERE id = ?",
  messageEnded: 'UPDATE read_messages SET state = ?, reason = ?, ended_at = ?, attempts = attempts + ? WHERE id = ?',
  item: 'INSERT INTO read_inbox (id, process, run_id, step, kind, item, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  runNote: 'UPDATE read_runs SET note = ? WHERE id = ?',
  itemSnoozed: 'UPDATE read_inbox SET snoozed_until = ? WHERE id = ?',
  itemAnswer: 'UPDATE read_inbox SET answered_at = ?, answer = ?, answered_by = ? WHERE id = ?',
  itemsDropped:
    "UPDATE read_inbox SET answered_at = ?, answered_by = 'runtime' WHERE process = ? AND run_id = '' AND answered_at IS NULL",
  itemsClosed:
    "UPDATE read_inbox SET answered_at = ?, answered_by = 'runtime' WHERE run_id = ? AND answered_at IS NULL",
};
