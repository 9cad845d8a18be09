import { describe, expect, test } from 'vitest';
import { hrefOf, hrefs, parseRoute } from '../../src/renderer/frame/route.ts';
import {
  acceleratorOf,
  areFree,
  type KeyMap,
  keysOf,
  matching,
  type ShortcutId,
  shortcuts,
  strokeOf,
  withKeys,
} from '../../src/shared/shortcuts.ts';

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

  test('keys that are taken go to the new action, and no two that can be meant at once share any', () => {
    const first = withKeys({}, 'palette', 'alt+1');
    expect(first).toEqual({ changed: { palette: 'alt+1', screen1: 'mod+1' }, lost: ['screen1'] });
    const second = withKeys(first.changed, 'pauseAll', 'mod+1');
    expect(second).toEqual({ changed: { palette: 'alt+1', screen1: '', pauseAll: 'mod+1' }, lost: ['screen1'] });
    // What they have by themselves is taken back from whoever has it meanwhile.
    expect(withKeys(second.changed, 'screen1')).toEqual({
      changed: { palette: '', pauseAll: '' },
      lost: ['palette', 'pauseAll'],
    });
    // Run now and the reply of the inbox are never on the screen together.
    expect(withKeys({}, 'run', 'z').lost).toEqual([]);
    for (const { changed } of [first, second]) {
      for (const id of Object.keys(shortcuts) as ShortcutId[]) {
        const keys = keysOf(id, changed);
        if (keys !== '') expect(withKeys(changed, id, keys).lost, id).toEqual([]);
      }
    }
  });

  test('the menu of the app has the same keys, where a menu can have them', () => {
    expect(acceleratorOf('newAgent', {})).toBe('CmdOrCtrl+N');
    expect(acceleratorOf('newAgent', { newAgent: 'mod+shift+j' })).toBe('CmdOrCtrl+Shift+J');
    expect(matching('mod+n', { newAgent: 'mod+shift+j' }).ids).toEqual([]);
    expect(acceleratorOf('screen2', {})).toBe('CmdOrCtrl+2');
    expect(acceleratorOf('pauseAll', { pauseAll: 'mod++' })).toBe('CmdOrCtrl+Plus');
    // Such a letter would be taken from whoever writes.
    expect(acceleratorOf('newAgent', { newAgent: 'n' })).toBeUndefined();
    expect(acceleratorOf('newAgent', { newAgent: 'g q' })).toBeUndefined();
    expect(acceleratorOf('newAgent', { newAgent: '' })).toBeUndefined();
    expect([areFree('mod+c'), areFree('mod+j')]).toEqual([false, true]);
  });

  test('no two shortcuts of one place have the same keys', () => {
    const places = Map.groupBy(Object.values(shortcuts), ({ where }) => where);
    for (const [where, members] of places) {
      const keys = members.map((member) => member.keys);
      expect(new Set(keys).size, where).toBe(keys.length);
    }
  });
});
