import { describe, expect, test } from 'vitest';
import { hrefOf, hrefs, parseRoute } from '../../src/renderer/frame/route.ts';
import { type KeyMap, matching, shortcuts, strokeOf } from '../../src/shared/shortcuts.ts';

describe('an address', () => {
  test.each([
    ['', { parts: ['now'], query: {} }],
    ['#/', { parts: ['now'], query: {} }],
    ['#/agents/watcher/runs/run_1', { parts: ['agents', 'watcher', 'runs', 'run_1'], query: {} }],
    ['#/runs?state=failed&text=a%20b', { parts: ['runs'], query: { state: 'failed', text: 'a b' } }],
    ['#/agents/%E0%A4%A', { parts: ['agents', '%E0%A4%A'], query: {} }],
  ])('%s names a place', (hash, route) => expect(parseRoute(hash)).toEqual(route));

  test('comes back as it was written', () => {
    const parts = ['agents', 'a/b c', 'runs', 'run_1'];
    expect(parseRoute(hrefOf(parts, { state: 'done', empty: '', none: undefined }))).toEqual({
      parts,
      query: { state: 'done' },
    });
    expect(hrefs.run('watcher', 'run_1')).toBe('#/agents/watcher/runs/run_1');
  });
});

const key = (name: string, given = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...given,
});

describe('a key press', () => {
  test.each([
    [key('j'), 'j'],
    [key(' '), 'space'],
    [key('?', { shiftKey: true }), '?'],
    [key('X', { shiftKey: true }), 'shift+x'],
    [key('k', { ctrlKey: true }), 'mod+k'],
    [key('k', { metaKey: true }), 'mod+k'],
    [key('Z', { ctrlKey: true, shiftKey: true }), 'mod+shift+z'],
    [key('¡', { altKey: true, code: 'Digit1' }), 'alt+1'],
    [key('Enter', { ctrlKey: true }), 'mod+enter'],
  ])('%j is %s', (press, stroke) => expect(strokeOf(press)).toBe(stroke));

  test('finds what it stands for, and waits where a longer sequence may come', () => {
    expect(matching('mod+k', {}).ids).toEqual(['palette']);
    expect(matching('g', {})).toEqual({ ids: [], longer: true });
    expect(matching('g a', {})).toEqual({ ids: ['goAgents'], longer: false });
  });

  test('keys that were changed count, and the old ones do not', () => {
    const changed: KeyMap = { palette: 'mod+p' };
    expect(matching('mod+p', changed).ids).toEqual(['palette']);
    expect(matching('mod+k', changed).ids).toEqual([]);
  });

  test('no two shortcuts of one place have the same keys', () => {
    const places = Map.groupBy(Object.values(shortcuts), ({ where }) => where);
    for (const [where, members] of places) {
      const keys = members.map((member) => member.keys);
      expect(new Set(keys).size, where).toBe(keys.length);
    }
  });
});
