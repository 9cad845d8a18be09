import { expect, test } from 'vitest';
import { withNewest, withRead } from '../../src/renderer/agents/use-recent-runs.ts';
import { makeProcess, makeRun } from './fixture/make.ts';

const known = new Map([['a', [makeRun('r2'), makeRun('r1')]]]);

test('a run that begins is the newest of its agent, without a read', () => {
  const newest = withNewest(known, [makeProcess('a', { lastRun: makeRun('r3', { state: 'running', endedAt: null }) })]);
  expect(newest.get('a')?.map(({ id, state }) => `${id} ${state}`)).toEqual(['r3 running', 'r2 done', 'r1 done']);
});

test('a run that ends takes its own place', () => {
  const begun = withNewest(known, [makeProcess('a', { lastRun: makeRun('r3', { state: 'running', endedAt: null }) })]);
  const ended = withNewest(begun, [makeProcess('a', { lastRun: makeRun('r3', { state: 'failed' }) })]);
  expect(ended.get('a')?.map(({ id, state }) => `${id} ${state}`)).toEqual(['r3 failed', 'r2 done', 'r1 done']);
});

test('nothing new is the same map, and an agent of which nothing was read yet is left out', () => {
  const views = [makeProcess('a', { lastRun: makeRun('r2') }), makeProcess('b', { lastRun: makeRun('x') })];
  expect(withNewest(known, views)).toBe(known);
});

test('runs that are read again and are as they were stay the same list, also where a newer one was known by its agent', () => {
  const views = [makeProcess('a', { lastRun: makeRun('r3') })];
  const before = withNewest(known, views);
  const again = withRead(before, [{ process: 'a', runs: [makeRun('r2'), makeRun('r1')] }], views);
  expect(again.get('a')).toBe(before.get('a'));
  const other = withRead(before, [{ process: 'a', runs: [makeRun('r3', { state: 'failed' }), makeRun('r2')] }], []);
  expect(other.get('a')?.map(({ id, state }) => `${id} ${state}`)).toEqual(['r3 failed', 'r2 done']);
});
