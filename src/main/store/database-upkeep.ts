import { statSync, writeFileSync } from 'node:fs';
import { type Database, owedPath } from './database.ts';

/** The write-ahead log is emptied when it has grown to this size, whether or not anything is being written. */
export const mostLogBytes = 32 * 1024 * 1024;
const mostWrittenAnew = 64 * 1024 * 1024;
/** Pages given back to the disk at a time: some 4 MB, a few milliseconds. */
const pagesAtOnce = 1_000;

/** Keeps the files of a database small. Each call takes some milliseconds at most, and may be made while others write. */
export class DatabaseUpkeep {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get logBytes(): number {
    return this.#db.memory ? 0 : (statSync(`${this.#db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  }

  get freePages(): number {
    return Number(this.#db.pragma('freelist_count', { simple: true }));
  }

  /** Brings what is in the log into the database and empties the log; leaves it for later when somebody reads in it. */
  emptyLog(): void {
    if (this.#db.memory) return;
    this.#db.pragma('busy_timeout = 0');
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.pragma('busy_timeout = 5000');
    }
  }

  /**
   * Writes the database anew, so that nothing of what was deleted is left between the rows of its pages. For one of more
   * than 64 MB that takes seconds in which nobody else gets on: it is done when the database is opened next.
   */
  writeAnew(): boolean {
    const bytes =
      Number(this.#db.pragma('page_count', { simple: true })) * Number(this.#db.pragma('page_size', { simple: true }));
    if (bytes > mostWrittenAnew) {
      if (!this.#db.memory) writeFileSync(owedPath(this.#db.name), '', { mode: 0o600, flush: true });
      return false;
    }
    this.#db.exec('VACUUM');
    this.emptyLog();
    return true;
  }

  /** Gives pages that hold nothing back to the disk. Returns whether there are more. */
  giveBack(): boolean {
    if (this.freePages === 0) return false;
    this.#db.pragma(`incremental_vacuum(${pagesAtOnce})`);
    return this.freePages > 0;
  }
}
