import type { Database } from '../../store/database.ts';
import { type Positions, positionsFromJson, positionsToJson } from '../crossing/positions.ts';

/**
 * Processes of this node that could not begin with the others when the program started, and how far everyone here had
 * come by then: what was told since is brought to them when they begin.
 */
export class Late {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Durable when it returns. Of one that was late before, and has not been brought what it missed, nothing changes. */
  note(processes: readonly string[], positions: Positions): void {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO late (process, positions) VALUES (?, ?)');
    const text = JSON.stringify(positionsToJson(positions));
    this.#db.transaction(() => {
      for (const process of processes) insert.run(process, text);
    })();
  }

  all(): string[] {
    return this.#db.prepare('SELECT process FROM late').pluck().all() as string[];
  }

  positionsOf(process: string): Positions | undefined {
    const text = this.#db.prepare('SELECT positions FROM late WHERE process = ?').pluck().get(process);
    return text === undefined ? undefined : positionsFromJson(JSON.parse(text as string));
  }

  drop(process: string): void {
    this.#db.prepare('DELETE FROM late WHERE process = ?').run(process);
  }
}
