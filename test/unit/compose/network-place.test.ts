import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openNetwork } from '../../../src/main/compose/network-place.ts';
import { NetworkChanges } from '../../../src/shared/operations/network-operations.ts';
import { home } from '../../world/home.ts';

const at = (dataDir: string, given: Parameters<typeof openNetwork>[1] = {}) =>
  openNetwork(
    dataDir,
    given,
    () => 7_420,
    () => join(dataDir, 'token'),
  );

test('what is kept holds from the next start on, and says so until then', () => {
  const dataDir = home();
  const first = at(dataDir);
  expect(first.start).toEqual({ port: undefined, isKept: false, hosts: [] });
  first.change({ port: 8_080, hosts: ['agents.example.org', 'agents.example.org'] });
  expect(first.view()).toMatchObject({ port: 7_420, savedPort: 8_080, hosts: [], restartNeeded: true });
  const next = at(dataDir);
  expect(next.start).toEqual({ port: 8_080, isKept: true, hosts: ['agents.example.org'] });
  expect(next.view()).toMatchObject({ restartNeeded: false, hosts: ['agents.example.org'], givenPort: null });
  next.change({ port: null });
  expect(next.view()).toMatchObject({ savedPort: null, savedHosts: ['agents.example.org'], restartNeeded: true });
});

test('what a start is given goes before what is kept; names add up', () => {
  const dataDir = home();
  at(dataDir).change({ port: 8_080, hosts: ['a.example'] });
  const { start, view } = at(dataDir, { port: 9_090, hosts: ['b.example'] });
  expect(start).toEqual({ port: 9_090, isKept: false, hosts: ['b.example', 'a.example'] });
  expect(view()).toMatchObject({ givenPort: 9_090, givenHosts: ['b.example'], restartNeeded: false });
});

test('a file that cannot be read keeps no node from starting', () => {
  const dataDir = home();
  writeFileSync(join(dataDir, 'network.json'), '{"port": 80, "hosts": 5');
  expect(at(dataDir).start).toEqual({ port: undefined, isKept: false, hosts: [] });
  writeFileSync(join(dataDir, 'network.json'), '{"port": 80, "hosts": 5}');
  expect(at(dataDir).start.port).toBeUndefined();
});

test.each([
  [{ port: 80 }],
  [{ port: 70_000 }],
  [{ hosts: ['*'] }],
  [{ hosts: ['*.example.org'] }],
  [{ hosts: ['0.0.0.0'] }],
  [{ hosts: ['0.0.0.0:7420'] }],
  [{ hosts: ['::'] }],
  [{ hosts: ['https://a.example'] }],
  [{ hosts: ['a.example/x'] }],
  [{ hosts: ['A.example'] }],
  [{ hosts: ['a b'] }],
  [{ bind: '0.0.0.0' }],
  [{ token: '' }],
])('refused: %j', (changes) => expect(NetworkChanges.safeParse(changes).success).toBe(false));
