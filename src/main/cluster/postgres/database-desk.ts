import { RuntimeError } from '../../../shared/errors.ts';
import type { DatabaseMove, DatabaseView } from '../../../shared/operations/database-operations.ts';
import type { KeyedJournal } from '../../journal/grafting.ts';
import type { Journal } from '../../journal/journal.ts';
import { PostgresJournal } from '../../journal/postgres-journal.ts';
import type { Clock } from '../../lib/clock.ts';
import { databaseName, Postgres } from '../../store/postgres.ts';
import { hubLimits } from '../leases/hub-store.ts';
import { readDatabaseSetting, writeDatabaseSetting } from './database-setting.ts';
import { assertCopied, assertSamePast, claimMoved, copyStreams } from './postgres-copy.ts';
import { PostgresLeases } from './postgres-leases.ts';

export interface DatabaseDeskOptions {
  readonly dataDir: string;
  readonly node: string;
  readonly clock: Clock;
  readonly journal: Journal;
  /** The journal that can be moved; left out: it is in a shared database already. */
  readonly own?: KeyedJournal;
  /** Processes of the own journal that live on other nodes now: they come with those. */
  readonly elsewhere: () => ReadonlySet<string>;
}

const unlimited = { nodes: null, processes: null, eventsPerSecond: null };

/** Tells where the journals of a node are, and moves them. */
export class DatabaseDesk {
  readonly #options: DatabaseDeskOptions;
  #moving: Promise<DatabaseMove> | undefined;

  constructor(options: DatabaseDeskOptions) {
    this.#options = options;
  }

  view(): DatabaseView {
    const { journal, dataDir } = this.#options;
    const setting = readDatabaseSetting(dataDir);
    const isShared = journal.kind === 'postgres';
    return {
      engine: journal.kind,
      database: setting ? databaseName(setting.url) : null,
      state: setting?.state ?? 'own',
      since: setting?.since ?? null,
      problem: setting?.problem ?? null,
      limits: isShared ? unlimited : hubLimits,
    };
  }

  move(url: string): Promise<DatabaseMove> {
    this.#moving ??= this.#move(url).finally(() => {
      this.#moving = undefined;
    });
    return this.#moving;
  }

  async #move(url: string): Promise<DatabaseMove> {
    const { own, node, dataDir, clock } = this.#options;
    if (!own) throw new RuntimeError('NOT_SUPPORTED', 'The journals of this node are in a shared database already.');
    const postgres = await Postgres.open(url);
    try {
      const elsewhere = this.#options.elsewhere();
      const streams = (await own.processes()).filter((name) => !elsewhere.has(name));
      const before = await PostgresJournal.open(postgres, { node });
      for (const stream of streams) await assertSamePast(own, before, stream);
      await claimMoved(await PostgresLeases.open(postgres), node, streams);
      // One that has not seen how things stood before the leases were taken.
      const journal = await PostgresJournal.open(postgres, { node });
      const { entries } = await copyStreams(own, journal, streams);
      await assertCopied(own, journal, streams, true);
      writeDatabaseSetting(dataDir, { url, state: 'staged', since: clock.now(), problem: null });
      return { database: postgres.name, streams: streams.length, entries, restartNeeded: true };
    } finally {
      await postgres.close();
    }
  }
}
