import type { TriggerKind } from '../../../shared/entries/journal-entries.ts';
import type { EventState } from '../../../shared/views/views.ts';
import type { Database } from '../../store/database.ts';
import { type IsElsewhere, livesHere } from './lives-here.ts';

/** An occurrence that became an event, or an event that a person set for the instant (`kind` is not `cron`). */
export interface OccurredRow {
  id: string;
  process: string;
  trigger_id: string;
  kind: TriggerKind;
  instant: number;
  state: EventState;
  reason: string | null;
  run_id: string | null;
  started_at: number | null;
  /** 1 while its run is parked until somebody grants it more. */
  tops_up: 0 | 1;
}

/** Occurrences that did not, from `first` to `instant`. */
export interface NotedRow {
  process: string;
  trigger_id: string;
  outcome: 'coalesced' | 'skipped' | 'missed';
  first: number;
  instant: number;
  count: number;
  reason: string;
}

export interface Stretch {
  /** Epoch ms; `to` is not part of it. */
  from: number;
  to: number;
  process?: string | undefined;
  /** Only what was set for its time once. */
  once?: boolean | undefined;
  limit: number;
}

/** What became of planned occurrences, oldest first, from the read models. */
export class ScheduleQueries {
  readonly #db: Database;
  /** Conditions on rows of events and of notes. */
  readonly #here: { readonly events: string; readonly notes: string };

  /** `isElsewhere`: another node has the process now, and shows what became of its times. */
  constructor(db: Database, isElsewhere?: IsElsewhere) {
    this.#db = db;
    const here = (column: string) =>
      livesHere(db, isElsewhere, column)
        .map(({ sql }) => `AND ${sql}`)
        .join('');
    this.#here = { events: here('e.process'), notes: here('process') };
  }

  occurred({ from, to, process, once, limit }: Stretch): OccurredRow[] {
    const of = `${process === undefined ? '' : 'AND e.process = ?'} ${once ? "AND e.kind <> 'cron'" : ''}`;
    return this.#db
      .prepare(
        `SELECT e.id, e.process, e.trigger_id, e.kind, e.instant, e.state, e.reason, e.run_id, r.started_at,
           EXISTS (SELECT 1 FROM read_inbox i WHERE i.run_id = e.run_id AND +i.kind = 'top_up' AND i.answered_at IS NULL) AS tops_up
         FROM read_trigger_events e LEFT JOIN read_runs r ON r.id = e.run_id
         WHERE e.instant >= ? AND e.instant < ? ${of} ${this.#here.events} ORDER BY e.instant, e.id LIMIT ?`,
      )
      .all(from, to, ...(process === undefined ? [] : [process]), limit) as OccurredRow[];
  }

  noted({ from, to, process, limit }: Stretch): NotedRow[] {
    const of = process === undefined ? '' : 'AND process = ?';
    return this.#db
      .prepare(
        `SELECT process, trigger_id, outcome, first, instant, count, reason FROM read_occurrences
         WHERE instant >= ? AND instant < ? ${of} ${this.#here.notes} ORDER BY instant, process, seq LIMIT ?`,
      )
      .all(from, to, ...(process === undefined ? [] : [process]), limit) as NotedRow[];
  }

  /** What a trigger missed since an entry of its process, the newest first. */
  missed(process: string, trigger: string, sinceSeq: number, limit: number): NotedRow[] {
    return this.#db
      .prepare(
        `SELECT process, trigger_id, outcome, first, instant, count, reason FROM read_occurrences
         WHERE process = ? AND seq >= ? AND trigger_id = ? AND outcome = 'missed' ORDER BY seq DESC LIMIT ?`,
      )
      .all(process, sinceSeq, trigger, limit) as NotedRow[];
  }
}
