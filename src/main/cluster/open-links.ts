import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../shared/json.ts';
import type { Clock } from '../lib/clock.ts';
import { ClusterBook } from './cluster-book.ts';
import type { Identity } from './identity/identity.ts';
import { LinkedPeers } from './link/linked-peers.ts';

export interface LinksOptions {
  /** null: nothing is kept. */
  dataDir: string | null;
  identity: Identity;
  version: string;
  clock: Clock;
  log(level: 'info' | 'warn' | 'error', message: string, details: JsonObject): void;
}

/** What a node has of others before it has a runtime: whom it lets in, and how they speak. */
export interface Links {
  readonly identity: Identity;
  /** What others see of this node besides its key. */
  readonly name: string;
  readonly version: string;
  readonly book: ClusterBook;
  readonly peers: LinkedPeers;
}

/** Listens nowhere and asks nobody yet: `openCluster` begins with that. @throws RuntimeError `DATA_DIR_UNSAFE` */
export function openLinks({ dataDir, identity, version, clock, log }: LinksOptions): Links {
  const book = new ClusterBook(dataDir === null ? null : join(dataDir, 'cluster.json'));
  const name = () => book.state.ownName ?? hostname();
  if (book.state.cluster) book.countStart(clock.now());
  const peers = new LinkedPeers({ identity, book, clock, name, version, boot: randomUUID(), log });
  return {
    identity,
    version,
    book,
    peers,
    get name() {
      return name();
    },
  };
}
