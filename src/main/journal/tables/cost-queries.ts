import type { TriggerKind } from '../../../shared/entries/journal-entries.ts';
import { idsFrom } from '../../../shared/ids.ts';
import type { CostSum } from '../../../shared/views/cost-views.ts';
import type { Database } from '../../store/database.ts';
import type { IsElsewhere } from './lives-here.ts';

export interface SpentRow extends Omit<CostSum, 'unpricedTokens'> {
  /** Start of the hour, epoch ms. */
  hour: number;
  process: string;
  model: string | null;
  kind: TriggerKind | null;
  open: number;
}

const hourMs = 3_600_000;

const nowhere: IsElsewhere = () => false;

/** What runs used, from the read models. */
export class CostQueries {
  readonly #db: Database;
  readonly #isElsewhere: IsElsewhere;

  constructor(db: Database, isElsewhere: IsElsewhere = nowhere) {
    this.#db = db;
    this.#isElsewhere = isElsewhere;
  }

  /** Sums by hour, process, model and kind of trigger, of the runs that began in [from, to). */
  hours(from: number, to: number, process?: string): SpentRow[] {
    const of = process === undefined ? '' : 'AND r.process = ?';
    const rows = this.#db
      .prepare(
        `SELECT r.started_at / ${hourMs} * ${hourMs} AS hour, r.process AS process,
           CASE WHEN r.model_calls > 0
             THEN (SELECT min(s.name) FROM read_steps s WHERE s.run_id = r.id AND s.kind = 'model') ELSE 'script' END AS model,
           e.kind AS kind, count(*) AS runs, sum(r.ended_at IS NULL) AS open,
           sum(r.model_calls) AS modelCalls, sum(r.tool_calls) AS toolCalls,
           sum(r.input_tokens) AS inputTokens, sum(r.output_tokens) AS outputTokens, sum(r.cost_usd) AS costUsd,
           sum(coalesce(r.ended_at - r.started_at, 0)) AS lastedMs
         FROM read_runs r LEFT JOIN read_trigger_events e ON e.id = r.event_id
         WHERE r.id >= ? AND r.started_at >= ? AND r.started_at < ? ${of} GROUP BY 1, 2, 3, 4`,
      )
      .all(idsFrom('run', from - hourMs), from, to, ...(process === undefined ? [] : [process])) as SpentRow[];
    return rows.filter((row) => !this.#isElsewhere(row.process));
  }
}

/** US dollars that runs cost which began at a time (epoch ms) or later. */
export function spentSince(db: Database, since: number, isElsewhere: IsElsewhere = nowhere): number {
  const rows = db
    .prepare('SELECT process, sum(cost_usd) AS usd FROM read_runs WHERE id >= ? AND started_at >= ? GROUP BY process')
    .all(idsFrom('run', since - hourMs), since) as { process: string; usd: number }[];
  return rows.reduce((sum, { process, usd }) => (isElsewhere(process) ? sum : sum + usd), 0);
}
