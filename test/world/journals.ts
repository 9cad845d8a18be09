import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Snapshot, snapshotHash, snapshotToJson } from '../../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../../src/main/journal/journal.ts';
import { nodeDisk, type SegmentDisk } from '../../src/main/journal/jsonl/segment.ts';
import { JsonlJournal } from '../../src/main/journal/jsonl-journal.ts';
import { MemoryJournal } from '../../src/main/journal/memory-journal.ts';
import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { SqliteJournal } from '../../src/main/journal/sqlite-journal.ts';
import { type Clock, systemClock } from '../../src/main/lib/clock.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import type { EntryKind, NewEntry } from '../../src/shared/entries/journal-entries.ts';
import { postgresBin, postgresDatabase } from './postgres-server.ts';

export interface OpenedJournal {
  journal: Journal;
  /** Closes it and all it stands on. */
  close(): Promise<void>;
}

export interface JournalOptions {
  clock?: Clock;
  /** Small, so that a test sees several. */
  segmentBytes?: number;
  /** Batches with this text in them cannot be written. */
  poison?: string;
}

export interface JournalKind {
  readonly name: string;
  /** Whether another program, later, finds what was written. */
  readonly isKept: boolean;
  /** Whether a write can be made to fail. */
  readonly canFail: boolean;
  open(folder: string, options?: JournalOptions): Promise<OpenedJournal>;
}

const postgresKind: JournalKind = {
  name: 'postgres',
  isKept: true,
  canFail: true,
  async open(folder, { clock = systemClock, poison } = {}) {
    const postgres = await Postgres.open(await postgresDatabase(folder));
    const journal = await PostgresJournal.open(postgres, { node: 'n1', clock });
    await postgres.query('DROP TRIGGER IF EXISTS poisoned ON journal');
    if (poison !== undefined) {
      await postgres.query(`
        CREATE OR REPLACE FUNCTION poisoned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF strpos(NEW.body, '${poison}') > 0 THEN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER poisoned BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION poisoned()`);
    }
    return {
      journal,
      async close() {
        await journal.close();
        await postgres.close();
      },
    };
  },
};

export const journalKinds: readonly JournalKind[] = [
  {
    name: 'memory',
    isKept: false,
    canFail: false,
    async open(_folder, { clock = systemClock } = {}) {
      const journal = new MemoryJournal(clock);
      return { journal, close: () => journal.close() };
    },
  },
  {
    name: 'jsonl',
    isKept: true,
    canFail: true,
    async open(folder, { clock = systemClock, segmentBytes = 16 << 10, poison } = {}) {
      const disk = poison === undefined ? nodeDisk : poisonedDisk(poison);
      const journal = await JsonlJournal.open(join(folder, 'journal'), { clock, segmentBytes, disk });
      return { journal, close: () => journal.close() };
    },
  },
  {
    name: 'sqlite',
    isKept: true,
    canFail: true,
    async open(folder, { clock = systemClock, poison } = {}) {
      mkdirSync(folder, { recursive: true });
      const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
      db.exec('DROP TRIGGER IF EXISTS poisoned');
      if (poison !== undefined) {
        db.exec(
          `CREATE TRIGGER poisoned BEFORE INSERT ON journal WHEN instr(NEW.body, '${poison}') > 0
           BEGIN SELECT RAISE(ABORT, 'no space left'); END`,
        );
      }
      const journal = new SqliteJournal(db, undefined, clock);
      return {
        journal,
        async close() {
          await journal.close();
          db.close();
        },
      };
    },
  },
  ...(postgresBin ? [postgresKind] : []),
];

export const keptKinds = journalKinds.filter(({ isKept }) => isKept);

/** Those that lie in files of the node, which can be copied, put back and damaged. */
export const fileKinds = keptKinds.filter(({ name }) => name !== 'postgres');

/** A disk that is full as soon as the text is to be written; it writes half of it first. */
function poisonedDisk(poison: string): SegmentDisk {
  return {
    ...nodeDisk,
    write(fd, bytes, from, length, position) {
      if (!bytes.subarray(from, from + length).includes(poison))
        return nodeDisk.write(fd, bytes, from, length, position);
      nodeDisk.write(fd, bytes, from, length >> 1, position);
      throw diskFull();
    },
  };
}

export function diskFull(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

/** An entry that says `text`, of a kind that changes little. */
export function said(text: string, key?: string): NewEntry {
  return newEntry('context.set', { key: 'said', value: text, by: 'test' }, key);
}

/** A checkpoint of no state in particular: good for trimming, not for replay. */
export function checkpointed(): NewEntry {
  return newEntry('checkpoint', { snapshot: {}, hash: '' });
}

export function checkpointOf(snapshot: Snapshot): NewEntry {
  return newEntry('checkpoint', { snapshot: snapshotToJson(snapshot), hash: snapshotHash(snapshot) });
}

export function newEntry(kind: EntryKind, body: unknown, key?: string): NewEntry {
  return { kind, body, ...(key === undefined ? {} : { key }) } as NewEntry;
}

/** What the entries that `said` made say. */
export function sayings(entries: readonly { body: unknown }[]): unknown[] {
  return entries.map(({ body }) => (body as { value?: unknown }).value);
}
