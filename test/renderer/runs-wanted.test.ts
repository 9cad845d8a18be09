import { describe, expect, test } from 'vitest';
import { grouped } from '../../src/renderer/agents/agent-groups.ts';
import { loadsOf } from '../../src/renderer/agents/use-load.ts';
import { freeName, renamed } from '../../src/renderer/design/starter-manifest.ts';
import { snoozeTimes } from '../../src/renderer/inbox/snooze-times.ts';
import { runsLayout } from '../../src/renderer/runs/runs-columns.ts';
import { moreSet, runsAsked, runsWanted } from '../../src/renderer/runs/runs-wanted.ts';
import { settingsLike } from '../../src/renderer/settings/settings-search.ts';
import { operations } from '../../src/shared/api.ts';
import type { ProcessView } from '../../src/shared/views/views.ts';

describe('filters of runs', () => {
  const now = Date.parse('2026-01-05T10:00:30Z');

  test('are what the address says, as the operation takes them', () => {
    const wanted = runsWanted({ took: '1000', cost: '0.01', noted: 'false', since: 'hour', version: '2' }, 'p');
    const asked = runsAsked(wanted, now);
    expect(asked).toEqual({
      process: 'p',
      minMs: 1_000,
      minCostUsd: 0.01,
      version: 2,
      noted: false,
      from: Date.parse('2026-01-05T09:00:00Z'),
    });
    expect(operations.countRuns.input.parse({ ...asked, bars: 10 })).toMatchObject(asked);
    expect(moreSet(wanted)).toBe(5);
  });

  test('leave out what means nothing: a version of no agent, a span that is none', () => {
    expect(runsAsked(runsWanted({ version: '2', since: 'aeon', took: 'long' }), now)).toEqual({});
  });
});

describe('groups of agents', () => {
  const view = (name: string, more: object = {}) =>
    ({ name, tags: [], state: 'running', halted: null, ...more }) as never as ProcessView;

  test('stand under their heads in the order they came, what has no tag last', () => {
    const rows = [view('b', { tags: ['x', 'y'] }), view('c'), view('a', { tags: ['x'] }), view('d', { tags: ['e'] })];
    expect(grouped(rows, 'tag').map(({ key }) => key)).toEqual([
      'head:e',
      'd',
      'head:x',
      'b',
      'a',
      'head:Without a tag',
      'c',
    ]);
    expect(grouped(rows, 'none').map(({ key }) => key)).toEqual(['b', 'c', 'a', 'd']);
  });

  test('by node begin with this one, and keep agents of others apart although they have the same name', () => {
    const far = [view('a', { node: 'n2' })];
    const lines = grouped([view('a')], 'node', { here: 'mine', nodes: new Map([['n2', 'attic']]), far });
    expect(lines.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'head head:mine',
      'agent a',
      'head head:attic',
      'far n2/a',
    ]);
  });
});

test('what programs use is summed up by agent, and stays unknown where the system does not tell', () => {
  const program = { kind: 'server' as const, name: 's', pid: 1 };
  const programs = [
    { ...program, processes: ['a', 'b'], cpuPercent: 0.4, memoryBytes: 1_000_000 },
    { ...program, processes: ['a'], cpuPercent: 20.3, memoryBytes: 2_000_000 },
    { ...program, processes: ['c'], cpuPercent: null, memoryBytes: null },
  ];
  const loads = loadsOf({ at: 0, cpus: 2, node: { cpuPercent: 1, memoryBytes: 1 }, programs });
  expect(Object.fromEntries(loads)).toEqual({
    a: { cpu: '21 %', memory: '3.0 MB' },
    b: { cpu: '<1 %', memory: '1.0 MB' },
    c: { cpu: '', memory: '' },
  });
});

test('snoozing offers only times that are to come', () => {
  const late = new Date(2026, 0, 5, 22, 0).getTime();
  const times = snoozeTimes(late);
  expect(times.map(({ text }) => text)).not.toContain('Until this evening');
  expect(times.every(({ at }) => at > late)).toBe(true);
  const monday = times.find(({ text }) => text === 'Until Monday morning')?.at ?? 0;
  expect(new Date(monday).getDay()).toBe(1);
  expect(monday - late).toBeGreaterThan(6 * 86_400_000);
});

test('settings are found by what people call them, and keys among them', () => {
  expect(settingsLike('autostart')).toEqual([{ section: 'desktop', text: 'Start when you log in' }]);
  expect(settingsLike('dark theme').map(({ section }) => section)).toEqual(['appearance']);
  expect(settingsLike('shortcut snooze')).toEqual([{ section: 'keys', text: 'Key: Snooze until a time' }]);
  expect(settingsLike('  ')).toEqual([]);
  expect(settingsLike('warp drive')).toEqual([]);
});

test('a copy of a manifest has another name, and its comments', () => {
  const text = '# Why.\nversion: "1.0"\nname: digest # short\nmodel: script\nscript: |\n  // name: x\n';
  expect(renamed(text, freeName(['digest', 'digest-copy'], 'digest-copy'))).toBe(
    '# Why.\nversion: "1.0"\nname: digest-copy-2\nmodel: script\nscript: |\n  // name: x\n',
  );
});

describe('columns of runs', () => {
  const wanted = ['cost', 'began', 'agent', 'took', 'ended', 'of another program'];
  const shown = (named: boolean, rem: number | null) => runsLayout(wanted, named, rem).columns.map(({ id }) => id);

  test('stand in one order, whatever the order in which they were chosen', () => {
    expect(shown(true, null)).toEqual(['agent', 'cost', 'took', 'began', 'ended']);
    expect(shown(false, null)).toEqual(['cost', 'took', 'began', 'ended']);
  });

  test('are as many as there is room for: the plainest go first, the agent stays', () => {
    const { leastRem } = runsLayout(wanted, true, null);
    expect(shown(true, leastRem)).toHaveLength(5);
    expect(runsLayout(wanted, true, leastRem - 1).leftOut).toEqual(['ended']);
    const least = runsLayout(wanted, true, 10);
    expect(least.columns.map(({ id }) => id)).toEqual(['agent']);
    expect(least.leftOut).toEqual(['ended', 'took', 'began', 'cost']);
  });

  test('have a track each, beside those that are always there', () => {
    const { columns, template } = runsLayout(wanted, true, null);
    expect(template.split(' ')).toHaveLength(columns.length + 3);
  });
});
