import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { clusterOperations } from '../../../shared/operations/cluster-operations.ts';
import { crossingOperations } from '../../../shared/operations/crossing-operations.ts';

/** A runtime knows no other nodes: the cluster, where a program has one, answers these in its place. */
export function withoutCluster(): Pick<RuntimeApi, keyof typeof clusterOperations | keyof typeof crossingOperations> {
  const refuse = async () => {
    throw new RuntimeError('NOT_SUPPORTED', 'This runtime is no node: it has no part that knows other nodes.');
  };
  const names = Object.keys({ ...clusterOperations, ...crossingOperations });
  return Object.fromEntries(names.map((name) => [name, refuse])) as unknown as ReturnType<typeof withoutCluster>;
}
