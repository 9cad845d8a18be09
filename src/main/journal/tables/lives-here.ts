import type { Database } from '../../store/database.ts';
import type { Condition } from './run-filter.ts';

/** Whether a process lives on another node now: what became of it is shown and counted there. */
export type IsElsewhere = (process: string) => boolean;

/** What a row must be to be shown on this node. `column` names its process; nothing where none can live elsewhere. */
export function livesHere(db: Database, isElsewhere: IsElsewhere | undefined, column = 'process'): Condition[] {
  if (!isElsewhere) return [];
  db.function('lives_elsewhere', (process) => Number(isElsewhere(String(process))));
  return [{ sql: `NOT lives_elsewhere(${column})`, values: [] }];
}
