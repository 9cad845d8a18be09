import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';

/**
 * `leaving`: this node is giving the process to another. `elsewhere`: it lives there. `here`: it was taken in. A process
 * of which nothing is noted was made here.
 */
export type Place = 'here' | 'leaving' | 'elsewhere';

export interface Home {
  readonly process: string;
  readonly place: Place;
  /** The other node: where it goes or lives, or came from. */
  readonly node: string | null;
  readonly epoch: number;
  readonly reason: string;
  /** Epoch ms. */
  readonly since: number;
}

/** Where processes live whose journal this node holds or held. Durable when a method returns. */
export class Homes {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #homes = new Map<string, Home>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    for (const home of db.prepare('SELECT process, place, node, epoch, reason, since FROM homes').all() as Home[])
      this.#homes.set(home.process, home);
  }

  of(process: string): Home | undefined {
    return this.#homes.get(process);
  }

  isElsewhere(process: string): boolean {
    return this.#homes.get(process)?.place === 'elsewhere';
  }

  all(): readonly Home[] {
    return [...this.#homes.values()];
  }

  note(process: string, place: Place, node: string | null, epoch: number, reason: string): void {
    const home = { process, place, node, epoch, reason, since: this.#clock.now() };
    this.#db
      .prepare('INSERT OR REPLACE INTO homes (process, place, node, epoch, reason, since) VALUES (?, ?, ?, ?, ?, ?)')
      .run(process, place, node, epoch, reason, home.since);
    this.#homes.set(process, home);
  }

  forget(process: string): void {
    this.#db.prepare('DELETE FROM homes WHERE process = ?').run(process);
    this.#homes.delete(process);
  }
}
