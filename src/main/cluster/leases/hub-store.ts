import { type Clock, systemClock } from '../../lib/clock.ts';
import { type Database, type Statement, storageError } from '../../store/database.ts';
import {
  type Failover,
  type HeldLease,
  type Holder,
  type Lease,
  type LeaseAnswer,
  type LeaseLimits,
  type LeaseList,
  type Leases,
  type LeaseWish,
  leaseMs,
} from './leases.ts';
import { type LeaseBook, LeaseDesk } from './leases-book.ts';
import type { LeaseRecord } from './leases-rules.ts';

/** What one SQLite file and one node in the middle are made for; who needs more moves to PostgreSQL. */
export const hubLimits = { nodes: 8, processes: 200, eventsPerSecond: 200 } as const;

type Row = {
  process: string;
  epoch: number;
  owner: string | null;
  session: string | null;
  failover: Failover;
  renewed_at: number;
  expires_at: number;
  reserved_for: string | null;
  head_seq: number | null;
  head_hash: string | null;
  forgotten: number;
};

/**
 * Leases in the hub's own database: one transaction for each question, all in this thread.
 *
 * Its clock never runs ahead of an owner's, since a lease that ends here before it ends there has two owners: it goes
 * on evenly from its start, whatever is done to the clock on the wall, and stands still while the machine sleeps. At a
 * start nobody knows how long the hub was gone, so every lease begins anew then.
 */
export class HubLeases implements Leases {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #limits: LeaseLimits;
  readonly #origin: number;
  readonly #book: LeaseBook;

  constructor(db: Database, clock: Clock = systemClock, limits: LeaseLimits = hubLimits) {
    this.#db = db;
    this.#clock = clock;
    this.#limits = { nodes: limits.nodes, processes: limits.processes };
    this.#book = bookIn(db);
    const newest = this.#book.all().reduce((latest, { renewedAt }) => Math.max(latest, renewedAt), 0);
    this.#origin = Math.max(clock.now(), newest) - clock.elapsed();
    this.#work(() => {
      for (const record of this.#book.all()) {
        if (record.owner) this.#book.put({ ...record, renewedAt: this.#now, expiresAt: this.#now + leaseMs });
      }
    });
  }

  async acquire(holder: Holder, wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]> {
    return this.#work((desk) => desk.acquire(holder, wishes));
  }

  async renew(holder: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]> {
    return this.#work((desk) => desk.renew(holder, held));
  }

  async release(holder: Holder, process: string, epoch: number, to?: string): Promise<boolean> {
    return this.#work((desk) => desk.release(holder, process, epoch, to));
  }

  async force(holder: Holder, wish: LeaseWish): Promise<Lease> {
    return this.#work((desk) => desk.force(holder, wish));
  }

  async evict(node: string): Promise<string[]> {
    return this.#work((desk) => desk.evict(node));
  }

  async forget(holder: Holder, process: string, epoch: number): Promise<boolean> {
    return this.#work((desk) => desk.forget(holder, process, epoch));
  }

  /** This node, `self`, becomes the hub of a cluster that nobody else is in yet. */
  beginAnew(self: string): void {
    this.#work((desk) => desk.beginAnew(self));
  }

  async list(): Promise<LeaseList> {
    return this.#work((desk) => desk.list());
  }

  get #now(): number {
    return Math.round(this.#origin + this.#clock.elapsed());
  }

  #work<T>(work: (desk: LeaseDesk) => T): T {
    try {
      return this.#db.transaction(() => work(new LeaseDesk(this.#book, this.#now, this.#limits))).immediate();
    } catch (thrown) {
      throw storageError(thrown, this.#db.name);
    }
  }
}

function bookIn(db: Database): LeaseBook {
  const one: Statement = db.prepare('SELECT * FROM leases WHERE process = ?');
  const all: Statement = db.prepare('SELECT * FROM leases ORDER BY process');
  const put: Statement = db.prepare(
    `INSERT OR REPLACE INTO leases (process, epoch, owner, session, failover, renewed_at, expires_at, reserved_for,
       head_seq, head_hash, forgotten) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    get(process) {
      const row = one.get(process) as Row | undefined;
      return row && recordOf(row);
    },
    put(record) {
      const { process, epoch, owner, session, failover, renewedAt, expiresAt, reservedFor, head, isForgotten } = record;
      const place = [head?.seq ?? null, head?.hash ?? null];
      put.run(
        process,
        epoch,
        owner,
        session,
        failover,
        renewedAt,
        expiresAt,
        reservedFor,
        ...place,
        Number(isForgotten),
      );
    },
    all: () => (all.all() as Row[]).map(recordOf),
  };
}

/** The same columns in every database. */
export function recordOf(row: Omit<Row, 'forgotten'> & { forgotten: number | boolean }): LeaseRecord {
  const { process, epoch, owner, session, failover, head_seq: seq, head_hash: hash } = row;
  return {
    process,
    epoch,
    owner,
    session,
    failover,
    renewedAt: row.renewed_at,
    expiresAt: row.expires_at,
    reservedFor: row.reserved_for,
    head: seq === null || hash === null ? null : { seq, hash },
    isForgotten: Boolean(row.forgotten),
  };
}
