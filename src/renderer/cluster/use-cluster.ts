import { useEffect } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { ClusterView, DiscoveredNode } from '../../shared/views/cluster-views.ts';
import type { Read } from '../stores/reads.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRead } from '../stores/use-runtime.ts';
import { useNow } from '../ui/use-now.ts';

/** Load, clocks and who is near change without a notice, so they are asked for again while somebody looks. */
const everyMs = 2_000;

export function useCluster(): Read<ClusterView> & { reload: () => void } {
  return usePolled(useRead('cluster', ['node', 'cluster'], (client) => client.cluster({})));
}

/** Addresses where something says that it is a node, and that is not paired yet. */
export function useDiscovered(): readonly DiscoveredNode[] {
  const { value } = usePolled(useRead('discovered', [], (client) => client.discovered({})));
  return (value?.items ?? []).filter(({ node }) => node === null);
}

/** Reads again every other second, for as long as it is looked at. */
export function usePolled<T extends { reload: () => void }>(read: T): T {
  const tick = useNow(everyMs);
  const { reload } = read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(reload, [reload, tick]);
  return read;
}

export interface OfNode<T> {
  node: string;
  name: string;
  value: T;
}

/** The same question to every node that answers; one that cannot tell is left out. */
export function useOnEveryNode<T>(
  key: string,
  view: ClusterView,
  ask: (client: RuntimeClient) => Promise<T>,
): Read<OfNode<T>[]> & { reload: () => void } {
  const { clientTo } = useShownNode();
  const nodes = view.nodes.filter(({ state }) => state === 'alive');
  return usePolled(
    useRead(`${key}:${nodes.map(({ node }) => node).join()}`, ['cluster'], async () =>
      (
        await Promise.all(
          nodes.map(({ node, name }) =>
            ask(clientTo(node)).then(
              (value) => [{ node, name, value }],
              () => [],
            ),
          ),
        )
      ).flat(),
    ),
  );
}

/** What people call a node; of several of one name also their first word. */
export function nodeNames(view: ClusterView): (node: string | null) => string {
  const names = new Map(view.nodes.map(({ node }) => [node, toldApart(view, node)]));
  return (node) => (node === null ? 'nobody' : (names.get(node) ?? node));
}

/** Words of a node about others, with what people call them instead of their ids. */
export function withNames(view: ClusterView, text: string): string {
  return view.nodes.reduce((so, { node }) => so.replaceAll(node, toldApart(view, node)), text);
}

function toldApart({ nodes }: ClusterView, id: string): string {
  const found = nodes.find(({ node }) => node === id);
  if (!found) return id;
  const isOnly = nodes.every(({ node, name }) => node === id || name !== found.name);
  return isOnly ? found.name : `${found.name} (${found.words.split(' ')[0]})`;
}
