import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ClusterBook } from '../../../src/main/cluster/cluster-book.ts';
import { openIdentity } from '../../../src/main/cluster/identity/identity.ts';
import { caught } from '../../world/caught.ts';
import { pairOf } from '../../world/linked-node.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const node = () => openIdentity(scratchFolder()).node;

test('is read as it was left, from a file for its owner alone', () => {
  const path = join(scratchFolder(), 'cluster.json');
  const [hub, other] = [node(), node()];
  const book = new ClusterBook(path);
  book.change({ cluster: { id: 'c', name: 'Home', hub }, port: 7421 });
  book.put(pairOf(hub, 'nas', 'hub', ['10.0.0.1:7421']));
  book.put(pairOf(other, 'phone'));
  book.put({ ...pairOf(hub, 'nas', 'hub'), duplicate: true });
  expect(new ClusterBook(path).state).toEqual(book.state);
  expect(book.state.pairs.map(({ name, duplicate }) => [name, duplicate])).toEqual([
    ['nas', true],
    ['phone', false],
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a start is counted once, and never behind the clock', () => {
  const path = join(scratchFolder(), 'cluster.json');
  const book = new ClusterBook(path);
  book.countStart(5_000_000);
  book.countStart(9_000_000);
  expect(book.state.generation).toBe(5_000);
  const next = new ClusterBook(path);
  next.countStart(1_000);
  expect(next.state.generation).toBe(5_001);
});

test('a file that cannot be read, or that others may read, is refused with what to do', () => {
  const path = join(scratchFolder(), 'cluster.json');
  new ClusterBook(path).change({ port: 1 });
  chmodSync(path, 0o644);
  expect(caught(() => new ClusterBook(path))).toMatchObject({ code: 'DATA_DIR_UNSAFE' });
  chmodSync(path, 0o600);
  for (const text of ['', '{}', readFileSync(path, 'utf8').replace('1', '"x"')]) {
    writeFileSync(path, text);
    expect(caught(() => new ClusterBook(path)).message).toContain('move it away');
  }
});

test('who leaves forgets everybody, but goes on counting', () => {
  const book = new ClusterBook(null);
  book.countStart(7_000);
  book.put(pairOf(node(), 'nas'));
  book.reset();
  expect(book.state).toMatchObject({ cluster: null, pairs: [], generation: 7 });
});
