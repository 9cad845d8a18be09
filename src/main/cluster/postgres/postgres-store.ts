import { asError, toWire } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { GraftableJournal, KeyedJournal } from '../../journal/grafting.ts';
import { PostgresJournal, type PostgresJournalOptions } from '../../journal/postgres-journal.ts';
import { FollowedModels } from '../../journal/tables/followed-models.ts';
import type { ReadModels } from '../../journal/tables/read-models.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import { Postgres } from '../../store/postgres.ts';
import type { Leases } from '../leases/leases.ts';
import { type DatabaseSetting, writeDatabaseSetting } from './database-setting.ts';
import { assertCopied, claimMoved, copyStreams } from './postgres-copy.ts';
import { PostgresLeases } from './postgres-leases.ts';

export interface PostgresStoreOptions {
  readonly setting: DatabaseSetting;
  readonly dataDir: string;
  /** This node, whose own streams are told from those of others by it. */
  readonly node: string;
  /** The node's own database: long-term memory, and the tables that screens list. */
  readonly database: Database;
  readonly models: ReadModels;
  /** The journal that the node had until now. */
  readonly former: KeyedJournal;
  /** Whether the tables outlast the program: then they show already what the former journal holds. */
  readonly areTablesKept: boolean;
  /** Processes of the former journal that live on other nodes now: they come with those. */
  readonly elsewhere: ReadonlySet<string>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: { [key: string]: Json }) => void;
  readonly clock?: Clock;
}

/** What a node stands on whose journals are in a database that it shares with others. */
export interface PostgresStore {
  readonly postgres: Postgres;
  readonly journal: PostgresJournal;
  readonly leases: PostgresLeases;
  /** The journal as the node's processes see it, with the tables beside it. */
  follow(lives: (process: string) => boolean): GraftableJournal;
  close(): Promise<void>;
}

const startWithinMs = 60_000;
const againMs = 1_000;

/**
 * Opens the database, and brings over what a staged move still lacks, before anything runs: so nothing can be written on
 * the old side meanwhile. A move that fails changes nothing: `undefined`, and the node goes on with what it had. A
 * database that is in use and away is waited for; without it there is nothing to run.
 *
 * @throws RuntimeError `DATABASE_UNREACHABLE`, `DATABASE_REFUSED`, `JOURNAL_TOO_NEW` where it is in use.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore | undefined> {
  const { setting, dataDir, log, node, clock = systemClock } = options;
  const isStaged = setting.state === 'staged';
  const connecting = () => connect(setting.url, { node, clock });
  const connected = await (isStaged ? connecting() : patiently(connecting, log)).catch((thrown: unknown) => {
    if (!isStaged) throw thrown;
    return asError(thrown);
  });
  if (connected instanceof Error) return notMoved(options, connected);
  const { postgres, journal, leases } = connected;
  const followed = new FollowedModels(options.database, options.models);
  try {
    if (isStaged) {
      const names = await bringOver(options, journal, leases);
      if (options.areTablesKept) for (const name of names) followed.note(name, await options.former.open(name));
      writeDatabaseSetting(dataDir, { ...setting, state: 'in use', since: clock.now(), problem: null });
      log('info', 'journals are in the database from now on', { database: postgres.name, streams: names.length });
    }
    return {
      postgres,
      journal,
      leases,
      follow: (lives) => followed.wrap(journal, lives),
      async close() {
        await journal.close();
        await postgres.close();
      },
    };
  } catch (thrown) {
    await postgres.close();
    if (!isStaged) throw thrown;
    return notMoved(options, thrown);
  }
}

async function bringOver(
  { former, elsewhere, node }: PostgresStoreOptions,
  journal: PostgresJournal,
  leases: Leases,
): Promise<string[]> {
  const names = (await former.processes()).filter((name) => !elsewhere.has(name));
  await claimMoved(leases, node, names);
  await copyStreams(former, journal, names);
  await assertCopied(former, journal, names);
  return names;
}

function notMoved({ setting, dataDir, log }: PostgresStoreOptions, thrown: unknown): undefined {
  const problem = asError(thrown).message;
  log('error', 'journals were not moved to the database; the node goes on with what it had', { reason: problem });
  writeDatabaseSetting(dataDir, { ...setting, problem });
  return undefined;
}

async function connect(url: string, options: PostgresJournalOptions) {
  const postgres = await Postgres.open(url);
  try {
    const journal = await PostgresJournal.open(postgres, options);
    return { postgres, journal, leases: await PostgresLeases.open(postgres) };
  } catch (thrown) {
    await postgres.close();
    throw thrown;
  }
}

/** Does what a start needs of a database, again and again while that is away, for a minute. */
export async function patiently<T>(work: () => Promise<T>, log: PostgresStoreOptions['log']): Promise<T> {
  for (const begun = performance.now(); ; ) {
    try {
      return await work();
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      if (code !== 'DATABASE_UNREACHABLE' || performance.now() - begun > startWithinMs) throw thrown;
      log('warn', 'the database is waited for', { reason: message });
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}
