import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { LetterView } from '../../../shared/views/messaging-views.ts';
import type { Database } from '../../store/database.ts';
import { letterPriorities } from '../fold/letter.ts';
import type { PageOf } from './read-queries.ts';

interface LetterRow {
  id: string;
  process: string;
  type: LetterView['type'];
  priority: LetterView['priority'];
  content: string;
  sticky: number;
  sender: string;
  state: LetterView['state'];
  runs: string;
  event_id: string | null;
  answer: string | null;
  reason: string | null;
  at: number;
  expires_at: number;
  ended_at: number | null;
}

const rank = `CASE WHEN state <> 'waiting' THEN 9 ${letterPriorities.map((priority, index) => `WHEN priority = '${priority}' THEN ${index}`).join(' ')} END`;
/** Those that wait, oldest first; those that have ended, newest first. */
const order = `${rank}, CASE WHEN state = 'waiting' THEN at ELSE -ended_at END, CASE WHEN state = 'waiting' THEN at ELSE -at END, id`;

/** What people wrote to processes, as screens show it. */
export class LetterQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `cursor` counts what came before. */
  list({
    process,
    state,
    cursor,
    limit,
  }: {
    process: string;
    state?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): PageOf<LetterView> {
    const states = state?.split(',') ?? [];
    const among = states.length > 0 ? `AND state IN (${states.map(() => '?').join(', ')})` : '';
    const offset = Number(cursor ?? 0);
    const rows = this.#db
      .prepare(`SELECT * FROM read_letters WHERE process = ? ${among} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(process, ...states, limit + 1, offset) as LetterRow[];
    return { items: rows.slice(0, limit).map(view), next: rows.length > limit ? String(offset + limit) : null };
  }

  /** @throws RuntimeError `MESSAGE_NOT_FOUND`. */
  get(id: string): LetterView {
    const row = this.#db.prepare('SELECT * FROM read_letters WHERE id = ?').get(id) as LetterRow | undefined;
    if (!row) throw new RuntimeError('MESSAGE_NOT_FOUND', `There is no message ${id}.`, { id });
    return view(row);
  }
}

function view(row: LetterRow): LetterView {
  return {
    id: row.id,
    process: row.process,
    type: row.type,
    priority: row.priority,
    content: row.content,
    sticky: row.sticky === 1,
    sender: row.sender,
    state: row.state,
    runs: row.runs.split(' ').filter(Boolean),
    eventId: row.event_id,
    answer: row.answer === null ? null : (JSON.parse(row.answer) as Json),
    reason: row.reason,
    at: row.at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  };
}
