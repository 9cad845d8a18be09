import { useMemo } from 'react';
import type { ProcessView } from '../../shared/views/views.ts';
import { useProcess, useProcesses, useRead, useRuntime } from '../stores/use-runtime.ts';

function useOfAllNodes(): readonly ProcessView[] {
  const read = useRead('map:agents', ['processes'], (client) => client.listProcesses({ limit: 1_000, nodes: 'all' }));
  return read.value?.items ?? none;
}
const none: readonly ProcessView[] = [];

/** An agent of this node, or of another that answers. */
export function useAnyProcess(name: string): ProcessView | undefined {
  const here = useProcess(name);
  const all = useOfAllNodes();
  return here ?? all.find((view) => view.name === name);
}

/** Agents of this node, and those of all other nodes of the cluster that answer. */
export function useEveryone(): ProcessView[] {
  const here = useProcesses();
  const node = useRuntime((state) => state.node?.id);
  const items = useOfAllNodes();
  return useMemo(() => {
    const known = new Set(here.map(({ name }) => name));
    const far = items.filter((view) => view.node !== undefined && view.node !== node && !known.has(view.name));
    return [...here, ...far];
  }, [here, items, node]);
}
