import type { BridgeReply } from '../../shared/bridge.ts';

/** A node as a window sees it. */
export interface WindowNode {
  call(name: string, input: unknown): Promise<BridgeReply>;
  watch(after: number | null, listener: (notice: unknown) => void): () => void;
}
