import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { DatabaseMove, DatabaseView } from '../../../shared/operations/database-operations.ts';

/** Where a node keeps its journals, and how they get into a database that nodes share. */
export interface JournalPlace {
  view(): DatabaseView;
  /** @throws RuntimeError `DATABASE_UNREACHABLE`, `DATABASE_REFUSED`, `NAME_TAKEN`, `NOT_SUPPORTED`. */
  move(url: string): Promise<DatabaseMove>;
}

/** `place` is left out where a runtime is no node. */
export function databaseOperations(place?: JournalPlace): Pick<RuntimeApi, 'clusterDatabase' | 'moveToDatabase'> {
  const known = (): JournalPlace => {
    if (place) return place;
    throw new RuntimeError(
      'NOT_SUPPORTED',
      'This runtime is no node: whoever started it knows where its journals are.',
    );
  };
  return {
    clusterDatabase: async () => known().view(),
    moveToDatabase: ({ url }) => known().move(url),
  };
}
