import type { BridgeReply } from '../../shared/bridge.ts';

/** A node as a window sees it. */
export interface WindowNode {
  /** `node`: the one of the cluster that is meant, by id or name. */
  call(name: string, input: unknown, node?: string): Promise<BridgeReply>;
  watch(after: number | null, listener: (notice: unknown) => void, node?: string): () => void;
}
