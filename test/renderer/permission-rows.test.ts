import { describe, expect, test } from 'vitest';
import { builtInTools } from '../../src/renderer/design/built-in-tools.ts';
import { nextCell } from '../../src/renderer/tools/grid-keys.ts';
import { gridRows } from '../../src/renderer/tools/grid-rows.ts';
import type { ServerGroup } from '../../src/renderer/tools/known-tools.ts';

function server(name: string, count: number, isListed = true): ServerGroup {
  const listed = { description: `Does ${name}.` } as ServerGroup['tools'][number]['listed'];
  const tools = Array.from({ length: count }, (_, n) => `tool_${n}`).map((short) => ({
    name: `${name}.${short}`,
    short,
    listed: isListed ? listed : null,
    waitsFor: [],
  }));
  return { name, agents: ['a'], servers: [], tools };
}

describe('rows of the grid of permissions', () => {
  const groups = [server('big', 40), server('small', 3), server('unseen', 1, false)];
  const ids = (folds: [string, boolean][] = [], text = '') =>
    gridRows(groups, new Map(folds), text).map(({ kind, id }) => `${kind} ${id}`);

  test('a server of many tools is folded until it is opened; one that was never asked says so', () => {
    const rows = ids();
    expect(rows.slice(0, 8)).toEqual([
      'group big',
      'group small',
      'tool small.tool_0',
      'tool small.tool_1',
      'tool small.tool_2',
      'group unseen',
      'tool unseen.tool_0',
      'unknown unseen unknown',
    ]);
    expect(rows).toHaveLength(8 + 1 + builtInTools.length);
    expect(ids([['big', true]])).toHaveLength(rows.length + 40);
    expect(ids([['built-in', false]])).toHaveLength(9);
  });

  test('what is searched for is found in folded servers, by tool, server or what it does', () => {
    expect(ids([], 'tool_39')).toEqual(['group big', 'tool big.tool_39']);
    expect(ids([], 'Does big')).toHaveLength(41);
    expect(ids([], 'small')).toHaveLength(4);
    expect(ids([], 'web browser')).toEqual(['group built-in', 'built-in browser']);
    expect(ids([], 'no such tool')).toEqual([]);
  });
});

describe('keys in the grid', () => {
  const size = { rows: 30, columns: 4, page: 10 };
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  test.each<[string, boolean, [number, number], [number, number]]>([
    ['ArrowDown', false, [1, 0], [2, 0]],
    ['ArrowUp', false, [0, 2], [0, 2]],
    ['ArrowRight', false, [3, 4], [3, 4]],
    ['PageDown', false, [25, 1], [30, 1]],
    ['PageUp', false, [5, 1], [1, 1]],
    ['Home', false, [5, 3], [5, 0]],
    ['End', true, [5, 3], [30, 4]],
    ['Home', true, [5, 3], [0, 0]],
  ])('%s (with Ctrl: %j) leads from %j to %j', (key, ctrlKey, [row, column], [toRow, toColumn]) => {
    expect(nextCell({ ...plain, key, ctrlKey }, { row, column }, size)).toEqual({ row: toRow, column: toColumn });
  });

  test('other keys are not its own', () => {
    expect(nextCell({ ...plain, key: 'a' }, { row: 1, column: 1 }, size)).toBeNull();
    expect(nextCell({ ...plain, key: 'ArrowUp', altKey: true }, { row: 1, column: 1 }, size)).toBeNull();
  });
});
