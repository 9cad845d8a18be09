import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { RuntimeClient } from '../../shared/api.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import type { Read, Reads } from './reads.ts';
import type { RuntimeState, RuntimeStore } from './runtime-store.ts';

export interface RuntimeAccess {
  store: RuntimeStore;
  reads: Reads;
}

export const RuntimeContext = createContext<RuntimeAccess | null>(null);

function useAccess(): RuntimeAccess {
  const access = useContext(RuntimeContext);
  if (!access) throw new RuntimeError('INTERNAL', 'A screen was drawn outside of the window.');
  return access;
}

export function useRuntime<T>(selector: (state: RuntimeState) => T): T {
  return useStore(useAccess().store, selector);
}

/** For selectors that make a new array or object each time. */
export function useRuntimeShallow<T>(selector: (state: RuntimeState) => T): T {
  return useStore(useAccess().store, useShallow(selector));
}

export function useProcess(name: string): ProcessView | undefined {
  return useRuntime((state) => state.processes[name]);
}

export function useProcesses(): readonly ProcessView[] {
  const { store } = useAccess();
  return useStore(store, store.inOrder);
}

/** In order; the same array until an agent comes or goes. */
export function useProcessNames(): readonly string[] {
  const { store } = useAccess();
  return useStore(
    store,
    useShallow(() => store.inOrder().map(({ name }) => name)),
  );
}

export function useClient(): RuntimeClient {
  return useAccess().store.client;
}

export function useRuntimeStore(): RuntimeStore {
  return useAccess().store;
}

/** Reads something from the node and keeps it fresh: `topics` name the notices that make it old. */
export function useRead<T>(
  key: string,
  topics: readonly string[],
  load: (client: RuntimeClient) => Promise<T>,
): Read<T> & { reload: () => void } {
  const { reads, store } = useAccess();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the topics and for what is loaded
  const subscribe = useCallback(
    (listener: () => void) => reads.subscribe(key, topics, () => load(store.client), listener),
    [reads, store, key],
  );
  const read = useSyncExternalStore(subscribe, () => reads.get<T>(key));
  const reload = useCallback(() => reads.reload(key), [reads, key]);
  return { ...read, reload };
}
