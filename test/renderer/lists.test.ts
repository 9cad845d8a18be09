import { describe, expect, test } from 'vitest';
import { grouped, inOldLines } from '../../src/renderer/agents/agent-groups.ts';
import { filtered, inOldOrder, noFilter, sorted } from '../../src/renderer/agents/agents-filter.ts';
import { hourCounts } from '../../src/renderer/now/day-counts.ts';
import { mergeNewest, saysTheSame } from '../../src/renderer/stores/merge-pages.ts';
import { slotsFor } from '../../src/renderer/ui/row-slots.ts';
import { makeProcess, makeRun } from './fixture/make.ts';

const idOf = (row: { id: string }) => row.id;
const rows = (ids: string, mark = '') => [...ids].map((id) => ({ id, mark }));

describe('a list read page by page', () => {
  test('new rows go on top, known ones change where they stand', () => {
    const merged = mergeNewest(rows('cba'), rows('edc', 'new'), idOf);
    expect(merged.rows.map(idOf).join('')).toBe('edcba');
    expect(merged.rows.map(({ mark }) => mark)).toEqual(['new', 'new', 'new', '', '']);
    expect(merged).toMatchObject({ added: 2, anew: false });
  });

  test('begins anew when the fresh page does not reach what is known', () => {
    expect(mergeNewest(rows('cba'), rows('zyx'), idOf)).toMatchObject({ rows: rows('zyx'), anew: true });
  });

  test('rows that say the same stay the same objects, and a list in which nothing changed the same list', () => {
    const known = [
      { id: 'b', usage: { tokens: 1 }, tags: ['x'] },
      { id: 'a', usage: { tokens: 2 }, tags: [] as string[] },
    ];
    expect(mergeNewest(known, structuredClone(known), idOf).rows).toBe(known);
    const [first, second] = structuredClone(known);
    const { rows: merged } = mergeNewest(known, [first, { ...second, usage: { tokens: 3 } }] as typeof known, idOf);
    expect(merged[0]).toBe(known[0]);
    expect(merged[1]).toEqual({ id: 'a', usage: { tokens: 3 }, tags: [] });
    for (const [a, b] of [
      [{ x: [] }, { x: {} }],
      [{ x: 1 }, { x: 1, y: 2 }],
      [null, {}],
      [['a'], ['b']],
    ])
      expect(saysTheSame(a, b)).toBe(false);
  });

  test('an empty fresh page takes nothing away', () => {
    expect(mergeNewest(rows('ba'), [], idOf).rows).toEqual(rows('ba'));
  });
});

describe('elements of a list that moves', () => {
  const keys = (first: number) => Array.from({ length: 5 }, (_, at) => String(first + at));

  test('stay with their rows, and those of rows that left take those that came', () => {
    const before = slotsFor(new Map(), keys(0));
    const after = slotsFor(before, keys(2));
    for (const kept of ['2', '3', '4']) expect(after.get(kept)).toBe(before.get(kept));
    expect([after.get('5'), after.get('6')].toSorted()).toEqual([before.get('0'), before.get('1')]);
    expect(slotsFor(after, keys(2))).toEqual(after);
  });

  test('are as many as rows in sight, also after a jump and when the list gets shorter', () => {
    let slots = slotsFor(new Map(), keys(0));
    for (const first of [900, 3, 5, 40]) {
      slots = slotsFor(slots, keys(first));
      expect([...slots.values()].toSorted()).toEqual([0, 1, 2, 3, 4]);
    }
    expect(slotsFor(slots, ['40']).size).toBe(1);
  });
});

describe('the list of agents', () => {
  const views = [
    makeProcess('archive', { state: 'stopped', description: 'keeps old invoices' }),
    makeProcess('billing', { state: 'failed', tags: ['money'] }),
    makeProcess('crawler', { waiting: 3, nextFiring: 10, lastRun: makeRun('r', { startedAt: 99 }) }),
  ];
  const names = (list: { name: string }[]) => list.map(({ name }) => name);

  test('is filtered by state, tag, and every word of the text', () => {
    expect(names(filtered(views, { ...noFilter, state: 'attention' }))).toEqual(['billing']);
    expect(names(filtered(views, { ...noFilter, state: 'waiting' }))).toEqual(['crawler']);
    expect(names(filtered(views, { ...noFilter, tag: 'money' }))).toEqual(['billing']);
    expect(names(filtered(views, { ...noFilter, text: 'old inv' }))).toEqual(['archive']);
    expect(names(filtered(views, { ...noFilter, text: 'old money' }))).toEqual([]);
  });

  test.each([
    ['name', ['archive', 'billing', 'crawler']],
    ['state', ['billing', 'crawler', 'archive']],
    ['last', ['crawler', 'archive', 'billing']],
    ['next', ['crawler', 'archive', 'billing']],
    ['waiting', ['crawler', 'archive', 'billing']],
  ] as const)('is sorted by %s', (by, order) => expect(names(sorted(views, by))).toEqual(order));

  test('keeps its old order while it is held still, with newcomers at the end', () => {
    const now = sorted(views, 'name');
    expect(names(inOldOrder(now, ['crawler', 'billing'], now))).toEqual(['crawler', 'billing', 'archive']);
  });

  test('keeps who does not fit the filter any more while it is held still, and lets go of who is gone', () => {
    const now = sorted(views, 'name');
    expect(names(inOldOrder([], ['crawler', 'gone', 'billing'], now))).toEqual(['crawler', 'billing']);
  });

  test('keeps who belongs under another head where it stands while it is held still', () => {
    const lines = (states: Record<string, 'running' | 'stopped'>) =>
      grouped(
        Object.entries(states).map(([name, state]) => makeProcess(name, { state })),
        'state',
      );
    const before = lines({ a: 'running', b: 'running', c: 'stopped' });
    const held = inOldLines(lines({ a: 'stopped', b: 'running', c: 'stopped', d: 'running' }), before);
    expect(held.map(({ key }) => key)).toEqual([...before.map(({ key }) => key), 'd']);
  });
});

describe('the last day', () => {
  test('counts runs in the hour they began, and leaves out older ones', () => {
    const now = Date.UTC(2026, 10, 22, 12, 30);
    const ago = (hours: number) => now - hours * 3_600_000;
    const hours = hourCounts(
      [
        makeRun('a', { startedAt: ago(0) }),
        makeRun('b', { startedAt: ago(0.1), state: 'failed' }),
        makeRun('c', { startedAt: ago(5), state: 'cancelled' }),
        makeRun('d', { startedAt: ago(30) }),
      ],
      now,
    );
    expect(hours).toHaveLength(24);
    expect(hours.at(-1)).toMatchObject({ done: 1, failed: 1, other: 0 });
    expect(hours.at(-6)).toMatchObject({ other: 1 });
    expect(hours.reduce((sum, { done, failed, other }) => sum + done + failed + other, 0)).toBe(3);
  });
});
