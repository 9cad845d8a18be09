import { describe, expect, test, vi } from 'vitest';
import type { Bridge, NoticeListener } from '../../src/renderer/bridge/bridge.ts';
import { createRuntimeStore } from '../../src/renderer/stores/runtime-store.ts';
import type { OperationName } from '../../src/shared/api.ts';
import type { ProcessView } from '../../src/shared/views/views.ts';

import { makeNotice, makeProcess } from './fixture/make.ts';

/** A runtime of a few processes behind a bridge, and everything it was asked. */
function fakeRuntime(names: string[]) {
  const processes = new Map<string, ProcessView>(names.map((name) => [name, makeProcess(name)]));
  const asked: string[] = [];
  let hear: NoticeListener | undefined;
  const answers: Partial<Record<OperationName, (input: { names?: string }) => unknown>> = {
    listProcesses: ({ names: named }) => {
      const wanted = named?.split(',') ?? [...processes.keys()];
      return { items: wanted.flatMap((name) => processes.get(name) ?? []), next: null };
    },
    listInbox: () => ({ items: [], next: null }),
    node: () => ({ name: 'here' }),
  };
  const bridge: Bridge = {
    kind: 'desktop',
    async call(name, input) {
      const { names: named } = input as { names?: string };
      asked.push(named === undefined ? name : `${name} ${named}`);
      return answers[name]?.(input as { names?: string });
    },
    watch(_after, listener) {
      hear = listener;
      listener.opened();
      return () => {};
    },
  };
  return { bridge, processes, asked, listener: () => hear as NoticeListener };
}

describe('the mirror of the runtime', () => {
  test('reads everything once, then only what notices name', async () => {
    const runtime = fakeRuntime(['a', 'b']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    expect(Object.keys(store.getState().processes)).toEqual(['a', 'b']);
    runtime.asked.length = 0;
    runtime.processes.set('a', makeProcess('a', { waiting: 7 }));
    runtime.listener().notice(makeNotice(2, 'event.changed', { process: 'a' }));
    await vi.waitUntil(() => store.getState().processes['a']?.waiting === 7);
    expect(runtime.asked).toEqual(['listProcesses a', 'node']);
    stop();
  });

  test('lets go of a process that lives on another node now', async () => {
    const runtime = fakeRuntime(['a', 'b']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.processes.set('a', makeProcess('a', { node: 'attic' }));
    runtime.listener().notice(makeNotice(2, 'process.changed', { process: 'a', state: 'moved' }));
    await vi.waitUntil(() => !('a' in store.getState().processes));
    expect(Object.keys(store.getState().processes)).toEqual(['b']);
    stop();
  });

  test('a hundred notices of one process are one reading', async () => {
    const runtime = fakeRuntime(['a']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.asked.length = 0;
    for (let seq = 2; seq < 102; seq++)
      runtime.listener().notice(makeNotice(seq, 'step.changed', { process: 'a', run: 'r', step: seq }));
    await vi.waitUntil(() => store.getState().cursor?.seq === 101);
    await vi.waitUntil(() => runtime.asked.length > 0);
    expect(runtime.asked).toEqual(['listProcesses a']);
    stop();
  });

  test('a few that changed at the same time are read at once, and only they', async () => {
    const runtime = fakeRuntime(['a', 'b', 'c', 'd']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.asked.length = 0;
    for (const [index, name] of ['b', 'c', 'd'].entries())
      runtime.listener().notice(makeNotice(2 + index, 'step.changed', { process: name, run: 'r', step: 1 }));
    await vi.waitUntil(() => runtime.asked.length > 0);
    expect(runtime.asked).toEqual(['listProcesses b,c,d']);
    stop();
  });

  test('many changed processes are read as one list', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `agent-${index}`);
    const runtime = fakeRuntime(names);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.asked.length = 0;
    // The list is read at most every three seconds; a first listing has just been made, so time has to go by.
    for (const [index, name] of names.entries())
      runtime.listener().notice(makeNotice(2 + index, 'run.changed', { process: name, run: `r${index}` }));
    await vi.waitUntil(() => runtime.asked.includes('listProcesses'), { timeout: 8_000 });
    expect(runtime.asked.filter((name) => name.startsWith('listProcesses '))).toEqual([]);
    stop();
  });

  test('of a whole list, only the processes that changed become other objects', async () => {
    const runtime = fakeRuntime(['a', 'b']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    const { b } = store.getState().processes;
    runtime.processes.set('a', makeProcess('a', { waiting: 7 }));
    runtime.processes.set('b', makeProcess('b'));
    runtime.listener().notice(makeNotice(2, 'notices.gap'));
    await vi.waitUntil(() => store.getState().processes['a']?.waiting === 7);
    expect(store.getState().processes['b']).toBe(b);
    stop();
  });

  test('a process that is gone when it is read leaves the mirror', async () => {
    const runtime = fakeRuntime(['a', 'b']);
    const store = createRuntimeStore(runtime.bridge);
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.processes.delete('b');
    runtime.listener().notice(makeNotice(2, 'process.changed', { process: 'b' }));
    await vi.waitUntil(() => store.getState().processes['b'] === undefined);
    stop();
  });

  test('after the stream was lost, everything is read again', async () => {
    const runtime = fakeRuntime(['a']);
    const store = createRuntimeStore(runtime.bridge);
    const topics: string[] = [];
    store.onStale((old) => topics.push(...old));
    const stop = store.start();
    await vi.waitUntil(() => store.getState().ready);
    runtime.listener().lost();
    expect(store.getState().connection.state).toBe('lost');
    runtime.processes.set('c', makeProcess('c'));
    runtime.listener().opened();
    await vi.waitUntil(() => store.getState().processes['c'] !== undefined);
    expect(store.getState().connection.state).toBe('live');
    expect(topics).toContain('*');
    stop();
  });
});
