import { join } from 'node:path';
import { HubLeases } from '../src/main/cluster/leases/hub-store.ts';
import type { Leases, LeaseWish } from '../src/main/cluster/leases/leases.ts';
import { LeasesInMemory } from '../src/main/cluster/leases/leases-in-memory.ts';
import { PostgresLeases } from '../src/main/cluster/postgres/postgres-leases.ts';
import type { Journal } from '../src/main/journal/journal.ts';
import { MemoryJournal } from '../src/main/journal/memory-journal.ts';
import { PostgresJournal } from '../src/main/journal/postgres-journal.ts';
import { SqliteJournal } from '../src/main/journal/sqlite-journal.ts';
import { openDatabase } from '../src/main/store/database.ts';
import { runtimeMigrations } from '../src/main/store/migrations.ts';
import { Postgres } from '../src/main/store/postgres.ts';
import { PostgresServer, postgresBin } from '../test/world/postgres-server.ts';
import { benchFolder } from './child.ts';

/**
 * What ownership costs: leases granted one by one, 200 of them renewed with one question, and appends that carry an epoch
 * and are checked against it, beside the same appends without one and a bare INSERT of the same text.
 * Run: node bench/leases.ts
 */
const grants = 100;
const renewals = 10;
const held = 200;
const appends = 100;
const inMemory = 20_000;
const rounds = 8;
const text = 'x'.repeat(300);

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (count / (performance.now() - start)) * 1_000;
}

async function leaseFigures(leases: Leases): Promise<{ grants: number; renewals: number }> {
  const holder = { node: 'n', session: 's' };
  const wish = (n: number): LeaseWish => ({ process: `p${n}`, failover: 'auto' });
  const granted = await perSecond(grants, async () => {
    for (let n = 0; n < grants; n++) await leases.acquire(holder, [wish(n)]);
  });
  const batch = Array.from({ length: held }, (_, n) => ({ ...wish(n), epoch: 1 }));
  const renewed = await perSecond(renewals * held, async () => {
    for (let n = 0; n < renewals; n++) await leases.renew(holder, batch);
  });
  return { grants: granted, renewals: renewed };
}

type Cost = Record<'plain' | 'fenced' | 'bare', number> & {
  /** Processor time with an epoch against without; unlike rates it holds on a machine that is busy with other things. */
  cpu: number;
};

/** Appends to a stream that knows an epoch, to one that knows none, and bare ones, by turns: the best of each. */
async function fenced(journal: Journal, count: number, bare?: () => Promise<unknown>): Promise<Cost> {
  await journal.open('plain');
  await journal.fence('fenced', 7);
  const best = { plain: 0, fenced: 0, bare: 0 };
  const cpuUs = { plain: Number.POSITIVE_INFINITY, fenced: Number.POSITIVE_INFINITY, bare: 0 };
  const append = (process: 'plain' | 'fenced') => {
    const entries = [{ kind: 'context.set', body: { key: 'k', value: text, by: 'bench' } } as const];
    const epoch = process === 'fenced' ? 7 : 0;
    return journal.append({ process, commit: 'bench', epoch, entries }).durable;
  };
  for (let round = 0; round < rounds; round++) {
    for (const kind of bare ? (['plain', 'fenced', 'bare'] as const) : (['plain', 'fenced'] as const)) {
      const before = process.cpuUsage();
      const rate = await perSecond(count, async () => {
        for (let n = 0; n < count; n++) await (kind === 'bare' ? bare?.() : append(kind));
      });
      const { user, system } = process.cpuUsage(before);
      best[kind] = Math.max(best[kind], rate);
      cpuUs[kind] = Math.min(cpuUs[kind], (user + system) / count);
    }
  }
  return { ...best, cpu: cpuUs.fenced / cpuUs.plain };
}

const table: Record<string, string>[] = [];
const round = (rate: number) => Math.round(rate).toLocaleString('en');

async function show(name: string, leases: Leases, cost: Cost): Promise<void> {
  const figures = await leaseFigures(leases);
  table.push({
    arbiter: name,
    'grants /s': round(figures.grants),
    'renewals /s, 200 at a time': round(figures.renewals),
    'appends /s': round(cost.plain),
    'with an epoch: CPU': `${cost.cpu.toFixed(2)}×`,
    'against a bare INSERT': cost.bare > 0 ? `${(cost.plain / cost.bare).toFixed(2)}×` : '',
  });
}

const folder = benchFolder();
try {
  // No disk: what an epoch costs by itself.
  await show('memory', new LeasesInMemory(), await fenced(new MemoryJournal(), inMemory));
  const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
  db.exec('CREATE TABLE floor (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO floor (body) VALUES (?)');
  const hub = new HubLeases(db, undefined, { nodes: null, processes: null });
  await show('hub (SQLite)', hub, await fenced(new SqliteJournal(db), appends, async () => insert.run(text)));
  db.close();
  if (postgresBin) {
    const server = await PostgresServer.open();
    const postgres = await Postgres.open(server.url());
    const journal = await PostgresJournal.open(postgres, { node: 'n' });
    await postgres.query('CREATE TABLE floor (seq bigserial PRIMARY KEY, body text NOT NULL)');
    const bare = () => postgres.query('INSERT INTO floor (body) VALUES ($1)', [text]);
    await show('PostgreSQL', await PostgresLeases.open(postgres), await fenced(journal, appends, bare));
    await postgres.close();
    await server.close();
  }
  console.table(table);
} finally {
}
