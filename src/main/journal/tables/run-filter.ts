import { idsFrom } from '../../../shared/ids.ts';

const hourMs = 3_600_000;

/** Which runs are meant; what is left out says nothing. */
export interface RunFilter {
  process?: string | undefined;
  state?: string | undefined;
  trigger?: string | undefined;
  /** Every word stands in its id, agent, trigger, error, outcome or note. */
  text?: string | undefined;
  minCostUsd?: number | undefined;
  minMs?: number | undefined;
  maxMs?: number | undefined;
  /** Hashes of definitions. */
  definitions?: readonly string[] | undefined;
  noted?: boolean | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

export interface Condition {
  sql: string;
  values: (string | number)[];
}

/** What a row of `read_runs` must be. A run that has not ended lasts until `now`. */
export function runConditions(filter: RunFilter, now: number): Condition[] {
  const { process, state, trigger, text, minCostUsd, minMs, maxMs, definitions, noted, from, to } = filter;
  const found: Condition[] = [];
  const add = (sql: string, ...values: (string | number)[]) => found.push({ sql, values });
  const oneOf = (column: string, values: readonly string[]) =>
    add(`${column} IN (${values.map(() => '?').join(', ')})`, ...values);
  if (process !== undefined) add('process = ?', process);
  if (state !== undefined) oneOf('state', state.split(','));
  if (trigger !== undefined) add('trigger_id = ?', trigger);
  for (const word of text?.split(/\s+/).filter(Boolean) ?? []) {
    const like = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
    const columns = ['id', 'process', 'trigger_id', 'error_code', 'gist', 'note'];
    add(
      `(${columns.map((column) => `coalesce(${column}, '') LIKE ? ESCAPE '\\'`).join(' OR ')})`,
      ...columns.map(() => like),
    );
  }
  if (minCostUsd !== undefined) add('cost_usd >= ?', minCostUsd);
  if (minMs !== undefined) add('coalesce(ended_at, ?) - started_at >= ?', now, minMs);
  if (maxMs !== undefined) add('coalesce(ended_at, ?) - started_at <= ?', now, maxMs);
  if (definitions !== undefined) oneOf('definition', definitions);
  if (noted !== undefined) add(noted ? 'note IS NOT NULL' : 'note IS NULL');
  // Ids are in the order of their times, and there is an index for them.
  if (from !== undefined) add('id >= ? AND started_at >= ?', idsFrom('run', from - hourMs), from);
  if (to !== undefined) add('started_at < ?', to);
  return found;
}
