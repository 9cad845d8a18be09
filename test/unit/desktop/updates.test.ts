import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packedFeed } from '../../../src/main/desktop/updater.ts';
import { isSafeFeed, type UpdateParts, Updates } from '../../../src/main/desktop/updates.ts';

const feed = 'https://updates.example/agent-runtime';

/** Notes what was done, in its order. */
function desk(more: Partial<UpdateParts> = {}, found: string | null = '2.0.0') {
  const done: string[] = [];
  const clicks: (() => void)[] = [];
  let answer = 0;
  const updates = new Updates({
    dialog: {
      showMessageBox: (async ({ message, detail }: { message: string; detail: string }) => {
        done.push(`asked: ${message}${detail ? ` (${detail})` : ''}`);
        return { response: answer, checkboxChecked: false };
      }) as UpdateParts['dialog']['showMessageBox'],
    },
    openUpdater: async () => ({
      find: async (from) => {
        done.push(`looked at ${from}`);
        return found;
      },
      fetch: async () => void done.push('fetched'),
      install: () => void done.push('installed'),
    }),
    feed: () => feed,
    settingsFile: 'desktop.json',
    backup: async () => void done.push('backed up'),
    rest: async () => void done.push('came to rest'),
    tell: ({ title, clicked }) => {
      done.push(`told: ${title}`);
      clicks.push(clicked);
    },
    ...more,
  });
  return { updates, done, clicks, answers: (response: number) => (answer = response) };
}

const offer =
  'asked: Update to Agent Runtime 2.0.0? (A backup of everything is made first. Then runs are brought to rest, and the app starts again.)';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an update is fetched, everything backed up, the node brought to rest, and only then is it installed', async () => {
  const { updates, done } = desk();
  await updates.look();
  expect(done).toEqual([`looked at ${feed}`, offer, 'fetched', 'backed up', 'came to rest', 'installed']);
});

test('a backup that fails ends the update there', async () => {
  const { updates, done } = desk({ backup: () => Promise.reject(new Error('the disk is full')) });
  await updates.look();
  expect(done.slice(2)).toEqual(['fetched', 'asked: The update was not installed (the disk is full)']);
});

test('a person who wants it later gets nothing installed', async () => {
  const { updates, done, answers } = desk();
  answers(1);
  await updates.look();
  expect(done).toEqual([`looked at ${feed}`, offer]);
});

test('the feed that an app was made for is read from beside its archive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'resources-'));
  expect([packedFeed(undefined), packedFeed(folder)]).toEqual([null, null]);
  writeFileSync(join(folder, 'app-update.yml'), `provider: generic\nurl: ${feed}\nupdaterCacheDirName: x-updater\n`);
  expect(packedFeed(folder)).toBe(feed);
  rmSync(folder, { recursive: true });
});

describe('without a feed', () => {
  test('nothing is ever looked for', async () => {
    const { updates, done } = desk({ feed: () => null });
    updates.start();
    await vi.advanceTimersByTimeAsync(48 * 3_600_000);
    expect(done).toEqual([]);
    updates.close();
  });

  test('who asks is told how to set one', async () => {
    const { updates, done } = desk({ feed: () => null });
    await updates.look();
    expect(done).toEqual([expect.stringContaining('"updateFeed": "https://…" into desktop.json')]);
  });
});

test('a feed that somebody on the way could change is not used', async () => {
  for (const unsafe of ['http://updates.example/', 'file:///etc', 'ftp://x', 'nonsense']) {
    expect(isSafeFeed(unsafe)).toBe(false);
    const { updates, done } = desk({ feed: () => unsafe });
    await updates.look();
    expect(done).toEqual([expect.stringContaining('is no https address')]);
  }
  expect([feed, 'http://127.0.0.1:9/', 'http://[::1]/'].map(isSafeFeed)).toEqual([true, true, true]);
});

test('a new version is told of once, and a click leads to the question', async () => {
  const { updates, done, clicks } = desk();
  updates.start();
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(done.filter((what) => what.startsWith('told'))).toEqual(['told: Agent Runtime 2.0.0 is there']);
  expect(done).not.toContain('fetched');
  clicks[0]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(done.at(-1)).toBe('installed');
  updates.close();
});

test('a feed that does not answer is silent by itself, and told to who asks', async () => {
  const openUpdater = async () => ({
    find: () => Promise.reject(new Error('no answer')),
    fetch: async () => {},
    install: () => {},
  });
  const { updates, done } = desk({ openUpdater });
  updates.start();
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(done).toEqual([]);
  await updates.look();
  expect(done).toEqual(['asked: The update could not be looked for (no answer)']);
  updates.close();
});

test('a copy that was not installed says that it does not update itself', async () => {
  const { updates, done } = desk({ openUpdater: null });
  await updates.look();
  expect(done).toEqual([
    'asked: This copy does not update itself (Only an installed app does that was made for a feed of updates.)',
  ]);
});
