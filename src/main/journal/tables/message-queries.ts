import { brokerStream } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { MessageView } from '../../../shared/views/messaging-views.ts';
import type { Database } from '../../store/database.ts';
import type { Journal } from '../journal.ts';
import type { PageOf } from './read-queries.ts';

interface MessageRow {
  id: string;
  seq: number;
  topic: string;
  sender: string;
  recipient: string | null;
  state: MessageView['state'];
  taker: string | null;
  attempts: number;
  reason: string | null;
  reply_to: string | null;
  correlation: string | null;
  sent_at: number;
  not_before: number | null;
  expires_at: number | null;
  ended_at: number | null;
}

export interface MessageFilter {
  topic?: string | undefined;
  state?: string | undefined;
  process?: string | undefined;
  sender?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** Messages as screens show them: places from the read models, contents from the journal. */
export class MessageQueries {
  readonly #db: Database;
  readonly #journal: Journal;

  constructor(db: Database, journal: Journal) {
    this.#db = db;
    this.#journal = journal;
  }

  /** Newest first. */
  async list({ topic, state, process, sender, cursor, limit }: MessageFilter): Promise<PageOf<MessageView>> {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    for (const [column, value] of [
      ['topic', topic],
      ['taker', process],
      ['sender', sender],
    ] as const) {
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    if (state !== undefined) {
      const states = state.split(',');
      conditions.push(`state IN (${states.map(() => '?').join(', ')})`);
      values.push(...states);
    }
    if (cursor) {
      conditions.push('seq < ?');
      values.push(Number(cursor));
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#db
      .prepare(`SELECT * FROM read_messages ${where} ORDER BY seq DESC LIMIT ?`)
      .all(...values, limit + 1) as MessageRow[];
    const shown = rows.slice(0, limit);
    const items = await Promise.all(shown.map((row) => this.#view(row)));
    return { items, next: rows.length > limit ? String(shown.at(-1)?.seq) : null };
  }

  /** @throws RuntimeError `MESSAGE_NOT_FOUND`. */
  async get(id: string): Promise<MessageView> {
    const row = this.#db.prepare('SELECT * FROM read_messages WHERE id = ?').get(id) as MessageRow | undefined;
    if (!row) throw new RuntimeError('MESSAGE_NOT_FOUND', `There is no message ${id}.`, { id });
    return this.#view(row);
  }

  /** How many messages of each topic nobody could do with. */
  deadByTopic(): Map<string, number> {
    const rows = this.#db
      .prepare("SELECT topic, count(*) AS dead FROM read_messages WHERE state = 'dead' GROUP BY topic")
      .all() as { topic: string; dead: number }[];
    return new Map(rows.map(({ topic, dead }) => [topic, dead]));
  }

  async #view(row: MessageRow): Promise<MessageView> {
    const [entry] = await this.#journal.read(brokerStream, { after: row.seq - 1, limit: 1 });
    return {
      id: row.id,
      topic: row.topic,
      content: entry?.kind === 'message.sent' && entry.seq === row.seq ? entry.body.content : null,
      sender: row.sender,
      to: row.recipient,
      state: row.state,
      taker: row.taker,
      attempts: row.attempts,
      reason: row.reason,
      replyTo: row.reply_to,
      correlation: row.correlation,
      sentAt: row.sent_at,
      notBefore: row.not_before,
      expiresAt: row.expires_at,
      endedAt: row.ended_at,
    };
  }
}
