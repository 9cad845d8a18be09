import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ClusterBook } from '../../../src/main/cluster/cluster-book.ts';
import { ClusterDesk, type ClusterDeskParts } from '../../../src/main/cluster/cluster-desk.ts';
import { openIdentity } from '../../../src/main/cluster/identity/identity.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

test('what a power cut leaves of a pairing is all of it or nothing: whom a node lets in, and the cluster it is in then', () => {
  const path = join(scratchFolder(), 'cluster.json');
  const hub = openIdentity(scratchFolder()).node;
  const book = new ClusterBook(path);
  const parts = { book, clock: systemClock, peers: { answer: () => () => {} } } as unknown as ClusterDeskParts;
  const desk = new ClusterDesk(parts);
  const kept: unknown[] = [];
  book.onChange(() => {
    const { pairs, cluster } = new ClusterBook(path).state;
    kept.push([pairs.map(({ node }) => node), cluster?.hub ?? null]);
  });
  const card = { id: 'c', name: 'Home' };
  desk.paired({ side: 'asker', node: hub, name: 'nas', role: 'hub', address: '10.0.0.1:7421', cluster: card });
  expect(kept).toEqual([
    [[], null],
    [[hub], hub],
  ]);
});
