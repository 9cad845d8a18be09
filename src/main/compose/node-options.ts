import type { FolderIs } from '../../shared/folder-is.ts';
import type { DesktopPlace } from '../../shared/operations/desktop-operations.ts';
import type { Cluster } from '../cluster/open-cluster.ts';
import type { KeySeal } from '../governance/secrets/sealed-key.ts';
import type { StartChild } from '../lib/child.ts';
import type { AgentRuntime } from '../runtime/agent-runtime.ts';
import type { WindowNode } from '../transport/window-node.ts';

export interface NodeOptions {
  /** Left out: `AGENT_RUNTIME_HOME`, else the platform's place. */
  dataDir?: string;
  /** 0 takes a free one. */
  port?: number;
  /** Further names this node may be called by over HTTP. */
  hosts?: readonly string[];
  journal?: 'sqlite' | 'jsonl';
  /** What processes may ask of the node they live on, such as `gpu`. */
  labels?: readonly string[];
  startChild?: StartChild;
  /** The system's keychain, which then seals the key of the secrets. */
  openKeychain?: () => Promise<KeySeal>;
  desktop?: boolean;
  /** What the desktop app remembers, where there is one. */
  desktopPlace?: DesktopPlace;
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Whether it starts with nothing running after three crashes in 15 minutes; left out: with a window, it does. */
  safeMode?: 'on' | 'off';
  /** What a person says of a data folder that stands twice. */
  folderIs?: FolderIs;
  /** Where is kept what must not travel with the data; left out: the platform's place; null: nowhere. */
  stateDir?: string | null;
}

export interface Node extends WindowNode {
  readonly runtime: AgentRuntime;
  readonly cluster: Cluster;
  readonly url: string;
  readonly tokenFile: string;
  readonly version: string;
  /** An address that lets one browser in, once. */
  loginUrl(): string;
  /** For the tray. */
  summary(): {
    running: number;
    needsYou: number;
    paused: number;
    trouble: string | null;
    nextFiringAt: number | null;
    spentTodayUsd: number;
  };
  suspendClock(): void;
  resumeClock(): void;
  close(): Promise<void>;
}
