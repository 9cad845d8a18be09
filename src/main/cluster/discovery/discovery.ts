/** An address where something says that it is a node. Whether that is so, and which, its key decides and nothing else. */
export interface Sighted {
  /** host:port */
  address: string;
  /** The paired node that it may be; null: nobody that is known. */
  node: string | null;
  /** Epoch milliseconds. */
  seenAt: number;
}

/** One way in which nodes find each other. */
export interface Discovery {
  readonly source: 'mdns' | 'static' | 'registry';
  list(): readonly Sighted[];
  close(): void;
}

/** More are not kept: who floods the network with adverts fills a list, and nothing else. */
export const mostSighted = 100;
