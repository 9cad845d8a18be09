import { RuntimeError } from '../../shared/errors.ts';
import type { JournalEntry } from '../../shared/journal-entries.ts';
import type { Json } from '../../shared/json.ts';
import type { BusEventView, InboxItemView, RunBrief, RunView, StepView, TriggerEventDetail, TriggerEventView } from '../../shared/views.ts';
import type { Database } from '../store/database.ts';
import type { Journal } from './journal.ts';

export interface PageOf<T> {
  items: T[];
  next: string | null;
}

type Row = Record<string, never>;

/** Lists and single things as screens show them: places from the read models, contents from the journal. */
export class ReadQueries {
  readonly #db: Database;
  readonly #journal: Journal;

  constructor(db: Database, journal: Journal) {
    this.#db = db;
    this.#journal = journal;
  }

  triggerEvents(filter: { process?: string | undefined; state?: string | undefined; trigger?: string | undefined; cursor?: string | undefined; limit: number }): PageOf<TriggerEventView> {
    return this.#page('read_trigger_events', { process: filter.process, state: filter.state, trigger_id: filter.trigger }, filter, eventView);
  }

  async triggerEvent(id: string): Promise<TriggerEventDetail> {
    const row = this.#db.prepare('SELECT * FROM read_trigger_events WHERE id = ?').get(id) as Row | undefined;
    if (!row) throw new RuntimeError('TRIGGER_EVENT_NOT_FOUND', `There is no trigger event ${id}.`);
    const view = eventView(row);
    const entry = await this.#entry(view.process, row['seq']);
    const body = entry?.kind === 'event.accepted' ? entry.body : undefined;
    return { ...view, payload: body?.payload ?? null, metadata: body?.metadata ?? {}, taint: body?.taint ?? [] };
  }

  async runs(filter: {
    process?: string | undefined;
    state?: string | undefined;
    trigger?: string | undefined;
    text?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<PageOf<RunBrief>> {
    const page = this.#page('read_runs', { process: filter.process, state: filter.state, trigger_id: filter.trigger }, filter, (row) => row);
    return { items: await Promise.all(page.items.map((row) => this.#brief(row))), next: page.next };
  }

  async run(id: string): Promise<RunView> {
    const row = this.#runRow(id);
    const brief = await this.#brief(row);
    const steps = this.#db.prepare('SELECT * FROM read_steps WHERE run_id = ? ORDER BY step').all(id) as Row[];
    return { ...brief, definition: row['definition'], steps: await this.#steps(brief.process, steps) };
  }

  async runBrief(id: string): Promise<RunBrief> {
    return this.#brief(this.#runRow(id));
  }

  async lastRunOf(process: string): Promise<RunBrief | null> {
    const row = this.#db.prepare('SELECT * FROM read_runs WHERE process = ? ORDER BY id DESC LIMIT 1').get(process) as Row | undefined;
    return row ? this.#brief(row) : null;
  }

  busEvents(filter: { type?: string | undefined; source?: string | undefined; cursor?: string | undefined; limit: number }): PageOf<BusEventView> {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    if (filter.type) conditions.push('type = ?'), values.push(filter.type);
    if (filter.source) conditions.push('source = ?'), values.push(filter.source);
    if (filter.cursor) conditions.push('rowid < ?'), values.push(Number(filter.cursor));
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#db.prepare(`SELECT rowid AS place, * FROM read_bus_events ${where} ORDER BY rowid DESC LIMIT ?`).all(...values, filter.limit + 1) as Row[];
    const items = rows.slice(0, filter.limit);
    return {
      items: items.map((row) => ({ id: row['id'], type: row['type'], source: row['source'], at: row['at'], seq: row['seq'], data: JSON.parse(row['data']) as Json })),
      next: rows.length > filter.limit ? String(items.at(-1)?.['place']) : null,
    };
  }

  inbox(filter: { process?: string | undefined; state: 'open' | 'answered' | 'all'; cursor?: string | undefined; limit: number }): PageOf<InboxItemView> {
    const extra = filter.state === 'open' ? 'answered_at IS NULL' : filter.state === 'answered' ? 'answered_at IS NOT NULL' : undefined;
    return this.#page('read_inbox', { process: filter.process }, filter, itemView, extra);
  }

  inboxItem(id: string): InboxItemView {
    const row = this.#db.prepare('SELECT * FROM read_inbox WHERE id = ?').get(id) as Row | undefined;
    if (!row) throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `There is no inbox item ${id}.`);
    return itemView(row);
  }

  #page<T>(table: string, equal: Record<string, string | undefined>, { cursor, limit }: { cursor?: string | undefined; limit: number }, view: (row: Row) => T, extra?: string): PageOf<T> {
    const conditions: string[] = extra ? [extra] : [];
    const values: (string | number)[] = [];
    for (const [column, value] of Object.entries(equal)) {
      if (value === undefined) continue;
      const several = column === 'state' ? value.split(',') : [value];
      conditions.push(`${column} IN (${several.map(() => '?').join(', ')})`);
      values.push(...several);
    }
    if (cursor) {
      conditions.push('id < ?');
      values.push(cursor);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#db.prepare(`SELECT * FROM ${table} ${where} ORDER BY id DESC LIMIT ?`).all(...values, limit + 1) as Row[];
    const items = rows.slice(0, limit);
    return { items: items.map(view), next: rows.length > limit ? ((items.at(-1) as Row)['id'] as string) : null };
  }

  #runRow(id: string): Row {
    const row = this.#db.prepare('SELECT * FROM read_runs WHERE id = ?').get(id) as Row | undefined;
    if (!row) throw new RuntimeError('RUN_NOT_FOUND', `There is no run ${id}.`);
    return row;
  }

  async #brief(row: Row): Promise<RunBrief> {
    const settled = row['settled_seq'] ? await this.#entry(row['process'], row['settled_seq']) : undefined;
    const body = settled?.kind === 'run.settled' ? settled.body : undefined;
    return {
      id: row['id'],
      process: row['process'],
      eventId: row['event_id'],
      trigger: row['trigger_id'],
      state: row['state'],
      doing: row['doing'],
      stepCount: row['step_count'],
      output: body?.output ?? null,
      error: body?.error ?? null,
      startedAt: row['started_at'],
      endedAt: row['ended_at'],
      usage: {
        modelCalls: row['model_calls'],
        toolCalls: row['tool_calls'],
        inputTokens: row['input_tokens'],
        outputTokens: row['output_tokens'],
        costUsd: row['cost_usd'],
      },
    };
  }

  async #steps(process: string, rows: readonly Row[]): Promise<StepView[]> {
    const seqs = rows.flatMap((row) => [row['intent_seq'] as number | null, row['end_seq'] as number | null].filter((seq) => seq !== null));
    const entries = new Map<number, JournalEntry>();
    if (seqs.length > 0) {
      // The steps of one run lie close together: one range is cheaper than a look-up for each.
      const [low, high] = [Math.min(...seqs), Math.max(...seqs)];
      const page = await this.#journal.read(process, { after: low - 1, limit: high - low + 1, kinds: ['step.intended', 'step.ended'] });
      for (const entry of page) entries.set(entry.seq, entry);
    }
    return rows.map((row) => stepView(row, entries.get(row['intent_seq']), entries.get(row['end_seq'])));
  }

  async #entry(process: string, seq: number): Promise<JournalEntry | undefined> {
    const [entry] = await this.#journal.read(process, { after: seq - 1, limit: 1 });
    return entry?.seq === seq ? entry : undefined;
  }
}

function eventView(row: Row): TriggerEventView {
  return {
    id: row['id'],
    process: row['process'],
    trigger: row['trigger_id'],
    kind: row['kind'],
    state: row['state'],
    reason: row['reason'],
    dedupeKey: row['dedupe_key'],
    priority: row['priority'],
    attempts: row['attempts'],
    acceptedAt: row['accepted_at'],
    notBefore: row['not_before'],
    endedAt: row['ended_at'],
    runId: row['run_id'],
  };
}

function itemView(row: Row): InboxItemView {
  return {
    ...(JSON.parse(row['item']) as InboxItemView),
    process: row['process'],
    run: row['run_id'],
    step: row['step'],
    openedAt: row['opened_at'],
    answeredAt: row['answered_at'],
    answer: row['answer'] === null ? null : (JSON.parse(row['answer']) as Json),
    answeredBy: row['answered_by'],
  };
}

function stepView(row: Row, intent: JournalEntry | undefined, end: JournalEntry | undefined): StepView {
  const begun = intent?.kind === 'step.intended' ? intent.body : undefined;
  const ended = end?.kind === 'step.ended' ? end.body : undefined;
  return {
    step: row['step'],
    kind: row['kind'],
    name: row['name'],
    state: row['state'],
    args: begun?.args ?? ended?.args ?? null,
    result: ended?.result ?? null,
    error: ended?.error ?? null,
    startedAt: row['started_at'],
    endedAt: row['ended_at'],
    attempt: row['attempt'],
    repeatable: begun?.repeatable ?? true,
    callKey: begun?.callKey ?? null,
    usage: (ended?.usage as StepView['usage'] | undefined) ?? null,
    seq: row['end_seq'] ?? row['intent_seq'] ?? 0,
  };
}
