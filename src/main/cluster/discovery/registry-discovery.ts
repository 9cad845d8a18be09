import type { ClusterBook } from '../cluster-book.ts';
import type { Discovery, Sighted } from './discovery.ts';

/** Nodes that the hub told of, and where they were met before: what the book knows. */
export class RegistryDiscovery implements Discovery {
  readonly source = 'registry';
  readonly #book: ClusterBook;

  constructor(book: ClusterBook) {
    this.#book = book;
  }

  list(): readonly Sighted[] {
    return this.#book.state.pairs.flatMap(({ node, addresses, pairedAt }) =>
      addresses.slice(0, 1).map((address) => ({ address, node, seenAt: pairedAt })),
    );
  }

  close(): void {}
}
