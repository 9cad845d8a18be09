import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import { comparePositions, type Position, type Positions } from './positions.ts';

const flushEveryMs = 200;

/**
 * How far this node has come with each publisher, and each peer with the publishers here.
 *
 * Invariants:
 *   B1. A position is written down after everyone here has what it stands for. A lower one than the truth does no harm:
 *       what is sent again is known by its id.
 *   B2. Who asks for a lower position gets it at once and durably: what follows from it must not be forgotten.
 */
export class PositionBook {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #received = new Map<string, Position>();
  readonly #sent = new Map<string, Map<string, Position>>();
  readonly #dirty = new Set<string>();
  readonly #dirtySent = new Set<string>();
  #disarm: (() => void) | undefined;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    for (const [publisher, epoch, seq] of rows(db, 'SELECT publisher, epoch, seq FROM received'))
      this.#received.set(publisher, { epoch, seq });
    for (const [peer, publisher, epoch, seq] of db
      .prepare('SELECT peer, publisher, epoch, seq FROM sent')
      .raw()
      .all() as [string, string, number, number][])
      this.#of(peer).set(publisher, { epoch, seq });
  }

  received(publisher: string): Position | undefined {
    return this.#received.get(publisher);
  }

  get allReceived(): Positions {
    return this.#received;
  }

  reach(publisher: string, position: Position): void {
    this.#received.set(publisher, position);
    this.#dirty.add(publisher);
    this.#arm();
  }

  /**
   * Goes back to `positions` where this node is further, and to nothing with publishers that stand in none of them; says
   * with which. Durable when it returns.
   */
  lower(positions: Positions): string[] {
    const lowered: string[] = [];
    for (const [publisher, present] of this.#received) {
      const position = positions.get(publisher);
      if (position && comparePositions(present, position) <= 0) continue;
      if (position) this.#received.set(publisher, position);
      else this.#received.delete(publisher);
      this.#dirty.add(publisher);
      lowered.push(publisher);
    }
    if (lowered.length > 0) this.flush();
    return lowered;
  }

  sent(peer: string, publisher: string): Position | undefined {
    return this.#sent.get(peer)?.get(publisher);
  }

  noteSent(peer: string, publisher: string, position: Position): void {
    this.#of(peer).set(publisher, position);
    this.#dirtySent.add(`${peer}\n${publisher}`);
    this.#arm();
  }

  /** A peer that is gone holds nothing back. */
  forgetPeer(peer: string): void {
    this.#sent.delete(peer);
    this.#db.prepare('DELETE FROM sent WHERE peer = ?').run(peer);
  }

  flush(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#dirty.size === 0 && this.#dirtySent.size === 0) return;
    const received = this.#db.prepare('INSERT OR REPLACE INTO received (publisher, epoch, seq) VALUES (?, ?, ?)');
    const forget = this.#db.prepare('DELETE FROM received WHERE publisher = ?');
    const sent = this.#db.prepare('INSERT OR REPLACE INTO sent (peer, publisher, epoch, seq) VALUES (?, ?, ?, ?)');
    this.#db.transaction(() => {
      for (const publisher of this.#dirty) {
        const position = this.#received.get(publisher);
        if (position) received.run(publisher, position.epoch, position.seq);
        else forget.run(publisher);
      }
      for (const key of this.#dirtySent) {
        const [peer, publisher] = key.split('\n') as [string, string];
        const position = this.#sent.get(peer)?.get(publisher);
        if (position) sent.run(peer, publisher, position.epoch, position.seq);
      }
    })();
    this.#dirty.clear();
    this.#dirtySent.clear();
  }

  close(): void {
    this.flush();
  }

  #of(peer: string): Map<string, Position> {
    let positions = this.#sent.get(peer);
    if (!positions) this.#sent.set(peer, (positions = new Map()));
    return positions;
  }

  #arm(): void {
    this.#disarm ??= this.#clock.after(flushEveryMs, () => this.flush());
  }
}

function rows(db: Database, sql: string): [string, number, number][] {
  return db.prepare(sql).raw().all() as [string, number, number][];
}
