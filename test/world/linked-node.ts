import { randomUUID } from 'node:crypto';
import { ClusterBook, type Pair } from '../../src/main/cluster/cluster-book.ts';
import { type Identity, openIdentity } from '../../src/main/cluster/identity/identity.ts';
import { LinkedPeers, type LinkedPeersOptions } from '../../src/main/cluster/link/linked-peers.ts';
import type { PeerRole } from '../../src/main/cluster/peers.ts';
import { systemClock } from '../../src/main/lib/clock.ts';
import { scratchFolder } from './scratch-folder.ts';

/** The links of a node and nothing else of it; its book is in memory. */
export interface LinkedNode {
  peers: LinkedPeers;
  book: ClusterBook;
  identity: Identity;
  log: { message: string; code: unknown }[];
}

export function linkedNode(name: string, options: Partial<LinkedPeersOptions> = {}): LinkedNode {
  const identity = options.identity ?? openIdentity(scratchFolder());
  const book = options.book ?? new ClusterBook(null);
  if (book.state.generation === 0) book.change({ generation: 1 });
  const log: LinkedNode['log'] = [];
  const peers = new LinkedPeers({
    identity,
    book,
    clock: systemClock,
    name: () => name,
    version: '0.0.0',
    boot: randomUUID(),
    log: (_level, message, details) => log.push({ message, code: details['code'] }),
    ...options,
  });
  return { peers, book, identity, log };
}

/** As a pairing leaves it in the book of a node. */
export function pairOf(node: string, name: string, role: PeerRole = 'member', addresses: string[] = []): Pair {
  return {
    node,
    name,
    role,
    addresses,
    introducedBy: null,
    pairedAt: 0,
    generation: 0,
    boot: '',
    duplicate: false,
  };
}
