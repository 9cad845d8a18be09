import type { PeerRole, Peers } from '../../src/main/cluster/peers.ts';
import { PeerNetwork } from './peer-network.ts';

/** Two nodes that are paired with each other as members. */
export interface PeersUnderTest {
  readonly a: Peers;
  readonly b: Peers;
  /** What `of` may do at a node; null: it is revoked there. */
  grant(at: Peers, of: string, role: PeerRole | null): Promise<void>;
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
