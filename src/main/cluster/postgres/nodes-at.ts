import type { Postgres } from '../../store/postgres.ts';

/** A node at a shared database. */
export interface DatabaseNode {
  readonly node: string;
  readonly name: string;
  /** Since when it gets what is published, by its own clock (epoch ms). */
  readonly joinedAt: number;
}

/** Those that were there within the hour, and those that own something, however long they have been away. */
export function nodesAt(postgres: Postgres): Promise<DatabaseNode[]> {
  return postgres.query<DatabaseNode & Record<string, unknown>>(
    `SELECT node, name, joined_at AS "joinedAt" FROM nodes n
     WHERE seen_at > clock_timestamp() - interval '1 hour'
       OR EXISTS (SELECT FROM leases l WHERE l.owner = n.node AND NOT l.forgotten)
     ORDER BY node`,
  );
}
