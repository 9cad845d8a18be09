import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followChanges } from '../../../src/main/desktop/node-changes.ts';
import { drainOnQuit } from '../../../src/main/desktop/quit.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An app that quits as Electron's does: unless a listener prevents it. */
function quittingApp() {
  const app = Object.assign(new EventEmitter(), {
    ends: [] as string[],
    quit() {
      let isPrevented = false;
      app.emit('before-quit', {
        preventDefault: () => {
          isPrevented = true;
        },
      });
      if (!isPrevented) app.ends.push('quit');
    },
    exit: (code: number) => app.ends.push(`exit ${code}`),
  });
  return app;
}

test('an app quits once the node has come to rest, which is asked for once', async () => {
  const app = quittingApp();
  const rest = Promise.withResolvers<void>();
  const drain = vi.fn(() => rest.promise);
  drainOnQuit(app as unknown as App, drain);
  app.quit();
  app.quit();
  expect(drain).toHaveBeenCalledOnce();
  expect(app.ends).toEqual([]);
  rest.resolve();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(app.ends).toEqual(['quit']);
});

test('a node that does not come to rest is left at the deadline', async () => {
  const app = quittingApp();
  drainOnQuit(app as unknown as App, () => new Promise(() => {}), 5_000);
  app.quit();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(app.ends).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(app.ends).toEqual(['exit 1']);
});

test('a node that cannot close ends the app with a failure', async () => {
  const app = quittingApp();
  drainOnQuit(app as unknown as App, () => Promise.reject(new Error('disk')));
  app.quit();
  await vi.advanceTimersByTimeAsync(0);
  expect(app.ends).toEqual(['exit 1']);
});

/** A node whose notices the test gives. */
function tellingNode() {
  const listeners = new Set<(notice: unknown) => void>();
  return {
    tell(kind: string) {
      for (const listener of listeners) listener({ kind });
    },
    watch(_after: number | null, listener: (notice: unknown) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

test('a busy node is followed at a steady pace, and no change is missed', async () => {
  const node = tellingNode();
  const told: string[][] = [];
  const end = followChanges(node, 1_000, async (kinds) => {
    told.push([...kinds]);
  });
  node.tell('run.changed');
  node.tell('run.changed');
  node.tell('inbox.changed');
  await vi.advanceTimersByTimeAsync(50);
  expect(told).toEqual([['run.changed', 'inbox.changed']]);
  for (let i = 0; i < 100; i++) {
    node.tell('run.changed');
    await vi.advanceTimersByTimeAsync(30);
  }
  expect(told.length).toBeLessThanOrEqual(5);
  node.tell('process.changed');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told.at(-1)).toContain('process.changed');
  end();
  node.tell('inbox.changed');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told.flat().filter((kind) => kind === 'inbox.changed')).toHaveLength(1);
});

test('what comes while a look is under way is told after it, also after one that failed', async () => {
  const node = tellingNode();
  const looks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const told: string[][] = [];
  followChanges(node, 1_000, (kinds) => {
    told.push([...kinds]);
    return looks[told.length - 1]?.promise ?? Promise.resolve();
  });
  node.tell('run.changed');
  await vi.advanceTimersByTimeAsync(50);
  node.tell('inbox.changed');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toHaveLength(1);
  looks[0]?.reject(new Error('gone'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([['run.changed'], ['inbox.changed']]);
});
