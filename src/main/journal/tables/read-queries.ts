import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { ReportKind } from '../../../shared/entries/people-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { RecentRun } from '../../../shared/recent-run.ts';
import type {
  BusEventView,
  InboxItemView,
  RunBrief,
  RunCounts,
  RunView,
  StepView,
  TriggerEventDetail,
  TriggerEventView,
} from '../../../shared/views/views.ts';
import type { Database, Statement } from '../../store/database.ts';
import type { Journal } from '../journal.ts';
import { type IsElsewhere, livesHere } from './lives-here.ts';
import {
  type BusRow,
  type EventRow,
  eventView,
  type ItemRow,
  itemView,
  type RunRow,
  recentRun,
  type StepRow,
  stepView,
} from './read-rows.ts';
import { processItself } from './reports.ts';
import { countRuns } from './run-counts.ts';
import { type Condition, type RunFilter, runConditions } from './run-filter.ts';

/** Number of the definition with the hash that a process went by at a time. */
export type VersionOf = (process: string, hash: string, at: number) => number | null;

export interface PageOf<T> {
  items: T[];
  next: string | null;
}

/** Lists and single things as screens show them: places from the read models, contents from the journal. */
export class ReadQueries {
  readonly #db: Database;
  readonly #journal: Journal;
  readonly #hidden: readonly Condition[];
  readonly #versionOf: VersionOf;
  readonly #newest: Statement;

  /** `isElsewhere`: another node has the process now, and shows what became of its events; what is here stood still. */
  constructor(db: Database, journal: Journal, isElsewhere?: IsElsewhere, versionOf: VersionOf = () => null) {
    this.#db = db;
    this.#journal = journal;
    this.#versionOf = versionOf;
    this.#hidden = livesHere(db, isElsewhere);
    const isMeant = ['process = ?', ...this.#hidden.map(({ sql }) => sql)].join(' AND ');
    this.#newest = db.prepare(`SELECT * FROM read_runs WHERE ${isMeant} ORDER BY id DESC LIMIT ?`);
  }

  triggerEvents(filter: {
    process?: string | undefined;
    state?: string | undefined;
    trigger?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): PageOf<TriggerEventView> {
    return this.#page(
      'read_trigger_events',
      { process: filter.process, state: filter.state, trigger_id: filter.trigger },
      filter,
      (row: EventRow) => eventView(row),
    );
  }

  /** Ids of events that ended badly and were not delivered again, oldest first. */
  undelivered({
    process,
    trigger,
    state,
    limit,
  }: {
    process?: string | undefined;
    trigger?: string | undefined;
    state: string;
    limit: number;
  }): string[] {
    const conditions = ['state = ?', 'redelivered_as IS NULL'];
    const values = [state];
    for (const [column, value] of [
      ['process', process],
      ['trigger_id', trigger],
    ] as const) {
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    const rows = this.#db
      .prepare(`SELECT id FROM read_trigger_events WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT ?`)
      .all(...values, limit) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  async triggerEvent(id: string): Promise<TriggerEventDetail> {
    const row = this.#db.prepare('SELECT * FROM read_trigger_events WHERE id = ?').get(id) as EventRow | undefined;
    if (!row) throw new RuntimeError('TRIGGER_EVENT_NOT_FOUND', `There is no trigger event ${id}.`);
    const view = eventView(row);
    const entry = await this.#entry(view.process, row.seq);
    const body = entry?.kind === 'event.accepted' && !('erased' in entry.body) ? entry.body : undefined;
    return {
      ...view,
      kept: body !== undefined,
      payload: body?.payload ?? null,
      metadata: body?.metadata ?? {},
      taint: body?.taint ?? [],
    };
  }

  /** How many of the runs that `runs` lists came to what end, over the time in which they began. */
  countRuns(filter: RunFilter, bars: number, now: number): RunCounts {
    return countRuns(this.#db, [...runConditions(filter, now), ...this.#hidden], filter, bars, now);
  }

  async runs(
    filter: RunFilter & { cursor?: string | undefined; limit: number },
    now: number,
  ): Promise<PageOf<RunBrief>> {
    const page = this.#page('read_runs', {}, filter, (row: RunRow) => row, runConditions(filter, now));
    return { items: await Promise.all(page.items.map((row) => this.#brief(row))), next: page.next };
  }

  async run(id: string): Promise<RunView> {
    const row = this.#runRow(id);
    const brief = await this.#brief(row);
    const rows = this.#db.prepare('SELECT * FROM read_steps WHERE run_id = ? ORDER BY step').all(id) as StepRow[];
    const { steps, whole } = await this.#steps(brief.process, id, rows);
    const settled = row.settled_seq === null ? undefined : await this.#entry(row.process, row.settled_seq);
    const kept =
      row.settled_seq !== null && (!settled || 'erased' in settled.body) ? 'nothing' : whole ? 'all' : 'outcome';
    return { ...brief, definition: row.definition, steps, kept };
  }

  /** The id of the event that was accepted with the key; for when its own entry does not say it any more. */
  eventWithKey(process: string, dedupeKey: string): string {
    const select = this.#db.prepare(
      'SELECT id FROM read_trigger_events WHERE process = ? AND dedupe_key = ? ORDER BY id DESC LIMIT 1',
    );
    return (select.pluck().get(process, dedupeKey) as string | undefined) ?? '';
  }

  /** Where a run settled. @throws RuntimeError `RUN_NOT_FOUND`, `REQUEST_INVALID` for one that has not. */
  settlementOf(id: string): { process: string; seq: number } {
    const { process, settled_seq: seq, state } = this.#runRow(id);
    if (seq !== null) return { process, seq };
    throw new RuntimeError('REQUEST_INVALID', `Run ${id} has not ended; it is ${state}.`, { state });
  }

  /** Where what the journal holds of a run begins and ends; it ends nowhere before the run has. */
  reachOf(id: string): { from: number; to: number } {
    const run = this.#runRow(id);
    const accepted = this.#db.prepare('SELECT seq FROM read_trigger_events WHERE id = ?').pluck().get(run.event_id);
    return { from: (accepted as number | undefined) ?? 0, to: run.settled_seq ?? Number.POSITIVE_INFINITY };
  }

  async runBrief(id: string): Promise<RunBrief> {
    return this.#brief(this.#runRow(id));
  }

  async lastRunOf(process: string): Promise<RunBrief | null> {
    const row = this.#newest.get(process, 1) as RunRow | undefined;
    return row ? this.#brief(row) : null;
  }

  /** How the newest runs of a process went, newest first, as their rows say it: what they came to stays unread. */
  recentRuns(process: string, limit: number): Promise<RecentRun[]> {
    const rows = this.#newest.all(process, limit) as RunRow[];
    return Promise.all(rows.map(async (row) => recentRun(row, await this.#isIdle(row))));
  }

  busEvents(filter: {
    type?: string | undefined;
    source?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): PageOf<BusEventView> {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    for (const column of ['type', 'source'] as const) {
      if (filter[column] === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(filter[column]);
    }
    if (filter.cursor) {
      const [at = '', id = ''] = filter.cursor.split('~');
      conditions.push('(at, id) < (?, ?)');
      values.push(Number(at), id);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#db
      .prepare(`SELECT * FROM read_bus_events ${where} ORDER BY at DESC, id DESC LIMIT ?`)
      .all(...values, filter.limit + 1) as BusRow[];
    const items = rows.slice(0, filter.limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => ({
        id: row.id,
        type: row.type,
        source: row.source,
        at: row.at,
        seq: row.seq,
        data: JSON.parse(row.data) as Json,
      })),
      next: rows.length > filter.limit && last ? `${last.at}~${last.id}` : null,
    };
  }

  inbox(filter: {
    process?: string | undefined;
    state: 'open' | 'answered' | 'all';
    kind?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): PageOf<InboxItemView> {
    const extra: Condition[] =
      filter.state === 'open'
        ? [{ sql: 'answered_at IS NULL', values: [] }]
        : filter.state === 'answered'
          ? [{ sql: 'answered_at IS NOT NULL', values: [] }]
          : [];
    const equal = { process: filter.process, kind: filter.kind };
    return this.#page('read_inbox', equal, filter, (row: ItemRow) => this.#itemView(row), extra);
  }

  /** What a person is told, of these kinds, that is open and not out of the way at `now`. */
  openReports(kinds: readonly ReportKind[], now: number): number {
    const conditions = [
      'answered_at IS NULL',
      `kind IN (${kinds.map(() => '?').join(', ')})`,
      'coalesce(snoozed_until, 0) <= ?',
      ...this.#hidden.map(({ sql }) => sql),
    ];
    const count = this.#db.prepare(`SELECT count(*) FROM read_inbox WHERE ${conditions.join(' AND ')}`).pluck();
    return count.get(...kinds, now) as number;
  }

  /** What is told that comes back to a person only after `after`. */
  snoozedReports(after: number): { process: string; item: string; until: number }[] {
    const isMeant = [
      'answered_at IS NULL',
      'about IS NOT NULL',
      'snoozed_until > ?',
      ...this.#hidden.map(({ sql }) => sql),
    ];
    return this.#db
      .prepare(`SELECT process, id AS item, snoozed_until AS until FROM read_inbox WHERE ${isMeant.join(' AND ')}`)
      .all(after) as { process: string; item: string; until: number }[];
  }

  /** What an item is about; null where somebody waits for its answer. @throws RuntimeError `INBOX_ITEM_NOT_FOUND`. */
  report(id: string): { about: string; openedSeq: number } | null {
    const { about, opened_seq: openedSeq } = this.#itemRow(id);
    return about === null ? null : { about, openedSeq: openedSeq ?? 0 };
  }

  /** Ids of events that ended badly, about which nobody has done anything, oldest first. */
  failures(process: string, about: string, limit: number): string[] {
    return this.#db
      .prepare('SELECT id FROM read_trigger_events WHERE process = ? AND failure = ? ORDER BY id LIMIT ?')
      .pluck()
      .all(process, about, limit) as string[];
  }

  #itemView(row: ItemRow): InboxItemView {
    const view = itemView(row);
    const isOfEvents = view.kind === 'failure' && row.about !== null && row.about !== processItself;
    if (!isOfEvents || row.answered_at !== null) return view;
    const count = this.#db
      .prepare('SELECT count(*) FROM read_trigger_events WHERE process = ? AND failure = ?')
      .pluck();
    return { ...view, about: { ...view.about, waiting: count.get(row.process, row.about) as number } };
  }

  #itemRow(id: string): ItemRow {
    const isMeant = ['id = ?', ...this.#hidden.map(({ sql }) => sql)].join(' AND ');
    const row = this.#db.prepare(`SELECT * FROM read_inbox WHERE ${isMeant}`).get(id) as ItemRow | undefined;
    if (row) return row;
    // Until the other node says that it has it, nobody can say that there is none.
    if (this.#db.prepare('SELECT 1 FROM read_inbox WHERE id = ?').get(id))
      throw new RuntimeError('NOT_KNOWN_YET', `Inbox item ${id} is of an agent that went to another node.`, { id });
    throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `There is no inbox item ${id}.`);
  }

  inboxItem(id: string): InboxItemView {
    return this.#itemView(this.#itemRow(id));
  }

  #page<R extends { id: string }, T>(
    table: string,
    equal: Record<string, string | undefined>,
    { cursor, limit }: { cursor?: string | undefined; limit: number },
    view: (row: R) => T,
    extra: readonly Condition[] = [],
  ): PageOf<T> {
    const conditions = [...extra, ...this.#hidden].map(({ sql }) => sql);
    const values = extra.flatMap((condition) => condition.values);
    for (const [column, value] of Object.entries(equal)) {
      if (value === undefined) continue;
      const several = column === 'state' || column === 'kind' ? value.split(',') : [value];
      conditions.push(`${column} IN (${several.map(() => '?').join(', ')})`);
      values.push(...several);
    }
    if (cursor) {
      conditions.push('id < ?');
      values.push(cursor);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#db
      .prepare(`SELECT * FROM ${table} ${where} ORDER BY id DESC LIMIT ?`)
      .all(...values, limit + 1) as R[];
    const items = rows.slice(0, limit);
    return { items: items.map(view), next: rows.length > limit ? (items.at(-1) as R).id : null };
  }

  #runRow(id: string): RunRow {
    const row = this.#db.prepare('SELECT * FROM read_runs WHERE id = ?').get(id) as RunRow | undefined;
    if (!row) throw new RuntimeError('RUN_NOT_FOUND', `There is no run ${id}.`);
    return row;
  }

  async #isIdle({ process, idle, settled_seq: seq }: RunRow): Promise<boolean> {
    if (idle !== null || seq === null) return idle === 1;
    const settled = await this.#entry(process, seq);
    return settled?.kind === 'run.settled' && settled.body.idle === true;
  }

  async #brief(row: RunRow): Promise<RunBrief> {
    const settled = row.settled_seq ? await this.#entry(row.process, row.settled_seq) : undefined;
    const body = settled?.kind === 'run.settled' ? settled.body : undefined;
    return {
      id: row.id,
      process: row.process,
      version: this.#versionOf(row.process, row.definition, row.started_at),
      eventId: row.event_id,
      trigger: row.trigger_id,
      state: row.state,
      doing: row.doing,
      stepCount: row.step_count,
      idle: row.idle === null ? (body?.idle ?? false) : row.idle === 1,
      output: body?.output ?? null,
      error: body?.error ?? null,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      usage: {
        modelCalls: row.model_calls,
        toolCalls: row.tool_calls,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
        costUsd: row.cost_usd,
      },
      note: row.note,
    };
  }

  async #steps(process: string, run: string, rows: readonly StepRow[]): Promise<{ steps: StepView[]; whole: boolean }> {
    const seqs = rows.flatMap((row) => [row.intent_seq, row.end_seq].filter((seq) => seq !== null));
    const entries = new Map<number, JournalEntry>();
    if (seqs.length > 0) {
      // The steps of one run lie close together: one range is cheaper than a look-up for each. Not so those of a fork.
      const [low, high] = [Math.min(...seqs), Math.max(...seqs)];
      const isClose = high - low < 50 * seqs.length;
      const page = isClose
        ? await this.#journal.read(process, {
            after: low - 1,
            limit: high - low + 1,
            kinds: ['step.intended', 'step.ended'],
          })
        : (await Promise.all(seqs.map((seq) => this.#entry(process, seq)))).filter((entry) => entry !== undefined);
      for (const entry of page) if (!('erased' in entry.body)) entries.set(entry.seq, entry);
    }
    const attached = await Promise.all(rows.map((row) => this.#attached(process, run, row)));
    const steps = rows.map((row, n) =>
      stepView(row, entries.get(row.intent_seq ?? 0), entries.get(row.end_seq ?? 0), attached[n]),
    );
    return { steps, whole: seqs.every((seq) => entries.has(seq)) };
  }

  /** Which task does a call that has not ended: the entry that says so comes soon after its intent. */
  async #attached(process: string, run: string, row: StepRow): Promise<JournalEntry | undefined> {
    if (row.end_seq !== null || row.kind !== 'tool' || row.intent_seq === null) return undefined;
    const said = await this.#journal.read(process, { after: row.intent_seq, kinds: ['step.attached'], limit: 20 });
    return said.find((entry) => {
      if (entry.kind !== 'step.attached' || 'erased' in entry.body) return false;
      return entry.body.run === run && entry.body.step === row.step;
    });
  }

  async #entry(process: string, seq: number): Promise<JournalEntry | undefined> {
    const [entry] = await this.#journal.read(process, { after: seq - 1, limit: 1 });
    return entry?.seq === seq ? entry : undefined;
  }
}
