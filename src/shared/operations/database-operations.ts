import { z } from 'zod';
import { none, operation } from './operation.ts';

export const DatabaseView = z.object({
  /** Where the journals of this node are. */
  engine: z.enum(['memory', 'sqlite', 'jsonl', 'postgres']),
  /** The server and its database, without a password; null: files of this node. */
  database: z.string().nullable(),
  /** `staged`: the next start goes on there. */
  state: z.enum(['own', 'staged', 'in use']),
  since: z.number().nullable().meta({ unit: 'epoch ms' }),
  /** Why the last start did not go on there; null otherwise. */
  problem: z.string().nullable(),
  /** What the arbiter takes; null: as much as its database does. */
  limits: z.object({
    nodes: z.number().nullable(),
    processes: z.number().nullable(),
    eventsPerSecond: z.number().nullable(),
  }),
});
export type DatabaseView = z.infer<typeof DatabaseView>;

export const DatabaseMove = z.object({
  database: z.string(),
  streams: z.int(),
  /** Copied now, and compared with what is here; the rest follows at the next start. */
  entries: z.int(),
  restartNeeded: z.literal(true),
});
export type DatabaseMove = z.infer<typeof DatabaseMove>;

/** Operations on the database that the nodes of a cluster share. */
export const databaseOperations = {
  clusterDatabase: operation(
    'GET /cluster/database',
    'read',
    'Where the journals of this node are kept, and how much its cluster can take.',
    none,
    DatabaseView,
  ),
  moveToDatabase: operation(
    'POST /cluster/database',
    'admin',
    'Copies the journals of this node into a PostgreSQL database that all nodes share, and compares them. The next start brings what came meanwhile and goes on there.',
    z.strictObject({
      url: z
        .string()
        .min(1)
        .max(2_000)
        .meta({ title: 'Address', examples: ['postgres://agents@db.example.com/agents'], widget: 'secret' }),
    }),
    DatabaseMove,
    202,
  ),
};
