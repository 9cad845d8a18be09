import type { PeerRole, Peers } from '../../src/main/cluster/peers.ts';
import { PostgresLeases } from '../../src/main/cluster/postgres/postgres-leases.ts';
import { PostgresPeers } from '../../src/main/cluster/postgres/postgres-peers.ts';
import { systemClock } from '../../src/main/lib/clock.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { linkedNode, pairOf } from './linked-node.ts';
import { PeerNetwork } from './peer-network.ts';
import { postgresDatabase } from './postgres-server.ts';
import { scratchFolder } from './scratch-folder.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** Two nodes that are paired with each other as members. */
export interface PeersUnderTest {
  readonly a: Peers;
  readonly b: Peers;
  /** What `of` may do at a node; null: it is revoked there. Left out: all are members for as long as they are there. */
  grant?(at: Peers, of: string, role: PeerRole | null): Promise<void>;
  /** Nothing gets through any more, in either direction. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

export async function standInPeers(): Promise<PeersUnderTest> {
  const network = new PeerNetwork();
  const a = network.join('a');
  const b = network.join('b');
  return {
    a,
    b,
    grant: async (at, of, role) => network.grant(at.self, of, role),
    cut: async () => network.cut('a', 'b'),
    heal: async () => network.heal(),
    close: async () => {},
  };
}

/** Mutual TLS on loopback, through a line that can be cut. Only `a` can dial; both ask. */
export async function linkedPeers(): Promise<PeersUnderTest> {
  const a = linkedNode('a');
  const b = linkedNode('b');
  await b.peers.listen(0, '127.0.0.1');
  const line = await TcpProxy.to(b.peers.port as number);
  a.book.put(pairOf(b.peers.self, 'b', 'member', [`127.0.0.1:${line.port}`]));
  b.book.put(pairOf(a.peers.self, 'a'));
  await a.peers.ask(b.peers.self, 'alive', null);
  return {
    a: a.peers,
    b: b.peers,
    async grant(at, of, role) {
      const { book } = at === a.peers ? a : b;
      const pair = book.pair(of) ?? pairOf(of, of);
      if (role) book.put({ ...pair, role });
      else book.remove(of);
    },
    cut: async () => line.cut(),
    heal: async () => line.heal(),
    async close() {
      await Promise.all([a.peers.close(), b.peers.close(), line.close()]);
    },
  };
}

/** A database that both share; the way of `a` to it can be cut. */
export async function postgresPeers(): Promise<PeersUnderTest> {
  const url = new URL(await postgresDatabase(scratchFolder()));
  const line = await TcpProxy.to(Number(url.port));
  const cutUrl = new URL(url);
  cutUrl.port = String(line.port);
  const bases = [await Postgres.open(cutUrl.href), await Postgres.open(url.href)] as const;
  const leases = await PostgresLeases.open(bases[0]);
  for (const node of ['a', 'b']) await leases.announce(node, node, Date.now());
  const a = new PostgresPeers({ postgres: bases[0], node: 'a', clock: systemClock });
  const b = new PostgresPeers({ postgres: bases[1], node: 'b', clock: systemClock });
  await a.start();
  await b.start();
  return {
    a,
    b,
    cut: async () => line.cut(),
    heal: async () => line.heal(),
    async close() {
      for (const peers of [a, b]) peers.close();
      for (const base of bases) await base.close();
      await line.close();
    },
  };
}
