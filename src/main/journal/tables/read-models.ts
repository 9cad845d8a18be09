import type { EntryBody, EntryKind, JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { Database } from '../../store/database.ts';
import { readModelTables } from '../../store/migrations.ts';
import { meantInstant } from '../fold/event-entries.ts';
import { escalatedData } from '../fold/governance-fold.ts';
import { questionOf } from '../fold/letters.ts';
import type { FoldedStep } from '../fold/snapshot.ts';
import type { Journal } from '../journal.ts';
import type { Projection } from '../sqlite-journal.ts';
import { type CutWith, cutTables } from './cutting.ts';
import { answerOf, gistOf } from './ended-run-words.ts';
import { type ReadModelStatements, readModelStatements } from './read-model-statements.ts';
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
  readonly #sql: ReadModelStatements;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = readModelStatements(db);
  }

  /** Within a transaction of the caller's. */
  apply(entries: readonly JournalEntry[]): void {
    const { event, busEvent } = this.#sql;
    event.clear();
    busEvent.clear();
    let last: EntryKind | undefined;
    for (const entry of entries) {
      // Rows of one kind of entry are inserted together; what another kind changes may be among them.
      if (entry.kind !== last) {
        event.flush();
        busEvent.flush();
      }
      last = entry.kind;
      // What an erased entry said can be in no table that is made now.
      if ('erased' in entry.body) continue;
      const change = changes[entry.kind] as Change<EntryKind> | undefined;
      change?.(this.#sql, entry.body as never, entry as never);
    }
    event.flush();
    busEvent.flush();
  }

  /** Keeps the tables beside a journal that does not write them itself. */
  follow(journal: Journal): () => void {
    return journal.onDurable((entries) => this.applyAll(entries));
  }

  cutting(journal: Journal, process: string, after: number, cut: CutWith): Promise<void> {
    return cutTables({ live: this.#db, modelsIn: (db) => new ReadModels(db) }, journal, process, after, cut);
  }

  applyAll(entries: readonly JournalEntry[]): void {
    this.#db.transaction(() => this.apply(entries))();
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

type Change<K extends EntryKind> = (sql: ReadModelStatements, body: EntryBody<K>, entry: JournalEntry<K>) => void;

const changes: { [K in EntryKind]?: Change<K> } = {
  'event.accepted'(sql, body, { process, seq, at }) {
    sql.event.add(
      body.id,
      process,
      seq,
      body.trigger,
      body.kind,
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
      sql.busEvent.add(
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
      sql.busEvent.add(
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
    sql.busEvent.add(id, type, by, at, seq, 0, JSON.stringify(data));
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

function noteFailure(
  sql: ReadModelStatements,
  event: string,
  entry: JournalEntry<'run.settled'> | JournalEntry<'event.ended'>,
): void {
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
