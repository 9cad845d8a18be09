import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  favouritesOf,
  type GlancedProcess,
  isPauseOver,
  missedByQuitting,
  nextOf,
} from '../../../src/main/desktop/glance.ts';
import { mayQuit } from '../../../src/main/desktop/quit.ts';
import { openSettings } from '../../../src/main/desktop/settings.ts';
import { endOfPause, TimedPause } from '../../../src/main/desktop/timed-pause.ts';
import { trayImage, trayLines, trayLook } from '../../../src/main/desktop/tray-icon.ts';

const noon = new Date(2026, 10, 22, 12, 0).getTime();
const hour = 3_600_000;

const agent = (name: string, more: Partial<GlancedProcess> = {}): GlancedProcess => ({
  name,
  ...{ state: 'running', stateReason: '', tags: [], nextFiring: null, waiting: 0, lastRun: null, triggers: [] },
  ...more,
});
const ran = (startedAt: number, state: 'done' | 'running' = 'done') => ({ lastRun: { startedAt, state } });
const woken = (type: string, enabled = true) => ({ triggers: [{ type, enabled, summary: '' }] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tray-'));
  vi.useFakeTimers({ now: noon });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

describe('the tray offers to run', () => {
  test('the agents tagged as favourites', () => {
    const agents = [agent('a', ran(9)), agent('b', { tags: ['Favourite'] }), agent('c', { tags: ['favorite'] })];
    expect(favouritesOf(agents)).toEqual(['b', 'c']);
  });

  test('else the five that ran last, and none that does not work', () => {
    const agents = [1, 2, 3, 4, 5, 6].map((at) => agent(`a${at}`, ran(at)));
    expect(favouritesOf([...agents, agent('gone', { ...ran(9), state: 'stopped' })])).toEqual([
      'a6',
      'a5',
      'a4',
      'a3',
      'a2',
    ]);
  });
});

test('the tray names who wakes next, and until when all are paused', () => {
  const agents = [agent('late', { nextFiring: noon + 2 * hour }), agent('soon', { nextFiring: noon + hour })];
  expect(nextOf([...agents, agent('off', { state: 'suspended', nextFiring: noon + 1 })])).toBe('soon');
  const summary = { running: 2, needsYou: 0, nextFiringAt: noon + hour };
  const lines = trayLines(summary, noon, { next: 'soon', pausedUntil: noon + hour });
  expect(lines[2]).toMatch(/^Next: .*, soon$/);
  expect(lines[3]).toMatch(/^Paused until /);
});

test('the tray has an icon for each panel: painted by macOS, light or dark elsewhere', () => {
  expect(trayImage('darwin', { shape: 'works', needsYou: false }, true)).toBe('trayTemplate.png');
  expect(trayImage('linux', { shape: 'works', needsYou: true }, true)).toBe('tray-needs-you-dark.png');
  expect(trayImage('win32', { shape: 'works', needsYou: false }, false)).toBe('tray.png');
});

test('the tray has a shape for each way the node fares, and each is drawn for every panel', () => {
  const summary = { running: 2, needsYou: 0, paused: 1, trouble: null, nextFiringAt: null };
  expect(trayLook(null)).toEqual({ shape: 'works', needsYou: false });
  expect(trayLook(summary).shape).toBe('works');
  const rests = { ...summary, running: 0, needsYou: 3 };
  expect(trayLook(rests)).toEqual({ shape: 'paused', needsYou: true });
  const stuck = { ...rests, trouble: 'Safe mode' };
  expect(trayLook(stuck)).toEqual({ shape: 'trouble', needsYou: true });
  expect(trayLines(stuck, noon).slice(0, 4)).toEqual([
    'Safe mode',
    'No agent is running',
    '3 things need you',
    '1 agent paused',
  ]);
  const drawn = new Set<string>();
  for (const shape of ['works', 'paused', 'trouble'] as const) {
    for (const needsYou of [false, true]) {
      for (const [platform, isDark] of [
        ['darwin', false],
        ['linux', false],
        ['linux', true],
      ] as const) {
        const file = join(
          import.meta.dirname,
          '../../../resources/icons',
          trayImage(platform, { shape, needsYou }, isDark),
        );
        drawn.add(readFileSync(file, 'base64'));
        readFileSync(file.replace('.png', '@2x.png'));
      }
    }
  }
  expect(drawn.size).toBe(18);
});

describe('a pause', () => {
  test('lasts an hour, until midnight, or until the person ends it', () => {
    expect(endOfPause('hour', noon)).toBe(noon + hour);
    expect(endOfPause('today', noon)).toBe(noon + 12 * hour);
    expect(endOfPause('open', noon)).toBeNull();
  });

  test('ends by itself, once', () => {
    const resume = vi.fn();
    const pause = new TimedPause(openSettings(folder), resume);
    pause.begin('today');
    vi.advanceTimersByTime(12 * hour - 1);
    expect(resume).not.toHaveBeenCalled();
    vi.advanceTimersByTime(24 * hour);
    expect(resume).toHaveBeenCalledOnce();
  });

  test('that was to end while the app was closed ends with its next start', () => {
    new TimedPause(openSettings(folder), () => {}).begin('hour');
    vi.setSystemTime(noon + 2 * hour);
    const resume = vi.fn();
    new TimedPause(openSettings(folder), resume).check();
    expect(resume).toHaveBeenCalledOnce();
    expect(openSettings(folder).get().pausedUntil).toBeNull();
  });

  test('that was to end while the computer slept ends when it wakes', () => {
    const resume = vi.fn();
    const pause = new TimedPause(openSettings(folder), resume);
    pause.begin('hour');
    // Timers stand still in sleep; the clock does not.
    vi.setSystemTime(noon + 2 * hour);
    pause.check();
    expect(resume).toHaveBeenCalledOnce();
  });

  test('is over once agents work and none waits to go on with all others', () => {
    const paused = agent('paused', { state: 'suspended', stateReason: 'paused with all others' });
    const suspended = agent('alone', { state: 'suspended', stateReason: 'looked at' });
    expect([[], [paused], [paused, agent('new')], [suspended]].map(isPauseOver)).toEqual([false, false, false, false]);
    expect(isPauseOver([suspended, agent('went on')])).toBe(true);
  });

  test('that the person ended does not end again, and one without an end never', () => {
    const resume = vi.fn();
    const pause = new TimedPause(openSettings(folder), resume);
    pause.begin('hour');
    pause.end();
    pause.begin('open');
    vi.advanceTimersByTime(100 * hour);
    expect(resume).not.toHaveBeenCalled();
  });
});

describe('quitting', () => {
  const planned = [1, 2, 3, 4, 5, 6, 7].map((at) => agent(`p${at}`, { nextFiring: noon + at * 60_000 }));

  test('says what is planned, what cannot come in, and what goes on later', () => {
    const text = missedByQuitting(
      [
        ...planned,
        agent('hook', woken('webhook')),
        agent('files', woken('file_watch')),
        agent('off', woken('webhook', false)),
        agent('busy', ran(noon, 'running')),
        agent('stopped', { state: 'stopped', nextFiring: noon + 1 }),
      ],
      noon,
    );
    expect(text?.split('\n').slice(1)).toEqual([
      ...planned.slice(0, 5).map(({ name }) => expect.stringMatching(`^• ${name}, at `)),
      '• and 2 more that are planned',
      '• webhooks for 1 agent: nobody answers them',
      '• changed files for 1 agent: looked for at the next start',
      '• 1 run under way: goes on at the next start',
    ]);
  });

  test('asks only where something is missed, and no more once told not to', async () => {
    const settings = openSettings(folder);
    const asked: unknown[] = [];
    const answers = [
      { response: 1, checkboxChecked: true },
      { response: 0, checkboxChecked: true },
    ];
    const dialog = {
      showMessageBox: async (options: unknown) => {
        asked.push(options);
        return answers.shift() ?? { response: 0, checkboxChecked: false };
      },
    } as Parameters<typeof mayQuit>[0];
    const runtime = (items: GlancedProcess[]) =>
      ({ listProcesses: async () => ({ items, next: null }) }) as unknown as Parameters<typeof mayQuit>[1];
    expect(await mayQuit(dialog, runtime([agent('idle')]), settings)).toBe(true);
    expect(asked).toEqual([]);
    expect(await mayQuit(dialog, runtime(planned), settings)).toBe(false);
    expect(await mayQuit(dialog, runtime(planned), settings)).toBe(true);
    expect(await mayQuit(dialog, runtime(planned), settings)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test('works also with a node that does not answer', async () => {
    const runtime = { listProcesses: async () => Promise.reject(new Error('gone')) };
    const dialog = { showMessageBox: () => expect.fail('nothing is to be asked') };
    expect(await mayQuit(dialog, runtime, openSettings(folder))).toBe(true);
  });
});
