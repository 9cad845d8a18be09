import type { Json } from '../../../shared/json.ts';
import type { Database } from '../../store/database.ts';

/** Single facts that outlast the program. */
export class SettingsTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(name: string): Json | undefined {
    const text = this.#db.prepare('SELECT value FROM settings WHERE name = ?').pluck().get(name) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  }

  set(name: string, value: Json): void {
    this.#db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(name, JSON.stringify(value));
  }
}
