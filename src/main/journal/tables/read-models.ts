import type { EntryBody, EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Database, Statement } from '../../store/database.ts';
import { readModelTables } from '../../store/migrations.ts';
import { meantInstant } from '../fold/event-entries.ts';
import { escalatedData } from '../fold/governance-fold.ts';
import { questionOf } from '../fold/letters.ts';
import type { FoldedStep } from '../fold/snapshot.ts';
import type { Journal } from '../journal.ts';
import type { Projection } from '../sqlite-journal.ts';
import { type CutWith, cutTables } from './cutting.ts';
import { answerOf, gistOf } from './ended-run-words.ts';
import { ReadReports } from './read-reports.ts';
import {
  clockReport,
  failureReport,
  finishedReport,
  haltReports,
  isTakenUp,
  missedReport,
  processItself,
  stoppedReport,
} from './reports.ts';

/**
 * The tables that screens list, made from entries as they are written. They hold where things are (numbers of entries),
 * not what they say: arguments, results and payloads stay in the journal.
 */
export class ReadModels implements Projection {
  readonly #sql: ReturnType<typeof statements>;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = statements(db);
  }

  apply(entry: JournalEntry): void {
    // What an erased entry said can be in no table that is made now.
    if ('erased' in entry.body) return;
    const change = changes[entry.kind] as Change<EntryKind> | undefined;
    change?.(this.#sql, entry.body as never, entry as never);
  }

  /** Keeps the tables beside a journal that does not write them itself. */
  follow(journal: Journal): () => void {
    return journal.onDurable((entries) => this.applyAll(entries));
  }

  cutting(journal: Journal, process: string, after: number, cut: CutWith): Promise<void> {
    return cutTables({ live: this.#db, modelsIn: (db) => new ReadModels(db) }, journal, process, after, cut);
  }

  applyAll(entries: readonly JournalEntry[]): void {
    this.#db.transaction(() => {
      for (const entry of entries) this.apply(entry);
    })();
  }

  /**
   * Empties the tables and fills them from the journal. Returns how many entries were read, and for each process of
   * whose past something was trimmed or erased, the newest entry that this concerns.
   */
  async rebuild(journal: Journal): Promise<{ entries: number; horizons: Map<string, number> }> {
    for (const table of readModelTables) this.#db.exec(`DELETE FROM ${table}`);
    let entries = 0;
    const horizons = new Map<string, number>();
    for (const process of await journal.processes()) {
      const { seq: base } = await journal.base(process);
      if (base > 0) horizons.set(process, base);
      for (let after = 0; ; ) {
        const page = await journal.read(process, { after, limit: 5_000 });
        this.applyAll(page);
        entries += page.length;
        const erased = page.findLast(({ body }) => 'erased' in body);
        if (erased) horizons.set(process, erased.seq);
        const last = page.at(-1);
        if (!last || page.length < 5_000) break;
        after = last.seq;
      }
    }
    return { entries, horizons };
  }
}

type Sql = ReturnType<typeof statements>;
type Change<K extends EntryKind> = (sql: Sql, body: EntryBody<K>, entry: JournalEntry<K>) => void;

const changes: { [K in EntryKind]?: Change<K> } = {
  'event.accepted'(sql, body, { process, seq, at }) {
    sql.event.run(
      body.id,
      process,
      seq,
      body.trigger,
      body.kind,
      'waiting',
      body.dedupeKey,
      body.priority,
      at,
      body.notBefore,
      meantInstant(body),
    );
    const letter = questionOf(body);
    if (letter !== null && body.redelivers === undefined) sql.letterEvent.run(body.id, letter);
    if (body.redelivers !== undefined) {
      sql.eventRedelivered.run(body.id, body.redelivers);
      sql.reports.redelivered(process, body.redelivers, {
        at,
        by: String(body.metadata['redelivered_by'] ?? 'runtime'),
      });
    }
  },
  'event.ended'(sql, { id, outcome, reason }, entry) {
    const { at } = entry;
    sql.letterAnswered.run('unanswered', null, reason, at, id);
    sql.eventEnd.run(outcome, reason, at, id);
    if (outcome === 'dead') noteFailure(sql, id, entry);
  },
  'event.delayed'(sql, { id, until, reason, by }) {
    sql.eventDelay.run(until, reason, by === undefined ? null : until, id);
  },
  'run.started'(sql, { id, event, definition, letters }, { process, seq, at }) {
    sql.eventRun.run('running', id, event);
    sql.run.run(id, process, event, event, definition, at, seq);
    for (const letter of letters ?? []) sql.letterRun.run(id, letter);
  },
  'run.forked'(sql, { id, event, definition, steps }, { process, seq, at }) {
    sql.eventRun.run('running', id, event);
    sql.run.run(id, process, event, event, definition.hash, at, seq);
    // What the steps were is still told by the entries of the run that made them.
    for (const step of steps as unknown as FoldedStep[]) {
      if (step.state === 'intended') continue;
      sql.stepReused.run(
        id,
        step.step,
        process,
        step.kind,
        step.name,
        step.state,
        step.attempt,
        step.at,
        step.at,
        step.seq || null,
        step.endSeq,
      );
    }
  },
  'run.resumed'(sql, { id }) {
    sql.runState.run('running', id);
    sql.eventOfRun.run('running', id);
  },
  'step.intended'(sql, body, { process, seq, at }) {
    sql.stepIntent.run(body.run, body.step, process, body.kind, body.name, body.attempt, at, seq);
    sql.runDoing.run(body.name, body.step, body.run);
  },
  'step.ended'(sql, body, { process, seq, at }) {
    sql.stepEnd.run(body.run, body.step, process, body.kind, body.name, body.outcome, at, at, seq);
    if (body.durationMs === 0 || body.args !== undefined) sql.runDoing.run(body.name, body.step, body.run);
  },
  'run.parked'(sql, { run, step, why, until, item }, { process, at }) {
    sql.runState.run('parked', run);
    sql.eventOfRun.run('parked', run);
    sql.stepState.run(why === 'in_doubt' ? 'in_doubt' : 'waiting', run, step);
    if (until !== null) sql.eventUntil.run(until, run);
    if (item) sql.item.run(item.id, process, run, step, item.kind, JSON.stringify(item), at);
  },
  'state.changed'(sql, body, entry) {
    const { process, at } = entry;
    if (isTakenUp(body))
      sql.reports.close(process, 'failure', processItself, { at, by: body.by, answer: { verdict: 'start' } });
    sql.reports.tell(stoppedReport(entry), entry);
  },
  'process.deleted'(sql, _body, { process, at }) {
    sql.itemsDropped.run(at, process);
    sql.reports.dropFailures(process);
  },
  'item.opened'(sql, { item }, { process, at }) {
    sql.item.run(item.id, process, '', 0, item.kind, JSON.stringify(item), at);
  },
  'item.answered'(sql, { item, answer, by, run }, { at }) {
    sql.itemAnswer.run(at, JSON.stringify(answer), by, item);
    sql.runState.run('running', run);
    sql.eventOfRun.run('waiting', run);
  },
  'run.retrying'(sql, { run, until, voided, error }) {
    sql.runState.run('retrying', run);
    sql.eventRetry.run(until, error.message, run);
    for (const step of voided) sql.stepState.run('error', run, step);
  },
  'run.settled'(sql, body, entry) {
    const { process, seq, at, epoch } = entry;
    const { usage } = body;
    const idle = body.idle ? 1 : 0;
    const values = [idle, usage.modelCalls, usage.toolCalls, usage.inputTokens, usage.outputTokens, usage.costUsd];
    sql.settle.run(body.outcome, at, seq, body.error?.code ?? null, body.steps, gistOf(body), ...values, body.run);
    sql.eventEnd.run(body.outcome === 'failed' ? 'dead' : body.outcome, body.error?.message ?? null, at, body.event);
    sql.itemsClosed.run(at, body.run);
    const done = body.outcome === 'done';
    if (done) sql.lettersShown.run(at, process, body.run);
    sql.letterAnswered.run(
      done ? 'answered' : 'unanswered',
      done ? JSON.stringify(answerOf(body)) : null,
      body.error?.message ?? null,
      at,
      body.event,
    );
    if (body.outcome === 'failed') noteFailure(sql, body.event, entry);
    else if (body.result) sql.reports.tell(finishedReport(entry), entry);
    let position = 0;
    for (const effect of body.effects) {
      if (effect.type !== 'emit') continue;
      sql.busEvent.run(
        busEventId(process, seq, position, epoch),
        effect.eventType,
        process,
        at,
        seq,
        position++,
        JSON.stringify(effect.data),
      );
    }
  },
  'run.noted'(sql, { run, note }) {
    sql.runNote.run(note === '' ? null : note, run);
  },
  'item.snoozed'(sql, { item, until }) {
    sql.itemSnoozed.run(until, item);
  },
  'report.answered'(sql, { kind, about, answer, by }, { process, at }) {
    sql.reports.close(process, kind, about, { at, answer, by });
  },
  'node.configured'(sql, { section, settings, by }, entry) {
    const { process, at } = entry;
    if (section === 'clock') {
      const report = clockReport(entry);
      if (report) sql.reports.tell(report, entry);
      else sql.reports.close(process, 'clock', 'clock', { at, by, answer: { verdict: 'trust' } });
    }
    if (section !== 'halts') return;
    const reports = haltReports(entry);
    for (const report of reports) sql.reports.tell(report, entry);
    for (const about of sql.reports.open(process, 'halted')) {
      if (reports.some((report) => report.about === about)) continue;
      const verdict = settings?.[about] ? 'dismiss' : 'over';
      sql.reports.close(process, 'halted', about, { at, by, answer: { verdict } });
    }
  },
  'governance.noted'(sql, body, { process, at, seq, epoch }) {
    const type = body.escalation?.eventType;
    if (type)
      sql.busEvent.run(
        busEventId(process, seq, 0, epoch),
        type,
        process,
        at,
        seq,
        0,
        JSON.stringify(escalatedData(process, body)),
      );
  },
  'event.published'(sql, { id, type, data, by }, { at, seq }) {
    sql.busEvent.run(id, type, by, at, seq, 0, JSON.stringify(data));
  },
  'occurrence.noted'(sql, { trigger, outcome, first, instant, count, reason }, entry) {
    const { process, seq, at } = entry;
    sql.reports.tell(missedReport(entry), entry);
    sql.occurrence.run(process, seq, trigger, outcome, first, instant, count, reason, at);
  },
  'letter.received'(sql, { id, type, priority, content, sticky, sender, expiresAt }, { process, at }) {
    sql.letter.run(id, process, type, priority, content, sticky ? 1 : 0, sender, at, expiresAt);
  },
  'letter.ended'(sql, { id, outcome }, { at }) {
    sql.letterEnded.run(outcome, at, id);
  },
  'message.sent'(sql, { id, topic, sender, to, replyTo, correlation, expiresAt }, { seq, at }) {
    sql.message.run(id, seq, topic, sender, to ?? null, replyTo ?? null, correlation ?? null, at, expiresAt);
  },
  'message.handed'(sql, { id, process }) {
    sql.messageHanded.run(process, id);
  },
  'message.returned'(sql, { id, counted, until, reason }) {
    sql.messageReturned.run(counted ? 1 : 0, until, reason, id);
  },
  'message.ended'(sql, { id, outcome, reason }, { at }) {
    sql.messageEnded.run(outcome, reason || null, at, outcome === 'dead' ? 1 : 0, id);
  },
};

function noteFailure(sql: Sql, event: string, entry: JournalEntry<'run.settled'> | JournalEntry<'event.ended'>): void {
  const report = failureReport(entry, sql.reports.triggerOf(event));
  sql.reports.failed(event, report);
  sql.reports.tell(report, entry);
}

/**
 * The id of the event that a run published; the same for everyone who gets it. Sorts by publisher, then by order. The
 * same number written in another ownership of the process is another event.
 */
export function busEventId(process: string, seq: number, position: number, epoch = 0): string {
  return `bus_${process}.${String(seq).padStart(10, '0')}.${position}${epoch > 0 ? `.e${epoch}` : ''}`;
}

function statements(db: Database) {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return {
    reports: new ReadReports(db),
    event: prepare(
      `INSERT INTO read_trigger_events (id, process, seq, trigger_id, kind, state, dedupe_key, priority, attempts, accepted_at, not_before, instant)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
    ),
    eventEnd: prepare('UPDATE read_trigger_events SET state = ?, reason = ?, ended_at = ? WHERE id = ?'),
    eventRedelivered: prepare('UPDATE read_trigger_events SET redelivered_as = ? WHERE id = ?'),
    eventDelay: prepare(
      'UPDATE read_trigger_events SET not_before = ?, reason = ?, instant = coalesce(?, instant) WHERE id = ?',
    ),
    eventRun: prepare('UPDATE read_trigger_events SET state = ?, run_id = ?, attempts = attempts + 1 WHERE id = ?'),
    eventOfRun: prepare(
      'UPDATE read_trigger_events SET state = ? WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)',
    ),
    eventUntil: prepare(
      'UPDATE read_trigger_events SET not_before = ? WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)',
    ),
    eventRetry: prepare(
      `UPDATE read_trigger_events SET state = 'delayed', not_before = ?, reason = ?, attempts = attempts + 1
       WHERE id = (SELECT event_id FROM read_runs WHERE id = ?)`,
    ),
    run: prepare(
      `INSERT INTO read_runs (id, process, event_id, trigger_id, state, definition, step_count, started_at, seq)
       VALUES (?, ?, ?, coalesce((SELECT trigger_id FROM read_trigger_events WHERE id = ?), ''), 'running', ?, 0, ?, ?)`,
    ),
    runState: prepare('UPDATE read_runs SET state = ? WHERE id = ?'),
    runDoing: prepare('UPDATE read_runs SET doing = ?, step_count = max(step_count, ?) WHERE id = ?'),
    settle: prepare(
      `UPDATE read_runs SET state = ?, ended_at = ?, settled_seq = ?, error_code = ?, step_count = ?, gist = ?,
         idle = ?, model_calls = ?, tool_calls = ?, input_tokens = ?, output_tokens = ?, cost_usd = ? WHERE id = ?`,
    ),
    stepIntent: prepare(
      `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, intent_seq)
       VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)
       ON CONFLICT (run_id, step) DO UPDATE SET state = 'running', attempt = excluded.attempt, ended_at = NULL, intent_seq = excluded.intent_seq, end_seq = NULL`,
    ),
    stepEnd: prepare(
      `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, ended_at, end_seq)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
       ON CONFLICT (run_id, step) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at, end_seq = excluded.end_seq`,
    ),
    stepReused: prepare(
      `INSERT INTO read_steps (run_id, step, process, kind, name, state, attempt, started_at, ended_at, intent_seq, end_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    stepState: prepare('UPDATE read_steps SET state = ? WHERE run_id = ? AND step = ?'),
    busEvent: prepare(
      'INSERT INTO read_bus_events (id, type, source, at, seq, position, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    occurrence: prepare(
      'INSERT INTO read_occurrences (process, seq, trigger_id, outcome, first, instant, count, reason, noted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    letter: prepare(
      `INSERT INTO read_letters (id, process, type, priority, content, sticky, sender, state, at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
    ),
    letterEvent: prepare('UPDATE read_letters SET event_id = ? WHERE id = ?'),
    letterRun: prepare("UPDATE read_letters SET runs = runs || ? || ' ' WHERE id = ?"),
    lettersShown: prepare(
      `UPDATE read_letters SET state = 'shown', ended_at = ?
       WHERE process = ? AND state = 'waiting' AND sticky = 0 AND type <> 'question' AND instr(runs, ?) > 0`,
    ),
    letterAnswered: prepare(
      "UPDATE read_letters SET state = ?, answer = ?, reason = ?, ended_at = ? WHERE event_id = ? AND state = 'waiting'",
    ),
    letterEnded: prepare('UPDATE read_letters SET state = ?, ended_at = ? WHERE id = ?'),
    message: prepare(
      `INSERT INTO read_messages (id, seq, topic, sender, recipient, state, reply_to, correlation, sent_at, expires_at)
       VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)`,
    ),
    messageHanded: prepare("UPDATE read_messages SET state = 'handed', taker = ?, not_before = NULL WHERE id = ?"),
    messageReturned: prepare(
      "UPDATE read_messages SET state = 'waiting', attempts = attempts + ?, not_before = ?, reason = ? WHERE id = ?",
    ),
    messageEnded: prepare(
      'UPDATE read_messages SET state = ?, reason = ?, ended_at = ?, attempts = attempts + ? WHERE id = ?',
    ),
    item: prepare(
      'INSERT INTO read_inbox (id, process, run_id, step, kind, item, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    runNote: prepare('UPDATE read_runs SET note = ? WHERE id = ?'),
    itemSnoozed: prepare('UPDATE read_inbox SET snoozed_until = ? WHERE id = ?'),
    itemAnswer: prepare('UPDATE read_inbox SET answered_at = ?, answer = ?, answered_by = ? WHERE id = ?'),
    itemsDropped: prepare(
      "UPDATE read_inbox SET answered_at = ?, answered_by = 'runtime' WHERE process = ? AND run_id = '' AND answered_at IS NULL",
    ),
    itemsClosed: prepare(
      "UPDATE read_inbox SET answered_at = ?, answered_by = 'runtime' WHERE run_id = ? AND answered_at IS NULL",
    ),
  };
}
