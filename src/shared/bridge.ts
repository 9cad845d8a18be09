import type { WireError } from './errors.ts';

/** What a call comes back as. Errors are values: Electron keeps only the message of a thrown one. */
export type BridgeReply = { ok: true; value: unknown } | { ok: false; error: WireError };

/** All that a page of the desktop app can do, as `window.agentRuntime`. */
export interface Bridge {
  /** Any operation of `api.ts`. `node`: the one of the cluster that is meant, by id or name; left out: this one. */
  call(name: string, input: unknown, node?: string): Promise<BridgeReply>;
  /** Notices after the numbered one; with null, those to come. Returns what ends it. */
  watch(after: number | null, listener: (notice: unknown) => void, node?: string): () => void;
}

/** The IPC channels that the preload and the main process speak through. */
export const bridgeChannels = {
  call: 'agent-runtime:call',
  watch: 'agent-runtime:watch',
  unwatch: 'agent-runtime:unwatch',
  notices: 'agent-runtime:notices',
} as const;
