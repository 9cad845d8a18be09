import { useEffect } from 'react';
import type { ClusterView, DiscoveredNode } from '../../shared/cluster-views.ts';
import type { Read } from '../stores/reads.ts';
import { useRead } from '../stores/use-runtime.ts';
import { useNow } from '../ui/use-now.ts';

/** Load, clocks and who is near change without a notice, so they are asked for again while somebody looks. */
const everyMs = 2_000;

export function useCluster(): Read<ClusterView> & { reload: () => void } {
  return usePolled(useRead('cluster', ['node'], (client) => client.cluster({})));
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
