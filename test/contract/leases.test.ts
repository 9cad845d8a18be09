import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { arbitrate } from '../../src/main/cluster/leases/arbiter.ts';
import { HubLeases } from '../../src/main/cluster/leases/hub-store.ts';
import {
  eagerAfterMs,
  type Failover,
  type Holder,
  type LeaseAnswer,
  type LeaseLimits,
  type Leases,
  leaseMs,
  reservedMs,
  takeOverMarginMs,
} from '../../src/main/cluster/leases/leases.ts';
import { unlimited } from '../../src/main/cluster/leases/leases-book.ts';
import { LeasesInMemory } from '../../src/main/cluster/leases/leases-in-memory.ts';
import { LeasesOfHub } from '../../src/main/cluster/leases/leases-questions.ts';
import type { Peers } from '../../src/main/cluster/peers.ts';
import { PostgresLeases } from '../../src/main/cluster/postgres/postgres-leases.ts';
import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { HandClock } from '../world/hand-clock.ts';
import { said, sayings } from '../world/journals.ts';
import { PeerNetwork } from '../world/peer-network.ts';
import { postgresBin, postgresDatabase } from '../world/postgres-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

/** One arbiter as several nodes see it. */
interface Cluster {
  leases(node: string): Leases;
  /** Lets time pass at the arbiter. */
  pass(ms: number): Promise<void>;
}

interface Kind {
  name: string;
  limits: boolean;
  open(limits?: LeaseLimits): Promise<Cluster>;
}

const kinds: Kind[] = [
  {
    name: 'an arbiter in memory',
    limits: true,
    async open(limits = unlimited) {
      const clock = new HandClock();
      const leases = new LeasesInMemory(clock, limits);
      return { leases: () => leases, pass: (ms) => clock.advance(ms) };
    },
  },
  {
    name: 'a hub',
    limits: true,
    async open(limits = unlimited) {
      const clock = new HandClock();
      const leases = hub(clock, limits);
      return { leases: () => leases, pass: (ms) => clock.advance(ms) };
    },
  },
  {
    name: 'a hub, asked by other nodes',
    limits: true,
    async open(limits = unlimited) {
      const clock = new HandClock();
      const network = new PeerNetwork({ clock });
      const nodes = new Map([['hub', network.join('hub')]]);
      arbitrate(network.node('hub'), hub(clock, limits));
      return {
        leases(node) {
          const peers = nodes.get(node) ?? network.join(node, { role: 'hub' });
          nodes.set(node, peers);
          return new LeasesOfHub(peers, () => 'hub');
        },
        pass: (ms) => clock.advance(ms),
      };
    },
  },
  ...(postgresBin ? [postgres()] : []),
];

/** Its clock is the server's: time passes there by making what is stored older. */
function postgres(): Kind {
  return {
    name: 'a PostgreSQL server',
    limits: false,
    async open() {
      const url = await postgresDatabase(scratchFolder());
      const open = async (): Promise<Postgres> => {
        const connection = await Postgres.open(url);
        onTestFinished(() => connection.close());
        return connection;
      };
      const admin = await open();
      const of = new Map<string, Leases>();
      for (const node of ['a', 'b', 'c', 'hub']) of.set(node, await PostgresLeases.open(await open()));
      return {
        leases: (node) => of.get(node) ?? (of.get('abc'.charAt(node.length % 3)) as Leases),
        async pass(ms) {
          await admin.query('UPDATE leases SET renewed_at = renewed_at - $1, expires_at = expires_at - $1', [ms]);
        },
      };
    },
  };
}

function hub(clock: HandClock, limits: LeaseLimits, path = join(scratchFolder(), 'runtime.db')): HubLeases {
  const db = openDatabase(path, runtimeMigrations);
  onTestFinished(() => void db.close());
  return new HubLeases(db, clock, limits);
}

const at = (node: string, session = `${node}-1`): Holder => ({ node, session });
const wish = (process: string, failover: Failover = 'manual') => ({ process, failover });
const granted = (answers: LeaseAnswer[]) => answers.map((answer) => answer.granted);

async function take(leases: Leases, node: string, process: string, failover: Failover = 'manual') {
  const [answer] = await leases.acquire(at(node), [wish(process, failover)]);
  return answer as LeaseAnswer;
}

describe.each(kinds)('$name', (kind) => {
  test('gives a free process to the first who asks, and to nobody else while it is held', async () => {
    const { leases } = await kind.open();
    expect(await take(leases('a'), 'a', 'p')).toMatchObject({
      granted: true,
      lease: { process: 'p', epoch: 1, owner: 'a', failover: 'manual', freeAt: null, head: null },
    });
    expect(await take(leases('b'), 'b', 'p')).toMatchObject({
      granted: false,
      refusal: 'held',
      lease: { owner: 'a', epoch: 1 },
    });
    expect(await take(leases('b'), 'b', 'q')).toMatchObject({ granted: true, lease: { owner: 'b', epoch: 1 } });
  });

  test('has one winner among 64 who race for a lease, a new one and one whose owner is gone', async () => {
    const { leases, pass } = await kind.open();
    for (const epoch of [1, 2]) {
      const nodes = Array.from({ length: 64 }, (_, index) => `n${epoch}-${index}`);
      const answers = await Promise.all(nodes.map((node) => take(leases(node), node, 'p', 'auto')));
      expect(granted(answers).filter(Boolean)).toHaveLength(1);
      expect(answers.find((answer) => answer.granted)?.lease?.epoch).toBe(epoch);
      await pass(leaseMs + takeOverMarginMs);
    }
  });

  test('renews all that a node has with one question, and says what it has no more', async () => {
    const { leases, pass } = await kind.open();
    await leases('a').acquire(at('a'), [wish('p'), wish('q', 'auto'), wish('r')]);
    await leases('b').force(at('b'), wish('r'));
    await pass(10_000);
    const head = { seq: 7, hash: 'h7' };
    const answers = await leases('a').renew(at('a'), [
      { ...wish('p'), epoch: 1, head },
      { ...wish('q', 'auto'), epoch: 1 },
      { ...wish('r'), epoch: 1 },
      { ...wish('never'), epoch: 1 },
    ]);
    expect(answers).toMatchObject([
      { granted: true, lease: { head } },
      { granted: true },
      { granted: false, refusal: 'stale', lease: { owner: 'b', epoch: 2 } },
      { granted: false, refusal: 'unknown', lease: null },
    ]);
    await pass(10_000);
    expect((await take(leases('b'), 'b', 'q', 'auto')).granted, 'renewed 10 s ago').toBe(false);
    expect((await leases('b').list()).leases.find(({ process }) => process === 'p')?.head).toEqual(head);
  });

  test('renews a lease that ended when nobody took it', async () => {
    const { leases, pass } = await kind.open();
    await take(leases('a'), 'a', 'p', 'auto');
    await pass(3_600_000);
    expect(granted(await leases('a').renew(at('a'), [{ ...wish('p', 'auto'), epoch: 1 }]))).toEqual([true]);
    expect((await take(leases('b'), 'b', 'p', 'auto')).granted).toBe(false);
  });

  test.each([
    ['auto', leaseMs + takeOverMarginMs],
    ['eager', eagerAfterMs],
  ] as const)('gives an %s process to another node when its owner is late enough', async (failover, ms) => {
    const { leases, pass } = await kind.open();
    await take(leases('a'), 'a', 'p', failover);
    await pass(ms - 2_000);
    expect((await take(leases('b'), 'b', 'p', failover)).granted).toBe(false);
    await pass(2_000);
    expect(await take(leases('b'), 'b', 'p', failover)).toMatchObject({
      granted: true,
      lease: { owner: 'b', epoch: 2 },
    });
    expect(await leases('a').renew(at('a'), [{ ...wish('p', failover), epoch: 1 }])).toMatchObject([
      { granted: false, refusal: 'stale' },
    ]);
  });

  test('leaves a manual process where it is, however long it is silent, until a person takes it', async () => {
    const { leases, pass } = await kind.open();
    await take(leases('a'), 'a', 'p', 'manual');
    await pass(30 * 24 * 3_600_000);
    expect((await take(leases('b'), 'b', 'p', 'manual')).granted).toBe(false);
    expect(await leases('b').force(at('b'), wish('p'))).toMatchObject({ owner: 'b', epoch: 2 });
    expect(await leases('b').force(at('b'), wish('p')), 'asked again').toMatchObject({ owner: 'b', epoch: 2 });
    expect(await leases('a').release(at('a'), 'p', 1), 'no longer its to give').toBe(false);
  });

  test('follows the policy that the owner last told', async () => {
    const { leases, pass } = await kind.open();
    await take(leases('a'), 'a', 'p', 'manual');
    await leases('a').renew(at('a'), [{ ...wish('p', 'auto'), epoch: 1 }]);
    await pass(leaseMs + takeOverMarginMs);
    expect((await take(leases('b'), 'b', 'p', 'auto')).granted).toBe(true);
  });

  test('gives a released process to the node it was released for, and later to anyone', async () => {
    const { leases, pass } = await kind.open();
    await take(leases('a'), 'a', 'p');
    await take(leases('a'), 'a', 'q');
    expect(await leases('a').release(at('a'), 'p', 1, 'b')).toBe(true);
    expect(await leases('a').release(at('a'), 'p', 1, 'b'), 'asked again').toBe(true);
    expect(await leases('a').release(at('a'), 'q', 1)).toBe(true);
    expect(await take(leases('c'), 'c', 'p')).toMatchObject({
      granted: false,
      refusal: 'held',
      lease: { owner: null, reservedFor: 'b' },
    });
    expect(await take(leases('b'), 'b', 'p')).toMatchObject({ granted: true, lease: { epoch: 2, reservedFor: null } });
    expect(await take(leases('c'), 'c', 'q')).toMatchObject({ granted: true, lease: { epoch: 2 } });
    await leases('b').release(at('b'), 'p', 2, 'a');
    await pass(reservedMs);
    expect(await take(leases('c'), 'c', 'p')).toMatchObject({ granted: true, lease: { epoch: 3 } });
  });

  test('gives what a node had to its next start, with an epoch of its own', async () => {
    const { leases } = await kind.open();
    await take(leases('a'), 'a', 'p');
    const [again] = await leases('a').acquire(at('a', 'a-2'), [wish('p')]);
    expect(again).toMatchObject({ granted: true, lease: { epoch: 2, session: 'a-2' } });
    const [late] = await leases('a').renew(at('a'), [{ ...wish('p'), epoch: 1 }]);
    expect(late).toMatchObject({ granted: false, refusal: 'stale' });
    expect(await leases('a').release(at('a'), 'p', 2), 'of the start before').toBe(false);
  });

  test('answers the same when it is asked again', async () => {
    const { leases } = await kind.open();
    const first = await take(leases('a'), 'a', 'p');
    const second = await take(leases('a'), 'a', 'p');
    expect(second).toMatchObject({ granted: true, lease: { epoch: first.lease?.epoch } });
  });

  test('takes all from a node that is no longer trusted, and fences what it had', async () => {
    const { leases } = await kind.open();
    await leases('a').acquire(at('a'), [wish('p'), wish('q')]);
    await take(leases('b'), 'b', 'r');
    expect((await leases('hub').evict('a')).sort()).toEqual(['p', 'q']);
    expect(granted(await leases('a').renew(at('a'), [{ ...wish('p'), epoch: 1 }]))).toEqual([false]);
    expect(await take(leases('b'), 'b', 'p')).toMatchObject({ granted: true, lease: { epoch: 3 } });
  });

  test('forgets a deleted process but not its epoch', async () => {
    const { leases } = await kind.open();
    await take(leases('a'), 'a', 'p');
    expect(await leases('b').forget(at('b'), 'p', 1), 'not its own').toBe(false);
    expect(await leases('a').forget(at('a'), 'p', 1)).toBe(true);
    expect(await leases('a').forget(at('a'), 'p', 1), 'asked again').toBe(true);
    expect((await leases('a').list()).leases).toEqual([]);
    expect(await take(leases('b'), 'b', 'p')).toMatchObject({ granted: true, lease: { epoch: 2 } });
  });
});

describe.each(kinds.filter(({ limits }) => limits))('$name with limits', (kind) => {
  test('takes no more processes and no more nodes than it is made for, and shows how many', async () => {
    const { leases } = await kind.open({ nodes: 2, processes: 3 });
    expect(
      granted(
        await leases('a').acquire(
          at('a'),
          ['p', 'q'].map((name) => wish(name)),
        ),
      ),
    ).toEqual([true, true]);
    await take(leases('b'), 'b', 'r');
    expect(await take(leases('b'), 'b', 's')).toMatchObject({ granted: false, refusal: 'limit', lease: null });
    await leases('a').forget(at('a'), 'p', 1);
    expect(await take(leases('c'), 'c', 's'), 'a third node').toMatchObject({ granted: false, refusal: 'limit' });
    expect((await take(leases('b'), 'b', 's')).granted).toBe(true);
    expect((await leases('a').list()).limits).toEqual({ nodes: 2, processes: 3 });
  });
});

describe.skipIf(!postgresBin)('a PostgreSQL server with a new owner of a process', () => {
  test('takes nothing from the old one, which has not heard of it: 10,000 attempts, and as it happens to a journal', async () => {
    const connection = await Postgres.open(await postgresDatabase(scratchFolder()));
    onTestFinished(() => connection.close());
    const leases = await PostgresLeases.open(connection);
    const journal = await PostgresJournal.open(connection, { node: 'a' });
    const { lease } = await take(leases, 'a', 'p', 'auto');
    await journal.open('p');
    const append = (text: string) =>
      journal.append({ process: 'p', commit: 'say', epoch: lease?.epoch ?? 0, entries: [said(text)] }).durable;
    await append('mine');
    await leases.force(at('b'), wish('p', 'auto'));
    await expect(append('late')).rejects.toMatchObject({ code: 'STALE_EPOCH', details: { epoch: 1, known: 2 } });
    const { seq, hash } = await journal.open('p');
    const entry = { seq: seq + 1, at: 0, kind: 'context.set', commit: 'say', epoch: 1, body: '{}', hash: 'h' };
    const range = { first: seq + 1, last: seq + 1, previous: hash, hash: 'h', checkpoint: null };
    const batch = { process: 'p', epoch: 1, turn: 0, ...range, entries: [entry], keys: [] };
    await connection.query(`CREATE FUNCTION attempts(batch json) RETURNS TABLE (accepted int, fenced int) LANGUAGE plpgsql AS $$
      BEGIN
        accepted := 0; fenced := 0;
        FOR n IN 1..10000 LOOP
          BEGIN
            PERFORM append_batches('', json_build_array(batch));
            accepted := accepted + 1;
          EXCEPTION WHEN SQLSTATE 'AR001' THEN fenced := fenced + 1;
          END;
        END LOOP;
        RETURN NEXT;
      END $$`);
    const [count] = await connection.query('SELECT * FROM attempts($1)', [JSON.stringify(batch)]);
    expect(count).toEqual({ accepted: 0, fenced: 10_000 });
    expect(sayings(await journal.read('p'))).toEqual(['mine']);
    // The same from the new owner is taken.
    await connection.query('SELECT append_batches($1, $2)', ['', JSON.stringify([{ ...batch, epoch: 2 }])]);
    expect(await journal.read('p')).toHaveLength(2);
  });

  test('says so to nodes that listen, and to all others within a second', async () => {
    const url = await postgresDatabase(scratchFolder());
    const [one, two] = [await Postgres.open(url), await Postgres.open(url)];
    const [here, there] = [await PostgresLeases.open(one), await PostgresLeases.open(two)];
    let told = 0;
    const stop = there.watch(() => told++);
    onTestFinished(async () => {
      stop();
      await one.close();
      await two.close();
    });
    await until(() => told > 0);
    const before = told;
    const begun = performance.now();
    await until(async () => {
      await take(here, 'a', `p${told}-${performance.now()}`);
      return told > before + 1;
    });
    expect(performance.now() - begun, 'sooner than two looks').toBeLessThan(2_000);
  });
});

test('a hub that is started again gives every owner a whole lease, whatever the clock on the wall says now', async () => {
  const path = join(scratchFolder(), 'runtime.db');
  const clock = new HandClock();
  await take(hub(clock, unlimited, path), 'a', 'p', 'auto');
  const jumped = new HandClock(clock.now() + 3_600_000);
  const again = hub(jumped, unlimited, path);
  await jumped.advance(leaseMs);
  expect((await take(again, 'b', 'p', 'auto')).granted).toBe(false);
  await jumped.advance(takeOverMarginMs);
  expect((await take(again, 'b', 'p', 'auto')).granted).toBe(true);
});

test('a hub lets no lease end because somebody sets its clock', async () => {
  const clock = new HandClock();
  const leases = hub(clock, unlimited);
  await take(leases, 'a', 'p', 'auto');
  clock.jump(24 * 3_600_000);
  expect((await take(leases, 'b', 'p', 'auto')).granted).toBe(false);
});

test('a hub is asked by members only, in their own name, and with sound questions', async () => {
  const network = new PeerNetwork();
  arbitrate(network.join('hub'), new LeasesInMemory());
  const member = network.join('member');
  const operator = network.join('operator', { role: 'operate' });
  const watcher = network.join('watcher', { role: 'observe' });
  const leasesOf = (peers: Peers) => new LeasesOfHub(peers, () => 'hub');
  expect((await take(leasesOf(member), 'member', 'p')).granted).toBe(true);
  await expect(take(leasesOf(operator), 'operator', 'p')).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
  await expect(leasesOf(member).evict('hub')).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
  expect((await leasesOf(watcher).list()).leases).toHaveLength(1);
  // Whoever it says it is, it is who its key says.
  const [forged] = await leasesOf(member).acquire(at('hub', 'x'), [wish('q')]);
  expect(forged?.lease?.owner).toBe('member');
  for (const body of [null, {}, { session: '', wishes: [] }, { session: 's', wishes: [{ process: 7 }] }]) {
    await expect(member.ask('hub', 'lease.acquire', body as never)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  }
});
