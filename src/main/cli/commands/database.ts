import type { Output } from '../../../shared/api.ts';
import { type Command, operationCommand, ownFlag } from '../command.ts';
import { UsageError } from '../terminal.ts';
import { printable } from '../text.ts';

const shown = (limit: number | null): string => (limit === null ? 'as many as the database takes' : String(limit));

/** Where journals are kept, and how they get into a database that nodes share. */
export const databaseCommands: Command[] = [
  operationCommand<'clusterDatabase', Output<'clusterDatabase'>>({
    name: 'cluster database',
    summary: 'Says where the journals of this node are, and how much its cluster can take.',
    operation: 'clusterDatabase',
    text: ({ engine, database, state, problem, limits }) =>
      printable(
        [
          database ? `${engine}, ${state === 'staged' ? `from the next start: ${database}` : database}` : engine,
          ...(problem ? [`the last start did not go on there: ${problem}`] : []),
          `nodes: ${shown(limits.nodes)}; processes: ${shown(limits.processes)}; events a second between nodes: ${shown(limits.eventsPerSecond)}`,
        ].join('\n'),
      ),
  }),
  {
    name: 'cluster migrate',
    summary: 'Copies the journals of this node into a PostgreSQL database that nodes share, and compares them.',
    args: [],
    flags: { to: ownFlag('url', 'text', 'Address of the database: postgres://user@host/name.') },
    async run(call) {
      const { url } = call.input;
      if (typeof url !== 'string') throw new UsageError('Say where to: --to postgres://user@host/name.');
      const moved = await call.node().moveToDatabase({ url });
      const { streams, entries, database } = moved;
      call.show(moved, () =>
        printable(
          `${streams} journals are in ${database} as they are here (${entries} entries were copied now).\nStart the node again: it brings what came meanwhile, and goes on there.`,
        ),
      );
      return undefined;
    },
  },
];
