import type { Postgres, Query } from '../../store/postgres.ts';
import { migrateCluster } from '../../store/postgres-tables.ts';
import { recordOf } from '../leases/hub-store.ts';
import type { HeldLease, Holder, Lease, LeaseAnswer, LeaseList, Leases, LeaseWish } from '../leases/leases.ts';
import { LeaseDesk } from '../leases/leases-book.ts';
import { bookOf } from '../leases/leases-in-memory.ts';
import type { LeaseRecord } from '../leases/leases-rules.ts';

const channel = 'agent_runtime_leases';
export const pollMs = 1_000;
/** A node that was not heard of for as long is none that something can be given to. */
const presentMs = 20_000;
const serverNow = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/**
 * Leases in the database of the cluster, which every node asks by itself: no node is in the middle. A question locks the
 * rows it is about, reads the server's clock once it has them, and decides by the same rules as a hub. A new owner is
 * known to the journal in the same transaction, so the old one is refused from that moment on.
 */
export class PostgresLeases implements Leases {
  readonly #postgres: Postgres;

  private constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  /** Brings the tables up to date first. */
  static async open(postgres: Postgres): Promise<PostgresLeases> {
    await migrateCluster(postgres);
    return new PostgresLeases(postgres);
  }

  acquire(holder: Holder, wishes: readonly LeaseWish[]): Promise<LeaseAnswer[]> {
    return this.#work(
      wishes.map(({ process }) => process),
      (desk) => desk.acquire(holder, wishes),
    );
  }

  renew(holder: Holder, held: readonly HeldLease[]): Promise<LeaseAnswer[]> {
    return this.#work(
      held.map(({ process }) => process),
      (desk) => desk.renew(holder, held),
    );
  }

  release(holder: Holder, process: string, epoch: number, to?: string): Promise<boolean> {
    return this.#work([process], (desk) => desk.release(holder, process, epoch, to));
  }

  force(holder: Holder, wish: LeaseWish): Promise<Lease> {
    return this.#work([wish.process], (desk) => desk.force(holder, wish));
  }

  async evict(node: string): Promise<string[]> {
    const rows = await this.#postgres.query<{ process: string }>('SELECT process FROM leases WHERE owner = $1', [node]);
    return this.#work(
      rows.map(({ process }) => process),
      (desk) => desk.evict(node),
    );
  }

  forget(holder: Holder, process: string, epoch: number): Promise<boolean> {
    return this.#work([process], (desk) => desk.forget(holder, process, epoch));
  }

  async list(): Promise<LeaseList> {
    const rows = await this.#postgres.query(
      `SELECT *, ${serverNow} AS now FROM leases WHERE NOT forgotten ORDER BY process`,
    );
    const records = new Map(rows.map(readRecord));
    const now = rows[0]?.['now'] ?? (await this.#postgres.query(`SELECT ${serverNow} AS now`))[0]?.['now'];
    return new LeaseDesk(bookOf(records), Number(now)).list();
  }

  /** This node is here, since `now` where it is new (epoch ms), and people call it so. */
  async announce(node: string, name: string, now: number): Promise<void> {
    await this.#postgres.query(
      `INSERT INTO nodes AS n (node, name, seen_at, joined_at) VALUES ($1, $2, clock_timestamp(), $3)
       ON CONFLICT (node) DO UPDATE SET name = $2, seen_at = clock_timestamp(),
         joined_at = CASE n.joined_at WHEN 0 THEN $3 ELSE n.joined_at END`,
      [node, name, now],
    );
  }

  /** This node ends in order: it is none that something can be given to. */
  async depart(node: string): Promise<void> {
    await this.#postgres.query(
      `UPDATE nodes SET seen_at = least(seen_at, clock_timestamp() - interval '${presentMs} ms') WHERE node = $1`,
      [node],
    );
  }

  /** Names of the nodes that were here lately, by id. */
  async nodes(): Promise<Map<string, string>> {
    const rows = await this.#postgres.query<{ node: string; name: string }>(
      `SELECT node, name FROM nodes WHERE seen_at > clock_timestamp() - interval '${presentMs} ms'`,
    );
    return new Map(rows.map(({ node, name }) => [node, name]));
  }

  /**
   * Calls back when leases may have changed hands: at once where the server's word arrives, and every second in any
   * case, since some words are lost. Returns what undoes it.
   */
  watch(changed: () => void): () => void {
    const stop = this.#postgres.listen(channel, changed);
    const timer = setInterval(changed, pollMs);
    timer.unref();
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  #work<T>(processes: readonly string[], decide: (desk: LeaseDesk) => T): Promise<T> {
    const names = [...new Set(processes)];
    return this.#postgres.transaction(async (query) => {
      const [before, now] = await lock(query, names);
      const after = new Map(before);
      const result = decide(new LeaseDesk(bookOf(after), now));
      const changed = [...after.values()].filter((record) => before.get(record.process) !== record);
      if (changed.length > 0) await write(query, changed);
      const fenced = changed.filter(({ process, epoch }) => before.get(process)?.epoch !== epoch);
      if (fenced.length > 0) await fence(query, fenced);
      const moved = changed.some(({ process, owner }) => before.get(process)?.owner !== owner);
      if (moved) await query(`SELECT pg_notify('${channel}', '')`);
      return result;
    });
  }
}

/** The rows of these processes, which nobody else decides about until the transaction ends, and the time of the server. */
async function lock(query: Query, processes: readonly string[]): Promise<[Map<string, LeaseRecord>, number]> {
  // A process that has no row yet gets one that says so: what is not there cannot be locked.
  await query(
    `INSERT INTO leases (process, epoch, failover, renewed_at, expires_at, forgotten)
     SELECT name, 0, 'manual', 0, 0, true FROM unnest($1::text[]) AS name ORDER BY name ON CONFLICT DO NOTHING`,
    [processes],
  );
  // A journal that was brought here can know a higher epoch than any lease here.
  const rows = await query(
    `SELECT l.*, greatest(l.epoch, s.epoch) AS epoch FROM leases l
     LEFT JOIN streams s ON s.node = '' AND s.name = l.process
     WHERE l.process = ANY ($1) ORDER BY l.process FOR UPDATE OF l`,
    [processes],
  );
  const [time] = await query<{ now: number }>(`SELECT ${serverNow} AS now`);
  return [new Map(rows.map(readRecord)), time?.now ?? 0];
}

async function write(query: Query, records: readonly LeaseRecord[]): Promise<void> {
  const rows = records.map(({ head, ...record }) => ({
    ...record,
    headSeq: head?.seq ?? null,
    headHash: head?.hash ?? null,
  }));
  await query(
    `UPDATE leases l SET epoch = n.epoch, owner = n.owner, session = n.session, failover = n.failover,
       renewed_at = n."renewedAt", expires_at = n."expiresAt", reserved_for = n."reservedFor",
       head_seq = n."headSeq", head_hash = n."headHash", forgotten = n."isForgotten"
     FROM json_to_recordset($1) AS n(process text, epoch bigint, owner text, session text, failover text,
       "renewedAt" bigint, "expiresAt" bigint, "reservedFor" text, "headSeq" bigint, "headHash" text, "isForgotten" bool)
     WHERE l.process = n.process`,
    [JSON.stringify(rows)],
  );
}

/** The journal of a process takes no lower epoch from here on: the other half of the same transaction. */
async function fence(query: Query, records: readonly LeaseRecord[]): Promise<void> {
  const rows = JSON.stringify(records.map(({ process, epoch }) => ({ process, epoch })));
  await query(
    `INSERT INTO streams AS s (node, name, epoch)
     SELECT '', n.process, n.epoch FROM json_to_recordset($1) AS n(process text, epoch bigint) ORDER BY n.process
     ON CONFLICT (node, name) DO UPDATE SET epoch = greatest(s.epoch, excluded.epoch)`,
    [rows],
  );
}

function readRecord(row: Record<string, unknown>): [string, LeaseRecord] {
  const record = recordOf(row as Parameters<typeof recordOf>[0]);
  return [record.process, record];
}
