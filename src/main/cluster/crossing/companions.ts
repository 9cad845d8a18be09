import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import type { Peers } from '../peers.ts';

interface Companion {
  node: string;
  joinedAt: number;
  backlogBytes: number;
}

/** The peers that may own processes, and since when they get what is published here. */
export class Companions {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #peers: Peers;
  readonly #known = new Map<string, Companion>();

  constructor(db: Database, clock: Clock, peers: Peers) {
    this.#db = db;
    this.#clock = clock;
    this.#peers = peers;
    const rows = db
      .prepare('SELECT node, joined_at AS joinedAt, backlog_bytes AS backlogBytes FROM companions')
      .all() as Companion[];
    for (const row of rows) this.#known.set(row.node, row);
  }

  /** Those there are now. One that was not known before gets what is published from now on. */
  list(): readonly Companion[] {
    const present: Companion[] = [];
    for (const { node, role } of this.#peers.list()) {
      if ((role !== 'member' && role !== 'hub') || node === this.#peers.self) continue;
      let companion = this.#known.get(node);
      if (!companion) {
        companion = { node, joinedAt: this.#clock.now(), backlogBytes: 0 };
        this.#db.prepare('INSERT INTO companions (node, joined_at) VALUES (?, ?)').run(node, companion.joinedAt);
        this.#known.set(node, companion);
      }
      present.push(companion);
    }
    return present;
  }

  /** Forgets those that were unpaired; says which. */
  prune(): string[] {
    const present = new Set(this.#peers.list().map(({ node }) => node));
    const gone = [...this.#known.keys()].filter((node) => !present.has(node));
    for (const node of gone) {
      this.#db.prepare('DELETE FROM companions WHERE node = ?').run(node);
      this.#known.delete(node);
    }
    return gone;
  }

  noteBacklog(node: string, bytes: number): void {
    const companion = this.#known.get(node);
    if (!companion || companion.backlogBytes === bytes) return;
    companion.backlogBytes = bytes;
    this.#db.prepare('UPDATE companions SET backlog_bytes = ? WHERE node = ?').run(bytes, node);
  }
}
