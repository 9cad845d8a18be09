import type { ListedTool } from './listed-tool.ts';

/** `failed`: it ended by itself or could not be started, and is started again when it is next needed. */
export type ServerState = 'stopped' | 'starting' | 'ready' | 'failed';

/** What a catalogue shows of a server. */
export interface ServerStatus {
  key: string;
  /** As its users call it. */
  names: string[];
  transport: 'stdio' | 'http';
  /** The exact command or address, without secrets. */
  shown: string;
  state: ServerState;
  pid: number | null;
  /** Of it and all it started. */
  memoryBytes: number | null;
  /** Processes that use it. */
  users: string[];
  /** Which process calls it by which name. */
  uses: { process: string; name: string }[];
  callsInFlight: number;
  /** How often it was started since the node came up. */
  starts: number;
  /** Epoch ms. */
  startedAt: number | null;
  lastError: { code: string; message: string; at: number } | null;
  server: { name: string; version: string } | null;
  tools: Pick<ListedTool, 'name' | 'description' | 'hash' | 'flags' | 'annotations' | 'taskSupport'>[];
  /** What it lists and cannot be used. */
  refusedTools: string[];
  /** What a person has to open before it can be used. */
  signInLink: string | null;
  /** The newest of what it wrote to stderr. */
  log: string;
}
